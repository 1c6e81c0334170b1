// A pod that the node does not take: Failed at once, no container ever starts.
// Source: kubernetes pkg/kubelet/kubelet.go (rejectPod).

import { isConflict, isNotFound, type Pod, pods } from '@podwire/apiserver'
import type { NodeRuntime } from './node-runtime.ts'

export interface Rejection {
  readonly reason: string
  readonly message: string
}

export function rejectPod({ client, engine, events }: NodeRuntime, pod: Pod, { reason, message }: Rejection): void {
  events.event(pod, 'Warning', reason, message)
  const startTime = engine.clock.timestamp()
  const status = { ...pod.status, phase: 'Failed', reason, message: `Pod was rejected: ${message}`, startTime }
  try {
    client.update(pods, { ...pod, status }, { subresource: 'status' })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
