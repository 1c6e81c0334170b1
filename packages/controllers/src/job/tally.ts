// Counts a Job's pods: which finished and are counted from now on, which indexes are done or have failed. Pure.
// Source: kubernetes pkg/controller/job/job_controller.go (getNewFinishedPods, trackJobStatusAndRemoveFinalizers),
// indexed_job_utils.go.

import type { Job, Pod } from '@podwire/apiserver'
import { awaitingReplacement, countsPerIndex, failedIndexes } from './index-failures.ts'
import { completionIndex, parseIndexes } from './indexes.ts'
import { isIndexed, isPodFailed, isTracked } from './job-facts.ts'
import { judgeFailure } from './pod-failure-policy.ts'

export interface Tally {
  readonly succeeded: number
  /** As the status says it: failures that count, of pods that are let go. */
  readonly failed: number
  /** As the back-off limit sees it: failures of pods that are kept for their replacement, too. */
  readonly failures: number
  /** Indexes that succeeded. */
  readonly completed: ReadonlySet<number>
  /** Indexes that failed for good; undefined: the Job does not count by index. */
  readonly failedIndexes: ReadonlySet<number> | undefined
  /** Pods that count from now on and need no finalizer any more. */
  readonly counted: readonly Pod[]
  /** By index: the failed pod that is kept until its replacement is there. */
  readonly awaiting: ReadonlyMap<number, Pod>
}

/** Is it a pod of an index the Job has? Pods of other Jobs always are. */
export function hasValidIndex(job: Job, pod: Pod): boolean {
  if (!isIndexed(job)) return true
  const index = completionIndex(pod)
  return index !== undefined && index < (job.spec.completions ?? 0)
}

/** Finished pods that still carry the finalizer have not been counted yet. */
export function tallyPods(job: Job, pods: readonly Pod[]): Tally {
  const finished = pods.filter((pod) => isTracked(pod) && (isSuccess(pod) || isPodFailed(job, pod)))
  const successes = finished.filter((pod) => isSuccess(pod) && hasValidIndex(job, pod))
  const completed = completedIndexes(job, successes)
  const lost = countsPerIndex(job) ? failedIndexes(job, pods) : undefined
  const isOver = (index: number): boolean => completed.has(index) || lost?.has(index) === true
  const awaiting = lost === undefined ? new Map<number, Pod>() : awaitingReplacement(job, pods, isOver)
  const kept = new Set(awaiting.values())
  const counted = finished.filter((pod) => !kept.has(pod))
  const failedBefore = job.status?.failed ?? 0
  return {
    succeeded: isIndexed(job) ? completed.size : (job.status?.succeeded ?? 0) + successes.length,
    failed: failedBefore + countedFailures(job, counted),
    failures: failedBefore + countedFailures(job, finished),
    completed,
    failedIndexes: lost,
    counted,
    awaiting,
  }
}

function isSuccess(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded'
}

function completedIndexes(job: Job, successes: readonly Pod[]): ReadonlySet<number> {
  if (!isIndexed(job)) return new Set()
  const completed = new Set(parseIndexes(job.status?.completedIndexes, job.spec.completions))
  for (const pod of successes) completed.add(completionIndex(pod) ?? 0)
  return completed
}

/** Failures among the pods that count: of an index the Job has, and not ignored by its policy. */
export function countedFailures(job: Job, pods: readonly Pod[]): number {
  return pods.filter((pod) => !isSuccess(pod) && hasValidIndex(job, pod) && judgeFailure(job, pod).counts).length
}
