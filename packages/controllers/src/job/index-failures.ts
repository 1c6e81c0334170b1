// backoffLimitPerIndex: each index has its own count of failures, which a pod hands on to its replacement in an annotation. So
// the last failed pod of an index is kept until its replacement is there. Pure.
// Source: kubernetes pkg/controller/job/indexed_job_utils.go, backoff_utils.go (getRemainingTimePerIndex).

import type { Job, Pod } from '@podwire/apiserver'
import { isPodActive } from '../objects/pod-state.ts'
import { backoffDelayMs } from './backoff.ts'
import { completionIndex, parseIndexes } from './indexes.ts'
import { finishedAtMs, isPodFailed, isTracked } from './job-facts.ts'
import { judgeFailure } from './pod-failure-policy.ts'

const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count'
const IGNORED_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count'

export function countsPerIndex({ spec }: Job): boolean {
  return spec.backoffLimitPerIndex !== undefined
}

function counted(pod: Pod, annotation: string): number {
  const count = Number(pod.metadata.annotations?.[annotation] ?? '0')
  return Number.isSafeInteger(count) && count >= 0 ? count : 0
}

/** Failures of its index before this pod, those the policy ignores included. */
const failuresBefore = (pod: Pod): number => counted(pod, FAILURE_COUNT) + counted(pod, IGNORED_COUNT)

/** The index of a tracked, failed pod that is one of the Job's; undefined otherwise. */
function failedIndex(job: Job, pod: Pod): number | undefined {
  const index = completionIndex(pod)
  if (index === undefined || index >= (job.spec.completions ?? 0)) return undefined
  return isTracked(pod) && isPodFailed(job, pod) ? index : undefined
}

/** Indexes that failed for good, known ones included. */
export function failedIndexes(job: Job, pods: readonly Pod[]): ReadonlySet<number> {
  const failed = new Set(parseIndexes(job.status?.failedIndexes, job.spec.completions))
  const limit = job.spec.backoffLimitPerIndex ?? 0
  for (const pod of pods) {
    const index = failedIndex(job, pod)
    if (index === undefined) continue
    const { action, counts } = judgeFailure(job, pod)
    if (action === 'FailIndex' || (counts && counted(pod, FAILURE_COUNT) >= limit)) failed.add(index)
  }
  return failed
}

/** Per index without an active pod that is not over: the failed pod whose count the replacement will take over. */
export function awaitingReplacement(
  job: Job,
  pods: readonly Pod[],
  isOver: (index: number) => boolean,
): ReadonlyMap<number, Pod> {
  const active = new Set(pods.filter(isPodActive).map(completionIndex))
  const waiting = new Map<number, Pod>()
  for (const pod of pods) {
    const index = failedIndex(job, pod)
    if (index === undefined || isOver(index) || active.has(index)) continue
    const known = waiting.get(index)
    if (known === undefined || isLater(pod, known)) waiting.set(index, pod)
  }
  return waiting
}

function isLater(pod: Pod, known: Pod): boolean {
  return failuresBefore(pod) >= failuresBefore(known) && finishedAtMs(pod) >= finishedAtMs(known)
}

/** How long until the index may have its next pod; 0: now. */
export function remainingIndexBackoffMs(failed: Pod | undefined, nowMs: number): number {
  if (failed === undefined) return 0
  return Math.max(0, finishedAtMs(failed) + backoffDelayMs(failuresBefore(failed) + 1) - nowMs)
}

/** The annotations that carry the count on a new pod. */
export function failureAnnotations(job: Job, replaced: Pod | undefined): Readonly<Record<string, string>> {
  if (replaced === undefined) return { [FAILURE_COUNT]: '0' }
  const { counts } = judgeFailure(job, replaced)
  const ignored = counted(replaced, IGNORED_COUNT) + (counts ? 0 : 1)
  return {
    [FAILURE_COUNT]: String(counted(replaced, FAILURE_COUNT) + (counts ? 1 : 0)),
    ...(ignored > 0 ? { [IGNORED_COUNT]: String(ignored) } : {}),
  }
}
