// What the scheduler knows of the cluster, kept up to date pod by pod: each node's use, and how many pods of an owner or of a
// selector are where. No decision walks all pods. Source: kube-scheduler backend/cache, framework/types.go (NodeInfo).

import { compareText } from '@podwire/engine'
import type { Node } from '@podwire/apiserver'
import type { AffinityTerm, PodInfo } from './pod-info.ts'
import type { NamespaceLabels, PodSelector } from './pod-selector.ts'
import { add, amountsOf, type HostPort } from './requests.ts'

export class NodeState {
  node: Node
  allocatable: ReadonlyMap<string, number>
  readonly requested = new Map<string, number>()
  readonly scoring = new Map<string, number>()
  readonly pods = new Map<string, PodInfo>()
  readonly ports: HostPort[] = []
  /** How many pods of each priority. */
  readonly priorities = new Map<number, number>()

  constructor(node: Node) {
    this.node = node
    this.allocatable = amountsOf(node.status?.allocatable)
  }

  get name(): string {
    return this.node.metadata.name
  }

  hasBelow(priority: number): boolean {
    for (const present of this.priorities.keys()) if (present < priority) return true
    return false
  }

  topology(key: string): string | undefined {
    return this.node.metadata.labels?.[key]
  }
}

export type NodeCounts = ReadonlyMap<string, number>

interface Counter {
  readonly selector: PodSelector
  readonly counts: Map<string, number>
}

interface PlacedTerm {
  readonly term: AffinityTerm
  readonly counts: Map<string, number>
}

const NOWHERE: NodeCounts = new Map()

export class ClusterState {
  readonly #nodes = new Map<string, NodeState>()
  #ordered: readonly NodeState[] | undefined
  /** Pods on nodes that are not known (yet), by node. */
  readonly #homeless = new Map<string, Map<string, PodInfo>>()
  readonly #placed = new Map<string, { readonly info: PodInfo; readonly node: string }>()
  readonly #byOwner = new Map<string, Map<string, number>>()
  readonly #counters = new Map<string, Counter>()
  readonly #antiAffinity = new Map<string, PlacedTerm>()
  /** Pods that wait for room made for them, by uid. */
  readonly #nominated = new Map<string, { readonly info: PodInfo; readonly node: string }>()
  readonly namespaceLabels: NamespaceLabels

  constructor(namespaceLabels: NamespaceLabels) {
    this.namespaceLabels = namespaceLabels
  }

  /** All nodes, by name. */
  nodes(): readonly NodeState[] {
    this.#ordered ??= [...this.#nodes.values()].sort((a, b) => compareText(a.name, b.name))
    return this.#ordered
  }

  node(name: string): NodeState | undefined {
    return this.#nodes.get(name)
  }

  setNode(node: Node): void {
    const { name } = node.metadata
    const known = this.#nodes.get(name)
    if (known !== undefined) {
      known.node = node
      known.allocatable = amountsOf(node.status?.allocatable)
      return
    }
    this.#nodes.set(name, new NodeState(node))
    this.#ordered = undefined
    const waiting = this.#homeless.get(name)
    this.#homeless.delete(name)
    for (const [uid, info] of waiting ?? []) this.#settle(uid, info, name)
  }

  removeNode(name: string): void {
    const known = this.#nodes.get(name)
    if (known === undefined) return
    this.#nodes.delete(name)
    this.#ordered = undefined
    if (known.pods.size > 0) this.#homeless.set(name, new Map(known.pods))
  }

  /** Puts a pod on a node; where it was before, it no longer is. */
  place(info: PodInfo, nodeName: string): void {
    const { uid } = info.pod.metadata
    const before = this.#placed.get(uid)
    if (before?.node === nodeName && before.info.pod === info.pod) return
    if (before !== undefined) this.remove(uid)
    this.#placed.set(uid, { info, node: nodeName })
    this.#settle(uid, info, nodeName)
    this.#count(info, nodeName, 1)
  }

  remove(uid: string): void {
    const placed = this.#placed.get(uid)
    if (placed === undefined) return
    this.#placed.delete(uid)
    this.#homeless.get(placed.node)?.delete(uid)
    const node = this.#nodes.get(placed.node)
    if (node?.pods.delete(uid) === true) use(node, placed.info, -1)
    this.#count(placed.info, placed.node, -1)
  }

