// How long a Job waits before it replaces a failed pod: 10 s, doubled with each failure since the last success, at most ten
// minutes, counted from the failure. Pure. Source: kubernetes pkg/controller/job/backoff_utils.go.

import type { Job, Pod } from '@podwire/apiserver'
import { finishedAtMs, isPodFailed } from './job-facts.ts'

const FIRST_DELAY_MS = 10_000
const MAX_DELAY_MS = 600_000

export interface BackoffRecord {
  readonly failuresSinceSuccess: number
  readonly lastFailureMs: number
}

export const NO_FAILURES: BackoffRecord = { failuresSinceSuccess: 0, lastFailureMs: 0 }

/** @param finished the pods that ended since the last look */
export function nextBackoff(job: Job, known: BackoffRecord, finished: readonly Pod[]): BackoffRecord {
  let successMs = -Infinity
  const failures: number[] = []
  for (const pod of finished) {
    if (isPodFailed(job, pod)) failures.push(finishedAtMs(pod))
    else successMs = Math.max(successMs, finishedAtMs(pod))
  }
  const since = failures.filter((atMs) => atMs > successMs)
  const before = successMs === -Infinity ? known : NO_FAILURES
  if (since.length === 0) return before
  return { failuresSinceSuccess: before.failuresSinceSuccess + since.length, lastFailureMs: Math.max(...since) }
}

/** @param failures one or more in a row */
export function backoffDelayMs(failures: number): number {
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1))
}

export function remainingBackoffMs({ failuresSinceSuccess, lastFailureMs }: BackoffRecord, nowMs: number): number {
  if (failuresSinceSuccess === 0) return 0
  return Math.max(0, lastFailureMs + backoffDelayMs(failuresSinceSuccess) - nowMs)
}
