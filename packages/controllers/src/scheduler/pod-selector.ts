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
  /** `namespace/label=value` that every pod it picks has; undefined: it picks by other means. */
  readonly pair: string | undefined
  /** Affinity counts pods being deleted, spreading does not. */
  readonly countsDeleting: boolean
  /** Depends on labels of namespaces, which may change. */
  readonly readsNamespaces: boolean
  matches(pod: Pod, namespaceLabels: NamespaceLabels): boolean
}

interface Scope {
  readonly countsDeleting: boolean
  readonly namespaces: readonly string[]
  /** Absent: the list alone counts. `{}` selects all. */
  readonly namespaceSelector: LabelSelector | undefined
  readonly labels: LabelSelector | undefined
}

export function selectorOfTerm(pod: Pod, term: PodAffinityTerm): PodSelector {
  const listed = term.namespaces ?? []
  const own = listed.length === 0 && term.namespaceSelector === undefined ? [pod.metadata.namespace ?? ''] : listed
  return podSelector({
    countsDeleting: true,
    namespaces: [...own].sort(compareText),
    namespaceSelector: term.namespaceSelector,
    labels: withLabelKeys(pod, term.labelSelector, term.matchLabelKeys ?? [], term.mismatchLabelKeys ?? []),
  })
}

export function selectorOfConstraint(pod: Pod, constraint: TopologySpreadConstraint): PodSelector {
  return spreadSelector(
    pod.metadata.namespace ?? '',
    withLabelKeys(pod, constraint.labelSelector, constraint.matchLabelKeys ?? [], []),
  )
}

/** Pods of one namespace, counted for spreading. */
export function spreadSelector(namespace: string, labels: LabelSelector | undefined): PodSelector {
  return podSelector({ countsDeleting: false, namespaces: [namespace], namespaceSelector: undefined, labels })
}

/** Pods that all of the selectors pick. */
export function allOf(selectors: readonly PodSelector[]): PodSelector {
  const [first] = selectors
  if (first !== undefined && selectors.length === 1) return first
  return {
    key: selectors.map(({ key }) => key).join(' and '),
    pair: selectors.find(({ pair }) => pair !== undefined)?.pair,
    countsDeleting: selectors.every(({ countsDeleting }) => countsDeleting),
    readsNamespaces: selectors.some(({ readsNamespaces }) => readsNamespaces),
    matches: (pod, namespaceLabels) => selectors.every((selector) => selector.matches(pod, namespaceLabels)),
  }
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

/** How pods are filed: by namespace and each of their labels. */
export function labelPair(namespace: string, name: string, value: string): string {
  return `${namespace}/${name}=${value}`
}

function pairOf({ namespaces, namespaceSelector, labels }: Scope): string | undefined {
  const [namespace] = namespaces
  if (namespace === undefined || namespaces.length > 1 || namespaceSelector !== undefined) return undefined
  for (const [name, value] of Object.entries(labels?.matchLabels ?? {})) return labelPair(namespace, name, value)
  for (const { key, operator, values = [] } of labels?.matchExpressions ?? []) {
    const [value] = values
    if (operator === 'In' && value !== undefined && values.length === 1) return labelPair(namespace, key, value)
  }
  return undefined
}

function podSelector(scope: Scope): PodSelector {
  return {
    key: JSON.stringify(scope),
    pair: pairOf(scope),
    countsDeleting: scope.countsDeleting,
    readsNamespaces: scope.namespaceSelector !== undefined,
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
