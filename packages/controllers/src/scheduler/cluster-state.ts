// What the scheduler knows of the cluster, kept up to date pod by pod: each node's use, how many pods of a selector are where, and
// what the placed pods want of others. No decision walks all pods. Source: kube-scheduler backend/cache, framework/types.go (NodeInfo).

import { compareText } from '@podwire/engine'
import type { Node, Pod } from '@podwire/apiserver'
import type { AffinityTerm, PodInfo } from './pod-info.ts'
import { bump, type NodeCounts, PodCounters } from './pod-counters.ts'
import type { NamespaceLabels, PodSelector } from './pod-selector.ts'
import { add, amountsOf, type HostPort } from './requests.ts'

export class NodeState {
  node: Node
  allocatable: ReadonlyMap<string, number>
  /** Sizes of the images the node says it has, in bytes, by every name they have. */
  images: ReadonlyMap<string, number>
  readonly requested = new Map<string, number>()
  readonly scoring = new Map<string, number>()
  readonly pods = new Map<string, PodInfo>()
  readonly ports: HostPort[] = []
  /** How many pods of each priority. */
  readonly priorities = new Map<number, number>()

  constructor(node: Node) {
    this.node = node
    this.allocatable = amountsOf(node.status?.allocatable)
    this.images = imagesOf(node)
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

interface PlacedTerm {
  readonly term: AffinityTerm
  /** By node: how many pods have the term, or the sum of their weights. */
  readonly counts: Map<string, number>
}

/** What a placed pod's required affinity adds to a node's rating for the pods it wants (HardPodAffinityWeight). */
const HARD_AFFINITY_WEIGHT = 1

export class ClusterState {
  readonly #nodes = new Map<string, NodeState>()
  #ordered: readonly NodeState[] | undefined
  /** Pods on nodes that are not known (yet), by node. */
  readonly #homeless = new Map<string, Map<string, PodInfo>>()
  readonly #placed = new Map<string, { readonly info: PodInfo; readonly node: string }>()
  readonly #counters: PodCounters
  readonly #antiAffinity = new Map<string, PlacedTerm>()
  readonly #wishes = new Map<string, PlacedTerm>()
  /** Pods that wait for room made for them, by uid. */
  readonly #nominated = new Map<string, { readonly info: PodInfo; readonly node: string }>()
  readonly namespaceLabels: NamespaceLabels

  constructor(namespaceLabels: NamespaceLabels) {
    this.namespaceLabels = namespaceLabels
    this.#counters = new PodCounters(namespaceLabels)
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
      known.images = imagesOf(node)
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

  /** A newer version of a placed pod that counts as the one before: nobody keeps the old one for it. */
  renew(pod: Pod): void {
    const placed = this.#placed.get(pod.metadata.uid)
    if (placed !== undefined) placed.info.pod = pod
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

  /** Pods a selector picks, per node. */
  selectorCounts(selector: PodSelector): NodeCounts {
    return this.#counters.counts(selector)
  }

  namespacesChanged(): void {
    this.#counters.forgetNamespaces()
  }

  /** The required anti-affinity terms of placed pods, with the nodes those pods are on. */
  antiAffinityTerms(): Iterable<{ readonly term: AffinityTerm; readonly counts: NodeCounts }> {
    return this.#antiAffinity.values()
  }

  /** What placed pods want near them (or, below 0, not near them), with the sum of weights on the nodes those pods are on. */
  wishedTerms(): Iterable<{ readonly term: AffinityTerm; readonly counts: NodeCounts }> {
    return this.#wishes.values()
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
    if (sign === 1) this.#counters.add(info, nodeName)
    else this.#counters.remove(info)
    for (const term of info.requiredAntiAffinity) countTerm(this.#antiAffinity, term, nodeName, sign)
    for (const term of info.requiredAffinity) countTerm(this.#wishes, term, nodeName, sign * HARD_AFFINITY_WEIGHT)
    for (const term of info.preferred) countTerm(this.#wishes, term, nodeName, sign * term.weight)
  }
}

function countTerm(terms: Map<string, PlacedTerm>, term: AffinityTerm, nodeName: string, by: number): void {
  const key = `${term.topologyKey} ${term.selector.key}`
  const placed = terms.get(key) ?? { term, counts: new Map<string, number>() }
  bump(placed.counts, nodeName, by)
  if (placed.counts.size === 0) terms.delete(key)
  else terms.set(key, placed)
}

function imagesOf({ status }: Node): ReadonlyMap<string, number> {
  const images = new Map<string, number>()
  for (const { names = [], sizeBytes = 0 } of status?.images ?? [])
    for (const name of names) images.set(name, sizeBytes)
  return images
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
