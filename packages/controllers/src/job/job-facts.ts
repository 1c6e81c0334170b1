// What the Job controller asks about Jobs and their pods: finished, suspended, counted, failed. Pure.
// Source: kubernetes pkg/controller/job/job_controller.go, utils.go, tracking_utils.go.

import type { Job, JobCondition, Pod } from '@podwire/apiserver'
import { isPodDeleting } from '../objects/pod-state.ts'

/** Holds a pod until the Job has counted it. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking'

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) === true
}

export function jobCondition(job: Job, type: string): JobCondition | undefined {
  return job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')
}

export function isJobFinished(job: Job): boolean {
  return jobCondition(job, 'Complete') !== undefined || jobCondition(job, 'Failed') !== undefined
}

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === 'Indexed'
}

/** Only pods that have failed are replaced; otherwise a pod on its way out is, too. */
export function replacesFailedOnly(job: Job): boolean {
  return job.spec.podReplacementPolicy === 'Failed'
}

export function isPodFailed(job: Job, pod: Pod): boolean {
  const phase = pod.status?.phase
  if (phase === 'Failed') return true
  return !replacesFailedOnly(job) && isPodDeleting(pod) && phase !== 'Succeeded'
}

/** When the pod's containers ended, milliseconds since 1970. */
export function finishedAtMs(pod: Pod, nowMs: number): number {
  let latest: number | undefined
  for (const { state } of pod.status?.containerStatuses ?? []) {
    const text = state?.terminated?.finishedAt
    if (text !== undefined) latest = Math.max(latest ?? 0, Date.parse(text))
  }
  if (latest !== undefined) return latest
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.lastTransitionTime !== undefined) return Date.parse(ready.lastTransitionTime)
  return pod.metadata.deletionTimestamp === undefined ? nowMs : Date.parse(pod.metadata.deletionTimestamp)
}
