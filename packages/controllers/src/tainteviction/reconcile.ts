// How long a pod may stay on a node with NoExecute taints. Pure. Source: kubernetes pkg/controller/tainteviction.

import type { Pod, Taint } from '@podwire/apiserver'
import { tolerates } from '../scheduler/node-rules.ts'

export function noExecuteTaints(taints: readonly Taint[] | undefined): readonly Taint[] {
  return (taints ?? []).filter((taint) => taint.effect === 'NoExecute')
}

/** Seconds the pod may stay, counted from now: 0 is at once, Infinity for ever; undefined: it tolerates not all of the taints. */
export function toleratedSeconds(pod: Pod, taints: readonly Taint[]): number | undefined {
  const used = new Set<number>()
  for (const taint of taints) {
    const fitting = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint))
    if (fitting.length === 0) return undefined
    // The first toleration that fits a taint counts for it.
    const seconds = fitting[0]?.tolerationSeconds
    if (seconds !== undefined) used.add(Math.max(0, seconds))
  }
  return used.size === 0 ? Infinity : Math.min(...used)
}
