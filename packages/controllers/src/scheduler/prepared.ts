// What filters and scores need of the whole cluster for one pod, worked out once before the nodes are looked at: counts per
// topology domain. Pure. Source: kube-scheduler plugins' PreFilter and PreScore (podtopologyspread, interpodaffinity).

import { isPodDeleting } from '../objects/pod-state.ts'
import type { ClusterState, NodeCounts, NodeState } from './cluster-state.ts'
import { isTolerated, nodeIsSelected } from './node-rules.ts'
import type { AffinityTerm, PodInfo, SpreadConstraint } from './pod-info.ts'
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
  /** Constraints and defaults that are only wished for. */
  readonly softSpread: readonly {
    readonly topologyKey: string
    readonly maxSkew: number
    readonly counts: NodeCounts
  }[]
  readonly affinity: { readonly terms: readonly DomainCounts[]; readonly firstOfItsKind: boolean }
  readonly antiAffinity: readonly DomainCounts[]
  /** Domains where placed pods do not want this one. */
  readonly keptOut: readonly DomainCounts[]
  readonly preferred: readonly (DomainCounts & { readonly weight: number })[]
}

/** Spread wished for when a pod that somebody controls names no constraints of its own. */
const DEFAULT_SPREAD = [
  { topologyKey: 'kubernetes.io/hostname', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
] as const

export function prepare(info: PodInfo, state: ClusterState): Prepared {
  const nodes = state.nodes()
  const perDomain = (term: AffinityTerm): DomainCounts => ({
    topologyKey: term.topologyKey,
    domains: domainCounts(nodes, term.topologyKey, state.selectorCounts(term.selector)),
  })
  const affinityTerms = info.requiredAffinity.map(perDomain)
  return {
    spread: info.spread
      .filter(({ constraint }) => constraint.whenUnsatisfiable === 'DoNotSchedule')
      .map((spread) => hardSpread(info, spread, state)),
    softSpread: softSpread(info, state),
    affinity: { terms: affinityTerms, firstOfItsKind: isFirstOfItsKind(info, affinityTerms, state) },
    antiAffinity: info.requiredAntiAffinity.map(perDomain),
    keptOut: keptOut(info, state),
    preferred: info.preferred.map((term) => ({ ...perDomain(term), weight: term.weight })),
  }
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

function hardSpread(info: PodInfo, { constraint, selector }: SpreadConstraint, state: ClusterState): PreparedSpread {
  const { topologyKey, maxSkew, minDomains } = constraint
  const eligible = state.nodes().filter((node) => countsFor(info, constraint, node))
  const domains = domainCounts(eligible, topologyKey, state.selectorCounts(selector))
  const emptiest = domains.size === 0 ? 0 : Math.min(...domains.values())
  const minimum = minDomains !== undefined && domains.size < minDomains ? 0 : emptiest
  const self = selector.matches(info.pod, state.namespaceLabels) && !isPodDeleting(info.pod) ? 1 : 0
  return { topologyKey, maxSkew, domains, minimum, self }
}

/** Node inclusion policies: by default nodes the pod may not choose are not counted, tainted ones are. */
function countsFor(info: PodInfo, constraint: SpreadConstraint['constraint'], { node }: NodeState): boolean {
  if ((constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor' && !nodeIsSelected(info.pod, node)) return false
  if ((constraint.nodeTaintsPolicy ?? 'Ignore') === 'Ignore') return true
  const taints = (node.spec.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule')
  return taints.every((taint) => isTolerated(taint, info.pod.spec.tolerations))
}

function softSpread(info: PodInfo, state: ClusterState): Prepared['softSpread'] {
  if (info.spread.length === 0) {
    const counts = state.ownerCounts(info.ownerUid)
    return info.ownerUid === undefined ? [] : DEFAULT_SPREAD.map((spread) => ({ ...spread, counts }))
  }
  return info.spread
    .filter(({ constraint }) => constraint.whenUnsatisfiable === 'ScheduleAnyway')
    .map(({ constraint, selector }) => ({
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      counts: state.selectorCounts(selector),
    }))
}
