// The core of the Job controller: counts what finished, decides whether the Job is over, and plans pods. Pure.
// Source: kubernetes pkg/controller/job/job_controller.go (syncJob, manageJob, trackJobStatusAndRemoveFinalizers).

import type { Job, Pod } from '@podwire/apiserver'
import { isPodActive, isPodDeleting, isPodTerminal, podRestarts } from '../objects/pod-state.ts'
import { rankForDeletion } from '../replicas/ranking.ts'
import { type BackoffRecord, nextBackoff, remainingBackoffMs } from './backoff.ts'
import { completionIndex, freeIndexes, parseIndexes } from './indexes.ts'
import { isIndexed, isPodFailed, isTracked, jobCondition, replacesFailedOnly } from './job-facts.ts'

/** Creates or deletes in one sync; the next sync goes on. */
const MAX_PODS_PER_SYNC = 500

/** Why a Job ends: what its conditions say. */
export interface JobEnd {
  readonly success: boolean
  readonly reason: string
  readonly message: string
}

const COMPLETED: JobEnd = {
  success: true,
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
}
const BACKOFF_LIMIT: JobEnd = {
  success: false,
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
}
const DEADLINE: JobEnd = {
  success: false,
  reason: 'DeadlineExceeded',
  message: 'Job was active longer than specified deadline',
}

export interface JobPlan {
  readonly end: JobEnd | undefined
  readonly succeeded: number
  readonly failed: number
  readonly completed: ReadonlySet<number>
  /** Pods that count from now on and need no finalizer any more. */
  readonly counted: readonly Pod[]
  /** Pods to create, each with its index or undefined. */
  readonly create: readonly (number | undefined)[]
  /** Running pods of a Job that is over: they go and count. */
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

interface Tally {
  readonly succeeded: number
  readonly failed: number
  readonly completed: ReadonlySet<number>
  readonly counted: readonly Pod[]
}

export function planJob(input: JobInput): JobPlan {
  const { job, pods, nowMs } = input
  const active = pods.filter(isPodActive)
  const tally = countFinished(input)
  const backoff = nextBackoff(job, input.backoff, tally.counted, nowMs)
  const base = { ...tally, backoff, create: [], stop: [], dismiss: [], waitMs: undefined }
  const end = endOf(input, tally, active)
  if (end !== undefined) return { ...base, ...ended(end, tally, active) }
  if (job.metadata.deletionTimestamp !== undefined) return { ...base, end }
  if (job.spec.suspend === true) return { ...base, end, dismiss: active }
  const staffing = planStaffing(input, tally, active, remainingBackoffMs(backoff, nowMs))
  // The last success may have come in with this very look.
  return { ...base, end, ...staffing }
}

/** Finished pods that still carry the finalizer have not been counted yet. */
function countFinished({ job, pods }: JobInput): Tally {
  const { completions = 0 } = job.spec
  const indexed = isIndexed(job)
  const completed = new Set(parseIndexes(job.status?.completedIndexes))
  const counted: Pod[] = []
  let succeeded = job.status?.succeeded ?? 0
  let failed = job.status?.failed ?? 0
  for (const pod of pods) {
    if (!isTracked(pod)) continue
    const success = pod.status?.phase === 'Succeeded'
    if (!success && !isPodFailed(job, pod)) continue
    counted.push(pod)
    const index = completionIndex(pod)
    if (indexed && (index === undefined || index >= completions)) continue
    if (!success) failed++
    else if (index === undefined || !indexed) succeeded++
    else completed.add(index)
  }
  return { succeeded: indexed ? completed.size : succeeded, failed, completed, counted }
}

/** A Job that failed counts its running pods as failed; one that succeeded just lets them go. */
function ended(end: JobEnd, tally: Tally, active: readonly Pod[]): Partial<JobPlan> & { end: JobEnd } {
  if (end.success) return { end, dismiss: active }
  const running = active.filter(isTracked)
  return { end, stop: active, failed: tally.failed + running.length, counted: [...tally.counted, ...running] }
}

function endOf(input: JobInput, tally: Tally, active: readonly Pod[]): JobEnd | undefined {
  const { job, nowMs } = input
  const target = jobCondition(job, 'FailureTarget') ?? jobCondition(job, 'SuccessCriteriaMet')
  if (target !== undefined) {
    const { type, reason = '', message = '' } = target
    return { success: type === 'SuccessCriteriaMet', reason, message }
  }
  const limit = job.spec.backoffLimit ?? 6
  if (tally.failed > limit || restartsBeyond(input, limit)) return BACKOFF_LIMIT
  const deadlineMs = jobDeadlineMs(job)
  if (deadlineMs !== undefined && nowMs >= deadlineMs) return DEADLINE
  const { completions, suspend } = job.spec
  if (completions !== undefined) return tally.succeeded >= completions ? COMPLETED : undefined
  return tally.succeeded > 0 && active.length === 0 && suspend !== true ? COMPLETED : undefined
}

/** Pods that restart in place never fail: their restarts count instead. */
function restartsBeyond({ job, pods }: JobInput, limit: number): boolean {
  if (job.spec.template.spec?.restartPolicy !== 'OnFailure') return false
  let restarts = 0
  for (const pod of pods) {
    if (isPodTerminal(pod)) continue
    restarts += podRestarts(pod)
    for (const { restartCount } of pod.status?.initContainerStatuses ?? []) restarts += restartCount
  }
  return limit === 0 ? restarts > 0 : restarts >= limit
}

/** When activeDeadlineSeconds is over; undefined: never, or not counting now. */
export function jobDeadlineMs(job: Job): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec
  const start = job.status?.startTime
  if (activeDeadlineSeconds === undefined || start === undefined || suspend === true) return undefined
  return Date.parse(start) + activeDeadlineSeconds * 1000
}

