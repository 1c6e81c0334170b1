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
export function nextBackoff(job: Job, known: BackoffRecord, finished: readonly Pod[], nowMs: number): BackoffRecord {
  const ends = finished
    .map((pod) => ({ failed: isPodFailed(job, pod), atMs: finishedAtMs(pod, nowMs) }))
    .sort((a, b) => a.atMs - b.atMs)
  let record = known
  for (const { failed, atMs } of ends) {
    record = failed
      ? { failuresSinceSuccess: record.failuresSinceSuccess + 1, lastFailureMs: atMs }
      : { failuresSinceSuccess: 0, lastFailureMs: record.lastFailureMs }
  }
  return record
}

export function remainingBackoffMs(record: BackoffRecord, nowMs: number): number {
  if (record.failuresSinceSuccess === 0) return 0
  const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (record.failuresSinceSuccess - 1))
  return Math.max(0, record.lastFailureMs + delayMs - nowMs)
}
