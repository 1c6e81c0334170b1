// client-go's rate-limited work queue on virtual time: one key is processed by one worker at a time, a key added while it
// waits is one run, a run that throws is retried later and later. Source: client-go util/workqueue.

import type { Engine, Microseconds, Random } from '@podwire/engine'

export interface WorkQueueOptions {
  readonly engine: Engine
  /** Names the queue in traces and "what are we waiting for" messages: `deployment-controller`. */
  readonly name: string
  /** Reconciles one key. Throw to be retried with back-off. */
  readonly process: (key: string) => void
  /** How long a key waits before it is processed: the controller's own reaction time. Default 0: later in this moment. */
  readonly latency?: (random: Random) => Microseconds
  /** First retry delay; default 5 ms, doubled each time. */
  readonly retryBaseUs?: Microseconds
  /** Longest retry delay; default 1000 s. */
  readonly retryMaxUs?: Microseconds
  /** Told about each failed run; for logs and tests. */
  readonly onError?: (key: string, error: unknown) => void
}

export interface WorkQueue {
  /** Processes `key` after the queue's latency; does nothing when it is already waiting for that or sooner. */
  add(key: string): void
  /** Processes `key` after `delayUs`. Kind background: settling does not wait for it (a far deadline, a resync). */
  addAfter(key: string, delayUs: Microseconds, kind?: 'foreground' | 'background'): void
  /** Forgets the retry count of a key. A run that does not throw does this by itself. */
  forget(key: string): void
  stop(): void
}
