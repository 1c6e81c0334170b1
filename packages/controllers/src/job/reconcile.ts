// The core of the Job controller: counts what finished, decides whether the Job is over, and plans pods. Pure.
// Source: kubernetes pkg/controller/job/job_controller.go (syncJob).

import type { Job, Pod } from '@podwire/apiserver'
import { isPodActive } from '../objects/pod-state.ts'
import { type BackoffRecord, nextBackoff, remainingBackoffMs } from './backoff.ts'
import { isTracked } from './job-facts.ts'
import type { PlannedPod } from './pod-of-job.ts'
import { NO_STAFFING, planStaffing, type Staffing, type StaffingInput } from './staffing.ts'
import { countedFailures, type Tally, tallyPods } from './tally.ts'
import { completed, isComplete, type JobEnd, verdictOf } from './verdict.ts'

export interface JobPlan {
  readonly end: JobEnd | undefined
  readonly succeeded: number
  readonly failed: number
  readonly completed: ReadonlySet<number>
  /** Undefined: failures are not counted by index. */
  readonly failedIndexes: ReadonlySet<number> | undefined
  /** Pods that need no finalizer any more, counted or not. */
  readonly letGo: readonly Pod[]
  readonly create: readonly PlannedPod[]
  /** Running pods of a Job that failed: they go and count. */
  readonly stop: readonly Pod[]
  /** Running pods there are too many of: they go and do not count. */
  readonly dismiss: readonly Pod[]
  readonly backoff: BackoffRecord
  /** Milliseconds until a failed pod may be replaced. */
  readonly waitMs: number | undefined
}

export interface JobInput {
  readonly job: Job
  readonly pods: readonly Pod[]
  readonly backoff: BackoffRecord
  readonly nowMs: number
}

export function planJob({ job, pods, backoff: known, nowMs }: JobInput): JobPlan {
  const active = pods.filter(isPodActive)
  const tally = tallyPods(job, pods)
  const backoff = nextBackoff(job, known, tally.counted)
  const { succeeded, failed, completed: done, failedIndexes, counted } = tally
  const base: JobPlan = {
    ...{ succeeded, failed, completed: done, failedIndexes, backoff },
    end: undefined,
    letGo: counted,
    create: [],
    stop: [],
    dismiss: [],
    waitMs: undefined,
  }
  const end = verdictOf(job, pods, tally, nowMs)
  if (end !== undefined) return { ...base, ...ended(job, pods, end, tally, active) }
  const staffing = staffingOf({ job, pods, active, tally, backoffMs: remainingBackoffMs(backoff, nowMs), nowMs })
  const left = active.length + staffing.create.length - staffing.dismiss.length
  const complete = isComplete(job, tally, left) ? completed() : undefined
  // Nobody will count the pods of a Job that goes.
  const leaving = job.metadata.deletionTimestamp !== undefined
  return { ...base, ...staffing, end: complete, letGo: leaving ? pods.filter(isTracked) : counted }
}

function staffingOf(input: StaffingInput): Staffing {
  const { job, active } = input
  if (job.metadata.deletionTimestamp !== undefined) return NO_STAFFING
  return job.spec.suspend === true ? { ...NO_STAFFING, dismiss: active } : planStaffing(input)
}

/** A Job that failed counts its running pods as failed; one that succeeded just lets them go. */
function ended(job: Job, pods: readonly Pod[], end: JobEnd, tally: Tally, active: readonly Pod[]): Partial<JobPlan> {
  if (end.success) return { end, dismiss: active, letGo: pods.filter(isTracked) }
  const tracked = pods.filter(isTracked)
  const others = tracked.filter((pod) => !tally.counted.includes(pod))
  return { end, stop: active, failed: tally.failed + countedFailures(job, others), letGo: tracked }
}