function planStaffing(
  { job, pods }: JobInput,
  tally: Tally,
  active: readonly Pod[],
  waitMs: number,
): Pick<JobPlan, 'create' | 'dismiss' | 'waitMs'> {
  const wanted = wantedActive(job, tally, active.length)
  const surplus = surplusPods(job, active, active.length - wanted, tally.completed)
  if (surplus.length > 0) return { create: [], dismiss: surplus.slice(0, MAX_PODS_PER_SYNC), waitMs: undefined }
  const leaving = replacesFailedOnly(job) ? pods.filter((pod) => isPodDeleting(pod) && !isPodTerminal(pod)).length : 0
  const missing = Math.min(MAX_PODS_PER_SYNC, wanted - active.length - leaving)
  if (missing <= 0) return { create: [], dismiss: [], waitMs: undefined }
  if (waitMs > 0) return { create: [], dismiss: [], waitMs }
  if (!isIndexed(job))
    return { create: Array.from({ length: missing }, () => undefined), dismiss: [], waitMs: undefined }
  const busy = new Set(active.map(completionIndex))
  const isTaken = (index: number): boolean => busy.has(index) || tally.completed.has(index)
  return { create: freeIndexes(missing, job.spec.completions ?? 0, isTaken), dismiss: [], waitMs: undefined }
}

function wantedActive(job: Job, tally: Tally, active: number): number {
  const { completions, parallelism = 1 } = job.spec
  // A work queue: once a worker succeeded the others finish, none is added.
  if (completions === undefined) return tally.succeeded > 0 ? Math.min(active, parallelism) : parallelism
  return Math.max(0, Math.min(parallelism, completions - tally.succeeded))
}

function surplusPods(job: Job, active: readonly Pod[], count: number, completed: ReadonlySet<number>): readonly Pod[] {
  const misfits = isIndexed(job) ? misplaced(job, active, completed) : []
  if (misfits.length >= count) return misfits
  const others = active.filter((pod) => !misfits.includes(pod))
  return [...misfits, ...rankForDeletion(others, [], 0).slice(0, count - misfits.length)]
}

/** Pods of an index that is done, out of range, or has a pod already. */
function misplaced(job: Job, active: readonly Pod[], completed: ReadonlySet<number>): readonly Pod[] {
  const seen = new Set<number>()
  return active.filter((pod) => {
    const index = completionIndex(pod)
    if (index === undefined || index >= (job.spec.completions ?? 0) || completed.has(index) || seen.has(index))
      return true
    seen.add(index)
    return false
  })
}
