// Real time: follows the wall clock, times a speed factor, so that kubectl and curl can join. With nothing due, the
// process sleeps in one timer. Timers of the host are no finer than a millisecond, and a packet's hops take some 100 µs: what is
// due within a millisecond runs at the end of this turn of the event loop, for all that came in it together, instead of late.
// This file and drivers/macrotask.ts are the only ones that may ask the host for time.

import type { Microseconds } from '../clock.ts'
import type { Engine } from '../engine.ts'
import type { Driver } from './driver.ts'
import { macrotask } from './macrotask.ts'

export interface RealTimeOptions {
  /** Virtual seconds per real second; default 1. */
  readonly speed?: number
  /** Milliseconds of a monotonic clock; default the host's. */
  readonly monotonicMs?: () => number
  /** Told about a task that threw; the default rethrows, which ends the process. */
  readonly onError?: (error: unknown) => void
}

// setTimeout cannot wait longer than this.
const LONGEST_TIMER_MS = 2_147_483_647

/** What a driver asks of the host. */
export interface HostTime {
  /** Milliseconds of a monotonic clock. */
  monotonicMs(): number
  /** Calls `run` once after so long, at the latest after the longest time the host can wait. @returns how to take it back */
  after(delayMs: number, run: () => void): () => void
}

export const HOST_TIME: HostTime = {
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(LONGEST_TIMER_MS, Math.ceil(delayMs)))
    return () => clearTimeout(timer)
  },
}

/** How far virtual time may be ahead: what is due so soon runs now, as the host's timers are no finer. */
export const LEAD_MS = 1

export class RealTimeDriver implements Driver, Disposable {
  readonly #engine: Engine
  readonly #speed: number
  readonly #monotonicMs: () => number
  readonly #onError: (error: unknown) => void
  readonly #leadUs: Microseconds
  readonly #startMs: number
  readonly #startUs: Microseconds
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What the timer waits for. */
  #timerUs: Microseconds = Infinity
  #depth = 0
  #pumping = false
  #stopped = false

  constructor(engine: Engine, options: RealTimeOptions = {}) {
    this.#engine = engine
    this.#speed = options.speed ?? 1
    this.#leadUs = Math.floor(1000 * LEAD_MS * this.#speed)
    this.#monotonicMs = options.monotonicMs ?? HOST_TIME.monotonicMs
    this.#onError =
      options.onError ??
      ((error) => {
        throw error
      })
    this.#startMs = this.#monotonicMs()
    this.#startUs = engine.clock.now()
    engine.onActivity = () => this.#wake()
    this.#wake()
  }

  enter<T>(work: () => T): T {
    this.#catchUp()
    this.#depth++
    try {
      return work()
    } finally {
      this.#depth--
      this.#wake()
    }
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    return promise
  }

  /** Stops time for good. */
  [Symbol.dispose](): void {
    this.#stopped = true
    this.#engine.onActivity = undefined
    clearTimeout(this.#timer)
  }

  #targetUs(): Microseconds {
    return this.#startUs + Math.floor((this.#monotonicMs() - this.#startMs) * 1000 * this.#speed)
  }

  /**
   * Runs what is due by now, synchronously, as far as no promise chain has to run in between.
   * @param leadUs and what is due so much later
   */
  #catchUp(leadUs: Microseconds = 0): void {
    if (this.#depth > 0 || this.#stopped) return
    this.#depth++
    try {
      const { queue, virtualClock } = this.#engine
      const target = this.#targetUs()
      while (queue.nextTimeUs() <= target + leadUs && !this.#engine.held) {
        virtualClock.moveTo(Math.max(virtualClock.now(), queue.nextTimeUs()))
        try {
          const task = queue.pop()
          if (task !== undefined) this.#engine.run(task)
          const failure = this.#engine.takeFailure()
          if (failure !== undefined) throw failure.error
        } catch (error) {
          this.#onError(error)
        }
        if (this.#engine.takeAsyncPending()) {
          // Promise chains must see this moment, not a later one: come back after they ran.
          this.#pump()
          return
        }
      }
      if (!this.#engine.held && target > virtualClock.now()) virtualClock.moveTo(target)
    } finally {
      this.#depth--
    }
  }

  /** After promise chains and the other events of this turn have run, goes on with what is due. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    void macrotask().then(() => {
      this.#pumping = false
      this.#catchUp(this.#leadUs)
      this.#wake()
    })
  }

  #wake(): void {
    if (this.#depth > 0 || this.#stopped || this.#pumping) return
    if (this.#engine.takeAsyncPending()) {
      this.#pump()
      return
    }
    const nextUs = this.#engine.held ? Infinity : this.#engine.queue.nextTimeUs()
    // Most requests change nothing about what is due next.
    if (this.#timer !== undefined && nextUs === this.#timerUs) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerUs = nextUs
    if (nextUs === Infinity) return
    const delayUs = nextUs - this.#leadUs - this.#targetUs()
    if (delayUs <= 0) return this.#pump()
    const delayMs = delayUs / 1000 / this.#speed
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#catchUp(this.#leadUs)
        this.#wake()
      },
      Math.min(LONGEST_TIMER_MS, Math.ceil(delayMs)),
    )
  }
}
