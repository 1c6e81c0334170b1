// Is the Job over, and why? Verdicts already given stand; then failures are looked for, then success. Pure.
// Source: kubernetes pkg/controller/job/job_controller.go (syncJob).

import type { Job, Pod } from '@podwire/apiserver'
import { isPodTerminal, podRestarts } from '../objects/pod-state.ts'
import { isIndexed, isPodFailed, jobCondition } from './job-facts.ts'
import { judgeFailure } from './pod-failure-policy.ts'
import { metSuccessRule } from './success-policy.ts'
import type { Tally } from './tally.ts'

/** Why a Job ends: what its conditions say. */
export interface JobEnd {
  readonly success: boolean
  readonly reason: string
  readonly message: string
}

const failure = (reason: string, message: string): JobEnd => ({ success: false, reason, message })

const COMPLETED: JobEnd = {
  success: true,
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
}
const BACKOFF_LIMIT = failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
const DEADLINE = failure('DeadlineExceeded', 'Job was active longer than specified deadline')
const TOO_MANY_FAILED_INDEXES = failure(
  'MaxFailedIndexesExceeded',
  'Job has exceeded the specified maximal number of failed indexes',
)
const FAILED_INDEXES = failure('FailedIndexes', 'Job has failed indexes')

/** The end that does not depend on what is done now; completions are counted after that. */
export function verdictOf(job: Job, pods: readonly Pod[], tally: Tally, nowMs: number): JobEnd | undefined {
  return (
    given(job) ??
    failedByPolicy(job, pods) ??
    failedByLimits(job, pods, tally, nowMs) ??
    failedByIndexes(job, tally) ??
    succeededByPolicy(job, tally)
  )
}

/** @param active pods that run, those created now included */
export function isComplete({ spec }: Job, { succeeded }: Tally, active: number): boolean {
  if (active > 0) return false
  return spec.completions === undefined ? succeeded > 0 : succeeded >= spec.completions
}

export const completed = (): JobEnd => COMPLETED

function given(job: Job): JobEnd | undefined {
  const target = jobCondition(job, 'SuccessCriteriaMet') ?? jobCondition(job, 'FailureTarget')
  if (target === undefined) return undefined
  const { type, reason = '', message = '' } = target
  return { success: type === 'SuccessCriteriaMet', reason, message }
}

function failedByPolicy(job: Job, pods: readonly Pod[]): JobEnd | undefined {
  if (job.spec.podFailurePolicy === undefined) return undefined
  for (const pod of pods) {
    const why = isPodFailed(job, pod) ? judgeFailure(job, pod).failJob : undefined
    if (why !== undefined) return failure('PodFailurePolicy', why)
  }
  return undefined
}

function failedByLimits(job: Job, pods: readonly Pod[], { failures }: Tally, nowMs: number): JobEnd | undefined {
  const limit = job.spec.backoffLimit ?? 6
  if (failures > limit || restartsBeyond(job, pods, limit)) return BACKOFF_LIMIT
  const deadlineMs = jobDeadlineMs(job)
  return deadlineMs !== undefined && nowMs >= deadlineMs ? DEADLINE : undefined
}

function failedByIndexes({ spec }: Job, { failedIndexes, completed: done }: Tally): JobEnd | undefined {
  if (failedIndexes === undefined || failedIndexes.size === 0) return undefined
  if (spec.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes) return TOO_MANY_FAILED_INDEXES
  return failedIndexes.size + done.size >= (spec.completions ?? 0) ? FAILED_INDEXES : undefined
}

function succeededByPolicy(job: Job, { completed: done }: Tally): JobEnd | undefined {
  const message = isIndexed(job) ? metSuccessRule(job, done) : undefined
  return message === undefined ? undefined : { success: true, reason: 'SuccessPolicy', message }
}

/** Pods that restart in place never fail: their restarts count instead. */
function restartsBeyond(job: Job, pods: readonly Pod[], limit: number): boolean {
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
