// A pod as the scheduler sees it, worked out once: requests, ports, affinity and spread terms with their selectors.

import type { Pod, PodAffinityTerm, TopologySpreadConstraint, WeightedPodAffinityTerm } from '@podwire/apiserver'
import { type PodSelector, selectorOfConstraint, selectorOfTerm } from './pod-selector.ts'
import { type Amounts, type HostPort, hostPorts, podRequests, scoringRequests } from './requests.ts'

export interface AffinityTerm {
  readonly topologyKey: string
  readonly selector: PodSelector
}

interface WeightedTerm extends AffinityTerm {
  /** Negative: anti-affinity. */
  readonly weight: number
}

export interface SpreadConstraint {
  readonly constraint: TopologySpreadConstraint
  readonly selector: PodSelector
}

export interface PodInfo {
  /** The latest version, as far as the scheduler has heard. */
  pod: Pod
  readonly requests: Amounts
  readonly scoring: Amounts
  readonly ports: readonly HostPort[]
  readonly requiredAffinity: readonly AffinityTerm[]
  readonly requiredAntiAffinity: readonly AffinityTerm[]
  readonly preferred: readonly WeightedTerm[]
  readonly spread: readonly SpreadConstraint[]
  /** The nodes its required affinity names, as a daemon pod's does; undefined: it names none. Empty: its terms conflict. */
  readonly namedNodes: readonly string[] | undefined
}

// Nearly all pods have no terms, and share the list of none.
const NONE: readonly never[] = []

export function podInfo(pod: Pod): PodInfo {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  return {
    pod,
    requests: podRequests(pod),
    scoring: scoringRequests(pod),
    ports: hostPorts(pod),
    requiredAffinity: terms(pod, podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: terms(pod, podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: preferredTerms(pod),
    spread:
      pod.spec.topologySpreadConstraints?.map((constraint) => ({
        constraint,
        selector: selectorOfConstraint(pod, constraint),
      })) ?? NONE,
    namedNodes: namedNodes(pod),
  }
}

function namedNodes(pod: Pod): readonly string[] | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (terms === undefined || terms.length === 0) return undefined
  const names = new Set<string>()
  for (const { matchFields } of terms) {
    const [first, ...others] = (matchFields ?? []).filter(
      ({ key, operator }) => key === 'metadata.name' && operator === 'In',
    )
    // Terms are alternatives: one without names leaves all nodes open.
    if (first === undefined) return undefined
    for (const name of first.values ?? []) if (others.every(({ values }) => values?.includes(name))) names.add(name)
  }
  return [...names]
}

function terms(pod: Pod, list: readonly PodAffinityTerm[] | undefined): readonly AffinityTerm[] {
  return list?.map((term) => ({ topologyKey: term.topologyKey, selector: selectorOfTerm(pod, term) })) ?? NONE
}

function preferredTerms(pod: Pod): readonly WeightedTerm[] {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  const wanted = podAffinity?.preferredDuringSchedulingIgnoredDuringExecution
  const unwanted = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution
  if (wanted === undefined && unwanted === undefined) return NONE
  return [...weighted(pod, wanted, 1), ...weighted(pod, unwanted, -1)]
}

function weighted(
  pod: Pod,
  list: readonly WeightedPodAffinityTerm[] | undefined,
  sign: 1 | -1,
): readonly WeightedTerm[] {
  return (list ?? []).map(({ podAffinityTerm: term, weight }) => ({
    topologyKey: term.topologyKey,
    selector: selectorOfTerm(pod, term),
    weight: sign * weight,
  }))
}
