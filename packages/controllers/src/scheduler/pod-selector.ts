// Which pods an affinity term or a spread constraint counts: namespaces and labels. Equal selectors have equal keys, so that
// their counts are kept once. Source: kube-scheduler framework/types.go (AffinityTerm), plugins/podtopologyspread.

import { compareText } from '@podwire/engine'
import {
  type LabelSelector,
  type LabelSelectorRequirement,
  matchesLabelSelector,
  type Pod,
  type PodAffinityTerm,
  type TopologySpreadConstraint,
} from '@podwire/apiserver'

/** Labels of a namespace by name; undefined when there is none. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined

export interface PodSelector {
  readonly key: string
  matches(pod: Pod, namespaceLabels: NamespaceLabels): boolean
}

interface Scope {
  readonly namespaces: readonly string[]
  /** Absent: the list alone counts. `{}` selects all. */
  readonly namespaceSelector: LabelSelector | undefined
  readonly labels: LabelSelector | undefined
}

export function selectorOfTerm(pod: Pod, term: PodAffinityTerm): PodSelector {
  const listed = term.namespaces ?? []
  const own = listed.length === 0 && term.namespaceSelector === undefined ? [pod.metadata.namespace ?? ''] : listed
  return podSelector({
    namespaces: [...own].sort(compareText),
    namespaceSelector: term.namespaceSelector,
    labels: withLabelKeys(pod, term.labelSelector, term.matchLabelKeys ?? [], term.mismatchLabelKeys ?? []),
  })
}

export function selectorOfConstraint(pod: Pod, constraint: TopologySpreadConstraint): PodSelector {
  return podSelector({
    namespaces: [pod.metadata.namespace ?? ''],
    namespaceSelector: undefined,
    labels: withLabelKeys(pod, constraint.labelSelector, constraint.matchLabelKeys ?? [], []),
  })
}

/** matchLabelKeys and mismatchLabelKeys: the pod's own values join the selector. */
function withLabelKeys(
  pod: Pod,
  selector: LabelSelector | undefined,
  match: readonly string[],
  mismatch: readonly string[],
): LabelSelector | undefined {
  if (selector === undefined || match.length + mismatch.length === 0) return selector
  const extra: LabelSelectorRequirement[] = []
  for (const [keys, operator] of [
    [match, 'In'],
    [mismatch, 'NotIn'],
  ] as const) {
    for (const key of keys) {
      const value = pod.metadata.labels?.[key]
      if (value !== undefined) extra.push({ key, operator, values: [value] })
    }
  }
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...extra] }
}

function podSelector(scope: Scope): PodSelector {
  return {
    key: JSON.stringify(scope),
    matches: (pod, namespaceLabels) => {
      // A term without selector selects nothing, an empty selector everything.
      if (scope.labels === undefined || !matchesLabelSelector(scope.labels, pod.metadata.labels ?? {})) return false
      const namespace = pod.metadata.namespace ?? ''
      if (scope.namespaces.includes(namespace)) return true
      if (scope.namespaceSelector === undefined) return false
      const labels = namespaceLabels(namespace)
      return labels !== undefined && matchesLabelSelector(scope.namespaceSelector, labels)
    },
  }
}
