// Which pods nobody will ever finish: those of a Node that is gone, those that were deleted before they had one, and those that are
// being deleted on a Node that was declared out of service. Pure. Source: kubernetes pkg/controller/podgc/gc_controller.go.

import type { Node, Pod } from '@podwire/apiserver'
import { isPodDeleting, withCondition } from '../objects/pod-state.ts'

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'

export interface Abandoned {
  /** The DisruptionTarget condition's message; undefined: the pod was on its way out, and gets no condition. */
  readonly message: string | undefined
}

/** @param node the pod's; undefined: there is none of that name */
export function abandoned(pod: Pod, node: Node | undefined): Abandoned | undefined {
  const { nodeName = '' } = pod.spec
  if (nodeName === '') return isPodDeleting(pod) ? { message: undefined } : undefined
  if (node === undefined) return { message: 'PodGC: node no longer exists' }
  return isPodDeleting(pod) && isOutOfService(node) ? { message: undefined } : undefined
}

/** Somebody has said by a taint that the Node is off, and it is not ready. */
export function isOutOfService({ spec, status }: Node): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
  return !ready && (spec.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE)
}

/** The status the pod is left with; undefined: it stays as it is. */
export function endedStatus(pod: Pod, { message }: Abandoned, timestamp: string): Pod['status'] | undefined {
  const { status } = pod
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined
  if (message === undefined) return { ...status, phase: 'Failed' }
  const disruption = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message }
  return { ...status, phase: 'Failed', conditions: withCondition(pod, disruption, timestamp) }
}
