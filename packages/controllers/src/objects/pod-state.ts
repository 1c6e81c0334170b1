// What controllers ask about a pod: active, terminal, ready, available, its addresses.
// Source: kubernetes pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go.

import { conditionOf, type Pod, type PodCondition } from '@podwire/apiserver'
import { timestampMs } from './timestamp-ms.ts'

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return conditionOf(pod.status?.conditions, type)
}

/**
 * The pod's conditions with this one set: in the place it had, or behind the others. Its transition time moves with its status.
 * @param timestamp of now
 */
export function withCondition(
  { metadata: { generation }, status }: Pod,
  condition: Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>,
  timestamp: string,
): readonly PodCondition[] {
  const conditions = status?.conditions ?? []
  const known = conditions.find(({ type }) => type === condition.type)
  const next: PodCondition = {
    ...condition,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    lastTransitionTime: known?.status === condition.status ? (known?.lastTransitionTime ?? timestamp) : timestamp,
  }
  return known === undefined ? [...conditions, next] : conditions.map((present) => (present === known ? next : present))
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True'
}

/** Succeeded or Failed: its containers will not run again. */
export function isPodTerminal(pod: Pod): boolean {
  const phase = pod.status?.phase
  return phase === 'Succeeded' || phase === 'Failed'
}

export function isPodDeleting(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined
}

/** Counts as a replica: neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && !isPodDeleting(pod)
}

/** Milliseconds since 1970 of the moment the pod became ready; undefined when it is not. */
export function readySinceMs(pod: Pod): number | undefined {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status !== 'True' || typeof ready.lastTransitionTime !== 'string') return undefined
  return timestampMs(ready.lastTransitionTime)
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  if (!isPodReady(pod)) return false
  if (minReadySeconds === 0) return true
  const since = readySinceMs(pod)
  return since !== undefined && since + minReadySeconds * 1000 <= nowMs
}

/** All addresses of a pod, the primary one first. */
export function podAddresses(pod: Pod): readonly string[] {
  const status = pod.status
  if (status === undefined) return []
  const all = status.podIPs?.map((entry) => entry.ip) ?? []
  return all.length > 0 || status.podIP === undefined || status.podIP === '' ? all : [status.podIP]
}

export function podRestarts(pod: Pod): number {
  let restarts = 0
  for (const container of pod.status?.containerStatuses ?? []) restarts += container.restartCount
  return restarts
}

/** Index keys: pods by the node they are bound to. */
export function nodeKeys({ spec: { nodeName } }: Pod): readonly string[] {
  return nodeName === undefined ? [] : [nodeName]
}