  /** Keeps the room on a node for a pod that is not there yet; undefined: no longer. */
  nominate(uid: string, nomination: { readonly info: PodInfo; readonly node: string } | undefined): void {
    if (nomination === undefined) this.#nominated.delete(uid)
    else this.#nominated.set(uid, nomination)
  }

  /** The pods that wait for room on a node and are not there yet. */
  nominatedTo(nodeName: string): readonly PodInfo[] {
    if (this.#nominated.size === 0) return []
    const found: PodInfo[] = []
    for (const [uid, { info, node }] of this.#nominated) {
      if (node === nodeName && !this.#placed.has(uid)) found.push(info)
    }
    return found
  }

  placedOn(uid: string): string | undefined {
    return this.#placed.get(uid)?.node
  }

  /** Pods with the same controller, per node. */
  ownerCounts(ownerUid: string | undefined): NodeCounts {
    return ownerUid === undefined ? NOWHERE : (this.#byOwner.get(ownerUid) ?? NOWHERE)
  }

  /** Pods a selector picks, per node. The first question about a selector counts, later ones only read. */
  selectorCounts(selector: PodSelector): NodeCounts {
    const known = this.#counters.get(selector.key)
    if (known !== undefined) return known.counts
    const counter: Counter = { selector, counts: new Map() }
    this.#counters.set(selector.key, counter)
    for (const { info, node } of this.#placed.values()) {
      if (counts(selector, info, this.namespaceLabels)) bump(counter.counts, node, 1)
    }
    return counter.counts
  }

  /** The required anti-affinity terms of placed pods, with the nodes those pods are on. */
  antiAffinityTerms(): Iterable<{ readonly term: AffinityTerm; readonly counts: NodeCounts }> {
    return this.#antiAffinity.values()
  }

  #settle(uid: string, info: PodInfo, nodeName: string): void {
    const node = this.#nodes.get(nodeName)
    if (node === undefined) {
      const homeless = this.#homeless.get(nodeName) ?? new Map<string, PodInfo>()
      this.#homeless.set(nodeName, homeless.set(uid, info))
      return
    }
    node.pods.set(uid, info)
    use(node, info, 1)
  }

  #count(info: PodInfo, nodeName: string, sign: 1 | -1): void {
    if (info.ownerUid !== undefined) {
      const owned = this.#byOwner.get(info.ownerUid) ?? new Map<string, number>()
      bump(owned, nodeName, sign)
      if (owned.size === 0) this.#byOwner.delete(info.ownerUid)
      else this.#byOwner.set(info.ownerUid, owned)
    }
    for (const counter of this.#counters.values()) {
      if (counts(counter.selector, info, this.namespaceLabels)) bump(counter.counts, nodeName, sign)
    }
    for (const term of info.requiredAntiAffinity) {
      const key = `${term.topologyKey} ${term.selector.key}`
      const placed = this.#antiAffinity.get(key) ?? { term, counts: new Map<string, number>() }
      bump(placed.counts, nodeName, sign)
      if (placed.counts.size === 0) this.#antiAffinity.delete(key)
      else this.#antiAffinity.set(key, placed)
    }
  }
}

/** Pods being deleted no longer count for spreading and affinity. */
function counts(selector: PodSelector, info: PodInfo, namespaceLabels: NamespaceLabels): boolean {
  return info.pod.metadata.deletionTimestamp === undefined && selector.matches(info.pod, namespaceLabels)
}

function bump<Key>(map: Map<Key, number>, key: Key, by: number): void {
  const next = (map.get(key) ?? 0) + by
  if (next === 0) map.delete(key)
  else map.set(key, next)
}

function use(node: NodeState, info: PodInfo, sign: 1 | -1): void {
  add(node.requested, info.requests, sign)
  add(node.scoring, info.scoring, sign)
  bump(node.priorities, info.pod.spec.priority ?? 0, sign)
  for (const port of info.ports) {
    if (sign === 1) node.ports.push(port)
    else node.ports.splice(node.ports.indexOf(port), 1)
  }
}
