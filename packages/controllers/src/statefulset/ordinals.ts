// Ordinals: where they start, which ones are wanted, and which one a pod has. Pure.
// Source: kubernetes pkg/controller/statefulset/stateful_set_utils.go (getStartOrdinal, getParentNameAndOrdinal, podInOrdinalRange).

import type { Pod, StatefulSet } from '@podwire/apiserver'

export function firstOrdinal(set: StatefulSet): number {
  return set.spec.ordinals?.start ?? 0
}

export function isWantedOrdinal(set: StatefulSet, ordinal: number): boolean {
  const start = firstOrdinal(set)
  return ordinal >= start && ordinal < start + (set.spec.replicas ?? 1)
}

/** The ordinal in the pod's name, undefined when the name is not one of this set's. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const { name } = pod.metadata
  const prefix = `${set.metadata.name}-`
  if (!name.startsWith(prefix)) return undefined
  const digits = name.slice(prefix.length)
  return /^\d+$/.test(digits) ? Number(digits) : undefined
}
