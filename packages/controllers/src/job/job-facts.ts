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

/**
 * When the pod ended, milliseconds since 1970: its last container (all of them have to be done), else when it stopped being
 * ready, else when its deletion was asked for, else its creation.
 */
export function finishedAtMs(pod: Pod): number {
  const { metadata, spec, status } = pod
  const lastMs = lastContainerEndMs(spec, status)
  if (lastMs !== undefined) return lastMs
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'False' && ready.lastTransitionTime !== undefined) return Date.parse(ready.lastTransitionTime)
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = metadata
  if (deletionTimestamp !== undefined) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
  return Date.parse(creationTimestamp)
}

function lastContainerEndMs(spec: Pod['spec'], status: Pod['status']): number | undefined {
  const sidecars = new Set(
    spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  )
  const running = (status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name))
  let latest: number | undefined
  for (const { state } of [...(status?.containerStatuses ?? []), ...running]) {
    const text = state?.terminated?.finishedAt
    if (typeof text !== 'string') return undefined
    latest = Math.max(latest ?? 0, Date.parse(text))
  }
  return latest
}
