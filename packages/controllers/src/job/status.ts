// The Job status after a look: counts, start and end, conditions; and the events the change makes. Pure.
// Source: kubernetes pkg/controller/job/job_controller.go. Departure: pods are counted and let go in one step, so
// uncountedTerminatedPods is always empty. As in 1.36.2, a Job that waits to replace a failed pod says that none of its pods is
// active (kubernetes issue 139428, put right in 1.36.3); while others are ready the server refuses such a status.

import type { Job, JobCondition, JobStatus, Pod } from '@podwire/apiserver'
import { isPodActive, isPodDeleting, isPodReady, isPodTerminal } from '../objects/pod-state.ts'
import { formatIndexes } from './indexes.ts'
import { isIndexed } from './job-facts.ts'
import type { JobPlan } from './reconcile.ts'
import type { JobEnd } from './verdict.ts'

export interface JobEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface NextStatus {
  readonly status: JobStatus
  readonly events: readonly JobEvent[]
}

/** @param pods the Job's pods after the plan was carried out */
export function nextStatus(job: Job, plan: JobPlan, pods: readonly Pod[], timestamp: string): NextStatus {
  const active = pods.filter(isPodActive)
  const terminating = pods.filter((pod) => isPodDeleting(pod) && !isPodTerminal(pod)).length
  const events: JobEvent[] = []
  const before = job.status?.conditions ?? []
  let conditions = before
  if (plan.end === undefined) conditions = suspension(job, before, timestamp, events)
  else {
    conditions = conditionSet(before, plan.end, plan.end.success ? 'SuccessCriteriaMet' : 'FailureTarget', timestamp)
    // The verdict stands from here on; the Job is over when the last of its pods is gone.
    if (active.length === 0 && terminating === 0) {
      conditions = conditionSet(conditions, plan.end, plan.end.success ? 'Complete' : 'Failed', timestamp)
      if (plan.end.success && plan.succeeded > (job.spec.completions ?? Infinity)) events.push(TOO_MANY)
      events.push(endEvent(plan.end))
    }
  }
  const resumed = events.some(({ reason }) => reason === 'Resumed')
  const startTime = job.spec.suspend === true ? undefined : resumed ? timestamp : (job.status?.startTime ?? timestamp)
  const keptStart = plan.end === undefined ? startTime : (job.status?.startTime ?? timestamp)
  const completed = conditions.some(({ type, status }) => type === 'Complete' && status === 'True')
  const status: JobStatus = {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(keptStart === undefined ? {} : { startTime: keptStart }),
    ...(completed ? { completionTime: timestamp } : {}),
    ...(active.length > 0 && !waitsToReplace(plan) ? { active: active.length } : {}),
    ...(plan.succeeded > 0 ? { succeeded: plan.succeeded } : {}),
    ...(plan.failed > 0 ? { failed: plan.failed } : {}),
    ...(isIndexed(job) && plan.completed.size > 0 ? { completedIndexes: formatIndexes(plan.completed) } : {}),
    ...(plan.failedIndexes === undefined ? {} : { failedIndexes: formatIndexes(plan.failedIndexes) }),
    terminating,
    ready: active.filter(isPodReady).length,
    uncountedTerminatedPods: {},
  }
  return { status, events }
}

/** All pods there could be wait for the back-off. */
function waitsToReplace({ end, create, waitMs }: JobPlan): boolean {
  return end === undefined && waitMs !== undefined && create.length === 0
}

const TOO_MANY: JobEvent = {
  type: 'Warning',
  reason: 'TooManySucceededPods',
  message: 'Too many succeeded pods running after completion count reached',
}

function endEvent({ success, reason, message }: JobEnd): JobEvent {
  if (success) return { type: 'Normal', reason: 'Completed', message: 'Job completed' }
  return { type: 'Warning', reason, message }
}

function suspension(
  job: Job,
  before: readonly JobCondition[],
  timestamp: string,
  events: JobEvent[],
): readonly JobCondition[] {
  const known = before.find(({ type }) => type === 'Suspended')
  const suspend = job.spec.suspend === true
  if (suspend ? known?.status === 'True' : known === undefined || known.status === 'False') return before
  const news = suspend
    ? { status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
    : { status: 'False', reason: 'JobResumed', message: 'Job resumed' }
  events.push({ type: 'Normal', reason: suspend ? 'Suspended' : 'Resumed', message: news.message })
  const others = before.filter((condition) => condition !== known)
  return [...others, { type: 'Suspended', ...news, lastProbeTime: timestamp, lastTransitionTime: timestamp }]
}

function conditionSet(
  before: readonly JobCondition[],
  { reason, message }: JobEnd,
  type: string,
  timestamp: string,
): readonly JobCondition[] {
  if (before.some((condition) => condition.type === type && condition.status === 'True')) return before
  const added = { type, status: 'True', reason, message, lastProbeTime: timestamp, lastTransitionTime: timestamp }
  return [...before, added]
}
