// Why a pod cannot be scheduled, in the scheduler's own words. Pure. Source: kube-scheduler framework/types.go (FitError),
// plugins/defaultpreemption, plugins/dynamicresources.

import { compareText } from '@podwire/engine'
import type { Objection } from './filters.ts'

/** Nothing to schedule on at all. */
export const NO_NODES = 'no nodes available to schedule pods'

/** `0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu.` and, unless preemption makes room, what it found out. */
export function failureText(objections: readonly Objection[], preemption: string | undefined): string {
  const nodes = objections.length
  const reasons = new Map<string, number>()
  for (const objection of objections) {
    for (const reason of objection.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const text = `0/${nodes} nodes are available: ${joined(reasons)}.`
  return preemption === undefined ? text : `${text} no new claims to deallocate, preemption: ${preemption}`
}

/** The text when the pod can be told before nodes are looked at. */
export function preFilterText(nodes: number, reason: string): string {
  return `0/${nodes} nodes are available: ${reason}. not found`
}

export const NOT_HELPFUL = 'Preemption is not helpful for scheduling'
export const NO_VICTIMS = 'No preemption victims found for incoming pod'

/** Why no node is freed, counted. @param reasons of each node: one of the above, or what stays in the way without victims */
export function noCandidateText(reasonsOfNodes: readonly (readonly string[])[]): string {
  const counts = new Map<string, number>()
  for (const reasons of reasonsOfNodes) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return `0/${reasonsOfNodes.length} nodes are available: ${joined(counts)}.`
}

function joined(reasons: ReadonlyMap<string, number>): string {
  return [...reasons]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort(compareText)
    .join(', ')
}
