// What the controller writes about a node nobody has heard from. Pure. Source: kubernetes pkg/controller/nodelifecycle
// (tryUpdateNodeHealth), pkg/util/node (MarkPodsNotReady).

import type { Node, NodeCondition, Pod, PodCondition } from '@podwire/apiserver'
import { type Microseconds, SECOND } from '@podwire/engine'
import { podCondition, withCondition } from '../objects/pod-state.ts'
import { readyStatus } from './taints.ts'

/** Nothing new for this long: the node counts as lost. Noticed at the next look, every five seconds. */
export const GRACE_PERIOD_US = 50 * SECOND
/** A node that never said whether it is ready has a little longer. */
const STARTUP_GRACE_US = 60 * SECOND
export const MONITOR_PERIOD_US = 5 * SECOND

export function graceUs(node: Node): Microseconds {
  return readyStatus(node) === undefined ? STARTUP_GRACE_US : GRACE_PERIOD_US
}

const WATCHED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const

export function unknownConditions(node: Node, timestamp: string): readonly NodeCondition[] {
  const conditions = [...(node.status?.conditions ?? [])]
  for (const type of WATCHED) {
    const place = conditions.findIndex((condition) => condition.type === type)
    const known = conditions[place]
    if (known === undefined) {
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: timestamp,
      })
    } else if (known.status !== 'Unknown') {
      conditions[place] = {
        ...known,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: timestamp,
      }
    }
  }
  return conditions
}

/** The pod's conditions with Ready False; undefined when it is not ready anyway. */
export function unreadyConditions(pod: Pod, timestamp: string): readonly PodCondition[] | undefined {
  const ready = podCondition(pod, 'Ready')
  return ready?.status === 'True' ? withCondition(pod, { ...ready, status: 'False' }, timestamp) : undefined
}
