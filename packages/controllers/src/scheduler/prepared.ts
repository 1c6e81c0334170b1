// What filters and scores need of the whole cluster for one pod, worked out once before the nodes are looked at: counts per
// topology domain. Pure. Source: kube-scheduler plugins' PreFilter and PreScore (podtopologyspread, interpodaffinity).

import type { Pod } from '@podwire/apiserver'
import { isPodDeleting } from '../objects/pod-state.ts'
import type { ClusterState, NodeState } from './cluster-state.ts'
import { isTolerated, nodeIsSelected } from './node-rules.ts'
import type { AffinityTerm, PodInfo, SpreadConstraint } from './pod-info.ts'
import { allOf, type PodSelector } from './pod-selector.ts'
import { domainCounts } from './topology.ts'

interface DomainCounts {
  readonly topologyKey: string
  readonly domains: ReadonlyMap<string, number>
}

interface PreparedSpread extends DomainCounts {
  readonly maxSkew: number
  /** 1 when the pod itself is counted by its constraint. */
  readonly self: number
  /** Pods in the emptiest domain. */
  readonly minimum: number
}

export interface Prepared {
  /** Constraints that have to hold. */
  readonly spread: readonly PreparedSpread[]
  /** Constraints and defaults that are only wished for; worked out when nodes are rated. */
  softSpread(): SoftSpread
  readonly affinity: { readonly terms: readonly DomainCounts[]; readonly firstOfItsKind: boolean }
  readonly antiAffinity: readonly DomainCounts[]
  /** Domains where placed pods do not want this one. */
  readonly keptOut: readonly DomainCounts[]
  /** What this pod wants and what placed pods want of it, weighted; worked out when nodes are rated. */
  wishes(): readonly (DomainCounts & { readonly weight: number })[]
  /** The share of all nodes that have an image. */
  imageSpread(name: string): number
}

export interface SoftSpread {
  readonly constraints: readonly (DomainCounts & { readonly maxSkew: number })[]
  /** A node without one of the topology keys is not rated. */
  readonly needsAllKeys: boolean
}

/** Spread wished for when a pod names no constraints of its own and a Service or a controller selects it. */
const DEFAULT_SPREAD = [
  { topologyKey: 'kubernetes.io/hostname', maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway' },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway' },
] as const

/** @param defaultSelector picks the pods that belong with this one; asked for when it names no constraints */
export function prepare(
  info: PodInfo,
  state: ClusterState,
  defaultSelector: (pod: Pod) => PodSelector | undefined = () => undefined,
): Prepared {
  const nodes = state.nodes()
  const perDomain = (term: AffinityTerm): DomainCounts => ({
    topologyKey: term.topologyKey,
    domains: domainCounts(nodes, term.topologyKey, state.selectorCounts(term.selector)),
  })
  // A pod counts for affinity when it fits all the terms.
  const companions = allOf(info.requiredAffinity.map(({ selector }) => selector))
  const affinityTerms = info.requiredAffinity.map(({ topologyKey }) => perDomain({ topologyKey, selector: companions }))
  const hard = info.spread.filter(({ constraint }) => constraint.whenUnsatisfiable === 'DoNotSchedule')
  const keyed = hard.length === 0 ? [] : nodesWithKeys(nodes, hard)
  return {
    spread: hard.map((spread) => hardSpread(info, spread, keyed, state)),
    softSpread: () => softSpread(info, state, defaultSelector),
    affinity: { terms: affinityTerms, firstOfItsKind: isFirstOfItsKind(info, affinityTerms, state) },
    antiAffinity: info.requiredAntiAffinity.map(perDomain),
    keptOut: keptOut(info, state),
    imageSpread: (name) => nodes.filter(({ images }) => images.has(name)).length / nodes.length,
    wishes: () => [
      ...info.preferred.map((term) => ({ ...perDomain(term), weight: term.weight })),
      ...wished(info, state),
    ],
  }
}

/** Nodes that lack a key of one constraint count for none. */
function nodesWithKeys(nodes: readonly NodeState[], constraints: readonly SpreadConstraint[]): readonly NodeState[] {
  return nodes.filter((node) =>
    constraints.every(({ constraint }) => node.topology(constraint.topologyKey) !== undefined),
  )
}

