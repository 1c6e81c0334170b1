// The core of ReplicaSet and ReplicationController: how many pods to create, which to delete, and the status that follows.
// Pure. Source: kubernetes pkg/controller/replicaset/replica_set.go, replica_set_utils.go.

import { matchesLabels, type Pod } from '@podwire/apiserver'
import {
  isPodActive,
  isPodAvailable,
  isPodDeleting,
  isPodReady,
  isPodTerminal,
  podCondition,
} from '../objects/pod-state.ts'
import { rankForDeletion } from './ranking.ts'
import { timestampMs } from '../objects/timestamp-ms.ts'

/** Creates or deletes in one sync; the next sync goes on. */
const BURST_REPLICAS = 500

/** The first batch of creates; each batch that succeeds doubles it, a failing one stops the rest. */
export const SLOW_START_INITIAL_BATCH = 1

export interface ReplicaPlan {
  readonly create: number
  readonly delete: readonly Pod[]
}

/**
 * @param pods the pods the owner has claimed
 * @param related called only when pods are to be deleted: the active pods of all replica sets of the same owner
 */
export function planReplicas(
  wanted: number,
  pods: readonly Pod[],
  related: () => readonly Pod[],
  nowMs: number,
): ReplicaPlan {
  const active = pods.filter(isPodActive)
  const missing = wanted - active.length
  if (missing >= 0) return planCreates(missing)
  const surplus = Math.min(-missing, BURST_REPLICAS)
  // All of them go: nobody needs to know in which order.
  const victims = surplus === active.length ? active : rankForDeletion(active, related().filter(isPodActive), nowMs)
  return { create: 0, delete: victims.slice(0, surplus) }
}

export function planCreates(missing: number): ReplicaPlan {
  return { create: Math.min(missing, BURST_REPLICAS), delete: [] }
}

export interface ReplicaCounts {
  readonly replicas: number
  readonly fullyLabeledReplicas: number
  readonly readyReplicas: number
  readonly availableReplicas: number
  readonly terminatingReplicas: number
  /** When the next ready pod becomes available; undefined when none is waiting for minReadySeconds. */
  readonly nextAvailableMs: number | undefined
}

export function countReplicas(
  pods: readonly Pod[],
  templateLabels: Readonly<Record<string, string>>,
  minReadySeconds: number,
  nowMs: number,
): ReplicaCounts {
  let replicas = 0
  let fullyLabeledReplicas = 0
  let readyReplicas = 0
  let availableReplicas = 0
  let terminatingReplicas = 0
  let nextAvailableMs: number | undefined
  for (const pod of pods) {
    const seen = countOf(pod, templateLabels)
    if (seen === TERMINAL) continue
    if (seen === TERMINATING) {
      terminatingReplicas++
      continue
    }
    replicas++
    if ((seen & LABELED) !== 0) fullyLabeledReplicas++
    if ((seen & READY) === 0) continue
    readyReplicas++
    if (minReadySeconds === 0 || isPodAvailable(pod, minReadySeconds, nowMs)) availableReplicas++
    else nextAvailableMs = earlier(nextAvailableMs, pod, minReadySeconds)
  }
  return { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas, terminatingReplicas, nextAvailableMs }
}

// What one pod counts as. A stored pod never changes, so it is looked at once for one template.
export const TERMINAL = -1
export const TERMINATING = -2
export const LABELED = 1
export const READY = 2

const counted = new WeakMap<Pod, { readonly templateLabels: object; readonly as: number }>()

function countOf(pod: Pod, templateLabels: Readonly<Record<string, string>>): number {
  const known = counted.get(pod)
  if (known?.templateLabels === templateLabels) return known.as
  const as = classify(pod, templateLabels)
  counted.set(pod, { templateLabels, as })
  return as
}

/** TERMINAL, TERMINATING, or what is set of LABELED and READY. */
export function classify(pod: Pod, templateLabels: Readonly<Record<string, string>>): number {
  if (isPodTerminal(pod)) return TERMINAL
  if (isPodDeleting(pod)) return TERMINATING
  return (matchesLabels(templateLabels, pod.metadata.labels) ? LABELED : 0) + (isPodReady(pod) ? READY : 0)
}

function earlier(known: number | undefined, pod: Pod, minReadySeconds: number): number | undefined {
  const ready = podCondition(pod, 'Ready')
  if (typeof ready?.lastTransitionTime !== 'string') return known
  const availableMs = timestampMs(ready.lastTransitionTime) + minReadySeconds * 1000
  return known === undefined ? availableMs : Math.min(known, availableMs)
}

/** Why replicas are missing or left over: the ReplicaFailure condition. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete'
  readonly message: string
}

interface FailureCondition {
  readonly type: string
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

/** The conditions with ReplicaFailure set, kept or removed. A failure that is already there keeps its first words. */
export function failureConditions<Condition extends FailureCondition>(
  conditions: readonly Condition[] | undefined,
  failure: ReplicaFailure | undefined,
  timestamp: string,
): readonly (Condition | FailureCondition)[] {
  const present = conditions ?? []
  const known = present.some((condition) => condition.type === 'ReplicaFailure')
  if (failure !== undefined && known) return present
  if (failure === undefined) return known ? present.filter((condition) => condition.type !== 'ReplicaFailure') : present
  return [...present, { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: timestamp }]
}
