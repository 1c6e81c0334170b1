// The StatefulSet status. Pure. Source: kubernetes pkg/controller/statefulset/stateful_set_control.go (updateStatus),
// stateful_set_utils.go (completeRollingUpdate).

import type { StatefulSetStatus } from '@podwire/apiserver'
import { isPodAvailable, isPodDeleting, isPodReady, readySinceMs } from '../objects/pod-state.ts'
import { revisionOf } from './identity.ts'
import { ordinalOf } from './ordinals.ts'
import type { StatefulView } from './reconcile.ts'

export interface StatefulCounts {
  readonly status: StatefulSetStatus
  /** When the next ready pod becomes available; undefined when none waits for minReadySeconds. */
  readonly nextAvailableMs: number | undefined
}

export function countStatefulPods(view: StatefulView, collisionCount: number): StatefulCounts {
  const { set, pods, updateRevision, nowMs } = view
  const minReadySeconds = set.spec.minReadySeconds ?? 0
  const count = { replicas: 0, ready: 0, available: 0, current: 0, updated: 0 }
  let nextAvailableMs: number | undefined
  for (const pod of pods) {
    if (ordinalOf(set, pod) === undefined) continue
    count.replicas++
    if (pod.status?.phase === 'Running' && isPodReady(pod)) {
      count.ready++
      if (isPodAvailable(pod, minReadySeconds, nowMs)) count.available++
      else
        nextAvailableMs = Math.min(nextAvailableMs ?? Infinity, (readySinceMs(pod) ?? nowMs) + minReadySeconds * 1000)
    }
    if (isPodDeleting(pod)) continue
    if (revisionOf(pod) === view.currentRevision) count.current++
    if (revisionOf(pod) === updateRevision) count.updated++
  }
  const replicas = set.spec.replicas ?? 1
  const complete =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    count.updated === replicas &&
    count.ready === replicas &&
    count.replicas === replicas
  const current = complete ? count.updated : count.current
  const status: StatefulSetStatus = {
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    replicas: count.replicas,
    ...(count.ready > 0 ? { readyReplicas: count.ready } : {}),
    ...(current > 0 ? { currentReplicas: current } : {}),
    ...(count.updated > 0 ? { updatedReplicas: count.updated } : {}),
    currentRevision: complete ? updateRevision : view.currentRevision,
    updateRevision,
    collisionCount,
    availableReplicas: count.available,
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  }
  return { status, nextAvailableMs }
}
