// client-go's rate-limited work queue on virtual time: one key is processed by one worker at a time, a key added while it
// waits is one run, a run that throws is retried later and later. Source: client-go util/workqueue.

import {
  MILLISECOND,
  SECOND,
  type Engine,
  type Microseconds,
  type Random,
  type ScheduledTask,
  type TaskKind,
} from '@podwire/engine'
import { StatusError } from '../status/status-error.ts'

export interface WorkQueueOptions {
  readonly engine: Engine
  /** Names the queue in traces and "what are we waiting for" messages: `deployment-controller`. */
  readonly name: string
  /** Reconciles one key. Throw to be retried with back-off. */
  readonly process: (key: string) => void
  /** How long a key waits before it is processed: the controller's own reaction time. Default 0: later in this moment. */
  readonly latency?: (random: Random) => Microseconds
  /**
   * How long a run takes: changes that come meanwhile are seen by one more run after it, so a change on its own is acted on at
   * once, and of many the first is acted on alone. Default 0.
   */
  readonly work?: (random: Random) => Microseconds
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
  addAfter(key: string, delayUs: Microseconds, kind?: TaskKind): void
  /** Forgets the retry count of a key. A run that does not throw does this by itself. */
  forget(key: string): void
  stop(): void
}

const DEFAULT_RETRY_BASE_US: Microseconds = 5 * MILLISECOND
const DEFAULT_RETRY_MAX_US: Microseconds = 1000 * SECOND
// Retries later than this are for a cluster that is broken for now: settling does not wait for them.
const PATIENT_RETRY_US: Microseconds = 2 * SECOND

class DelayingWorkQueue implements WorkQueue {
  readonly #options: WorkQueueOptions
  /** Made at the first draw: most queues of a small cluster never have a key. */
  #stream: Random | undefined
  readonly #waiting = new Map<string, ScheduledTask>()
  /** Keys that wait for a moment of their own, a retry or a deadline: what is added meanwhile does not wait for it. */
  readonly #delayed = new Set<string>()
  readonly #failures = new Map<string, number>()
  /** When the run of a key is over that has just been begun; the oldest first. */
  readonly #busyUntilUs = new Map<string, Microseconds>()
  #stopped = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  get #random(): Random {
    const { engine, name } = this.#options
    return (this.#stream ??= engine.random.fork(`work-queue/${name}`))
  }

  add(key: string): void {
    // It was added before: that run will see this change too.
    if (this.#waiting.has(key) && !this.#delayed.has(key)) return
    const latencyUs = this.#options.latency?.(this.#random) ?? 0
    const busyUs = (this.#busyUntilUs.get(key) ?? 0) - this.#options.engine.clock.now()
    if (this.#scheduleIn(key, Math.max(latencyUs, busyUs), 'foreground')) this.#delayed.delete(key)
  }

  addAfter(key: string, delayUs: Microseconds, kind: TaskKind = 'foreground'): void {
    if (this.#scheduleIn(key, delayUs, kind)) this.#delayed.add(key)
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  stop(): void {
    this.#stopped = true
    for (const task of this.#waiting.values()) this.#options.engine.cancel(task)
    this.#waiting.clear()
    this.#delayed.clear()
    this.#busyUntilUs.clear()
  }

  /** The earlier of two waits for one key wins. Returns whether this one did. */
  #scheduleIn(key: string, delayUs: Microseconds, kind: TaskKind): boolean {
    if (this.#stopped) return false
    const { engine, name } = this.#options
    const waiting = this.#waiting.get(key)
    if (waiting !== undefined) {
      if (waiting.timeUs <= engine.clock.now() + delayUs) return false
      engine.cancel(waiting)
    }
    this.#waiting.set(
      key,
      engine.schedule(delayUs, name, () => this.#run(key), kind),
    )
    return true
  }

  #run(key: string): void {
    this.#waiting.delete(key)
    this.#delayed.delete(key)
    this.#occupy(key)
    try {
      this.#options.process(key)
      this.#failures.delete(key)
    } catch (error) {
      this.#options.onError?.(key, error)
      this.#retry(key, error)
    }
  }

  #occupy(key: string): void {
    const { engine, work } = this.#options
    if (work === undefined) return
    const nowUs = engine.clock.now()
    for (const [other, untilUs] of this.#busyUntilUs) {
      if (untilUs > nowUs) break
      this.#busyUntilUs.delete(other)
    }
    this.#busyUntilUs.delete(key)
    this.#busyUntilUs.set(key, nowUs + work(this.#random))
  }

  #retry(key: string, error: unknown): void {
    // Only refusals of the API server are retried; a bug must surface.
    if (!(error instanceof StatusError) && !(error instanceof RetryLater)) throw error
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const base = this.#options.retryBaseUs ?? DEFAULT_RETRY_BASE_US
    const delayUs = Math.min(base * 2 ** failures, this.#options.retryMaxUs ?? DEFAULT_RETRY_MAX_US)
    this.addAfter(key, delayUs, delayUs > PATIENT_RETRY_US ? 'background' : 'foreground')
  }
}

/** Thrown by `process` to be run again with back-off for a reason that is no refusal of the API server. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new DelayingWorkQueue(options)
}
