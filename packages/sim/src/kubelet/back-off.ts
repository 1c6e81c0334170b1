// CrashLoopBackOff and image pull back-off: 10 s, doubled to 5 min, forgotten after 10 quiet minutes.
// Source: kubernetes pkg/kubelet (MaxContainerBackOff) and client-go util/flowcontrol/backoff.go.

import { SECOND, type Microseconds } from '@podwire/engine'

const BACK_OFF_BASE: Microseconds = 10 * SECOND
const BACK_OFF_MAX: Microseconds = 300 * SECOND

/** One key's entry; undefined means it never failed. */
export interface BackOffEntry {
  readonly delayUs: Microseconds
  readonly updatedUs: Microseconds
}

/** The entry after one more failure at `nowUs`. */
export function nextBackOff(entry: BackOffEntry | undefined, nowUs: Microseconds): BackOffEntry {
  if (entry === undefined || expired(entry, nowUs)) return { delayUs: BACK_OFF_BASE, updatedUs: nowUs }
  return { delayUs: Math.min(entry.delayUs * 2, BACK_OFF_MAX), updatedUs: nowUs }
}

/** How long something that failed at `failedUs` must still wait at `nowUs`; 0: go on. */
export function backOffRemaining(
  entry: BackOffEntry | undefined,
  failedUs: Microseconds,
  nowUs: Microseconds,
): Microseconds {
  if (entry === undefined || expired(entry, failedUs)) return 0
  return Math.max(0, failedUs + entry.delayUs - nowUs)
}

function expired(entry: BackOffEntry, atUs: Microseconds): boolean {
  return atUs - entry.updatedUs > 2 * BACK_OFF_MAX
}