function wished(info: PodInfo, state: ClusterState): readonly (DomainCounts & { readonly weight: number })[] {
  const result: (DomainCounts & { readonly weight: number })[] = []
  for (const { term, counts } of state.wishedTerms()) {
    if (!term.selector.matches(info.pod, state.namespaceLabels)) continue
    const domains = domainCounts(state.nodes(), term.topologyKey, counts)
    result.push({ topologyKey: term.topologyKey, domains, weight: 1 })
  }
  return result
}

/** No pod fits the terms anywhere, but this one would: the first of a group that wants to be together. */
function isFirstOfItsKind(info: PodInfo, terms: readonly DomainCounts[], state: ClusterState): boolean {
  if (terms.length === 0) return true
  if (terms.some(({ domains }) => [...domains.values()].some((count) => count > 0))) return false
  return info.requiredAffinity.every(({ selector }) => selector.matches(info.pod, state.namespaceLabels))
}

function keptOut(info: PodInfo, state: ClusterState): readonly DomainCounts[] {
  const result: DomainCounts[] = []
  for (const { term, counts } of state.antiAffinityTerms()) {
    if (!term.selector.matches(info.pod, state.namespaceLabels)) continue
    result.push({ topologyKey: term.topologyKey, domains: domainCounts(state.nodes(), term.topologyKey, counts) })
  }
  return result
}

function hardSpread(
  info: PodInfo,
  { constraint, selector }: SpreadConstraint,
  nodes: readonly NodeState[],
  state: ClusterState,
): PreparedSpread {
  const { topologyKey, maxSkew, minDomains } = constraint
  const eligible = eligibleNodes(info, constraint, nodes)
  const domains = domainCounts(eligible, topologyKey, state.selectorCounts(selector))
  const emptiest = domains.size === 0 ? 0 : Math.min(...domains.values())
  const minimum = minDomains !== undefined && domains.size < minDomains ? 0 : emptiest
  const self = selector.matches(info.pod, state.namespaceLabels) && !isPodDeleting(info.pod) ? 1 : 0
  return { topologyKey, maxSkew, domains, minimum, self }
}

/** Nothing keeps the pod off a node, and tainted nodes count: the ordinary case, told without looking at any node. */
function countsForAll({ pod }: PodInfo, { nodeTaintsPolicy }: SpreadConstraint['constraint']): boolean {
  const { nodeSelector, affinity } = pod.spec
  return (
    nodeSelector === undefined && affinity?.nodeAffinity === undefined && (nodeTaintsPolicy ?? 'Ignore') === 'Ignore'
  )
}

function eligibleNodes(
  info: PodInfo,
  constraint: SpreadConstraint['constraint'],
  nodes: readonly NodeState[],
): readonly NodeState[] {
  return countsForAll(info, constraint) ? nodes : nodes.filter((node) => countsFor(info, constraint, node))
}

/** Node inclusion policies: by default nodes the pod may not choose are not counted, tainted ones are. */
function countsFor(info: PodInfo, constraint: SpreadConstraint['constraint'], { node }: NodeState): boolean {
  if ((constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor' && !nodeIsSelected(info.pod, node)) return false
  if ((constraint.nodeTaintsPolicy ?? 'Ignore') === 'Ignore') return true
  const taints = (node.spec.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule')
  return taints.every((taint) => isTolerated(taint, info.pod.spec.tolerations))
}

function softSpread(
  info: PodInfo,
  state: ClusterState,
  defaultSelector: (pod: Pod) => PodSelector | undefined,
): SoftSpread {
  const needsAllKeys = info.spread.length > 0
  const wanted = needsAllKeys
    ? info.spread.filter(({ constraint }) => constraint.whenUnsatisfiable === 'ScheduleAnyway')
    : defaultSpread(info, defaultSelector)
  if (wanted.length === 0) return { constraints: [], needsAllKeys }
  const nodes = needsAllKeys ? nodesWithKeys(state.nodes(), wanted) : state.nodes()
  const constraints = wanted.map(({ constraint, selector }) => {
    const { topologyKey, maxSkew } = constraint
    const eligible = eligibleNodes(info, constraint, nodes)
    return { topologyKey, maxSkew, domains: domainCounts(eligible, topologyKey, state.selectorCounts(selector)) }
  })
  return { constraints, needsAllKeys }
}

function defaultSpread(
  { pod }: PodInfo,
  defaultSelector: (pod: Pod) => PodSelector | undefined,
): readonly SpreadConstraint[] {
  const selector = defaultSelector(pod)
  if (selector === undefined) return []
  return DEFAULT_SPREAD.map((constraint) => ({ constraint, selector }))
}
