// Labels of a new pod that its own selectors take in: matchLabelKeys and mismatchLabelKeys. Source: kubernetes
// registry/core/pod/strategy.go (mutatePodAffinity, mutateTopologySpreadConstraints).

import type { LabelSelector, Pod, PodAffinity, PodAffinityTerm } from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'

type Labels = Readonly<Record<string, string>>

export function mergeLabelKeys({ metadata, spec }: Mutable<Pod>): void {
  if (spec.affinity === undefined && spec.topologySpreadConstraints === undefined) return
  const { labels = {} } = metadata
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    if (affinity !== undefined) mergeInto(affinity, labels)
  }
  for (const { labelSelector, matchLabelKeys } of spec.topologySpreadConstraints ?? []) {
    add(labelSelector, matchLabelKeys, 'In', labels)
  }
}

function mergeInto(affinity: Mutable<PodAffinity>, labels: Labels): void {
  const terms: readonly Mutable<PodAffinityTerm>[] = [
    ...(affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
    ...(affinity.requiredDuringSchedulingIgnoredDuringExecution ?? []),
  ]
  for (const { labelSelector, matchLabelKeys, mismatchLabelKeys } of terms) {
    add(labelSelector, matchLabelKeys, 'In', labels)
    add(labelSelector, mismatchLabelKeys, 'NotIn', labels)
  }
}

/** Without a selector nothing is matched, so nothing can be narrowed. */
function add(
  selector: Mutable<LabelSelector> | undefined,
  keys: readonly string[] | undefined,
  operator: string,
  labels: Labels,
): void {
  if (selector === undefined || keys === undefined) return
  for (const key of keys) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined
    if (value === undefined) continue
    selector.matchExpressions ??= []
    selector.matchExpressions.push({ key, operator, values: [value] })
  }
}
