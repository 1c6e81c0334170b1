// A pod that the node does not take: Failed at once, no container ever starts.
// Source: kubernetes pkg/kubelet/kubelet.go (rejectPod).

import { isConflict, isNotFound, type Pod, pods } from '@podwire/apiserver'
import type { NodeRuntime } from './node-runtime.ts'

/** Source: pkg/kubelet/types (PodConditionsByKubelet). A rejected pod has none of them. */
const KUBELET_CONDITIONS: ReadonlySet<string> = new Set([
  'PodScheduled',
  'Ready',
  'Initialized',
  'ContainersReady',
  'PodReadyToStartContainers',
])

export interface Rejection {
  readonly reason: string
  readonly message: string
}

export function rejectPod({ client, engine, events }: NodeRuntime, pod: Pod, { reason, message }: Rejection): void {
  events.event(pod, 'Warning', reason, message)
  const { qosClass, conditions } = pod.status ?? {}
  const foreign = conditions?.filter(({ type }) => !KUBELET_CONDITIONS.has(type)) ?? []
  const status = {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase: 'Failed',
    ...(foreign.length === 0 ? {} : { conditions: foreign }),
    reason,
    message: `Pod was rejected: ${message}`,
    startTime: engine.clock.timestamp(),
    ...(qosClass === undefined ? {} : { qosClass }),
  }
  try {
    client.update(pods, { ...pod, status }, { subresource: 'status' })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
