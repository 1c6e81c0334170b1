// Real time in steps: follows the wall clock, times a speed factor, as real-time.ts does, but takes inputs only between steps, one after
// the other. That costs an input a turn of the event loop or two, and makes a run that can be repeated from a list of inputs and times.

import type { Microseconds } from '../clock.ts'
import type { Engine } from '../engine.ts'
import { HOST_TIME, LEAD_MS, type HostTime } from './real-time.ts'
import { SteppedDriver } from './stepped.ts'

export interface PacedOptions {
  /** Virtual seconds per real second; default 1. */
  readonly speed?: number
  /** Default the host's. */
  readonly host?: HostTime
  /** Told about a task that threw. */
  readonly onError: (error: unknown) => void
}

export class PacedDriver extends SteppedDriver implements AsyncDisposable {
  readonly #speed: number
  readonly #host: HostTime
  readonly #inputs: (() => Promise<void>)[] = []
  #startMs = 0
  #startUs: Microseconds = 0
  #over: Promise<void> | undefined
  #wake: (() => void) | undefined
  #stopped = false

  constructor(engine: Engine, options: PacedOptions) {
    super(engine, options.onError)
    this.#speed = options.speed ?? 1
    this.#host = options.host ?? HOST_TIME
  }

  /** Until then time stands still, and inputs wait. */
  start(): void {
    this.#startMs = this.#host.monotonicMs()
    this.#startUs = this.engine.clock.now()
    this.engine.onActivity = () => this.#wake?.()
    this.#over ??= this.#follow()
  }

  /**
   * Hands in an input; `work` is called when its turn has come.
   * @returns what `work` does, after what it caused in its own moment
   */
  give<T>(work: () => T): Promise<Awaited<T>> {
    return new Promise((resolve, reject) => {
      this.#inputs.push(async () => {
        try {
          const { result } = await this.take(work)
          resolve(result as Awaited<T>)
        } catch (error) {
          reject(error as Error)
        }
      })
      this.#wake?.()
    })
  }

  /** Stops time for good, after the step under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    this.engine.onActivity = undefined
    this.#wake?.()
    await this.#over
  }

  #targetUs(): Microseconds {
    const goneMs = this.#host.monotonicMs() - this.#startMs + LEAD_MS
    return Math.max(this.engine.clock.now(), this.#startUs + Math.floor(goneMs * 1000 * this.#speed))
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      await this.moveTo(this.#targetUs())
      if (this.#stopped) return
      const input = this.#inputs.shift()
      if (input === undefined) await this.#sleep()
      else await input()
    }
  }

  /** Until something is due, or somebody comes. */
  async #sleep(): Promise<void> {
    const { engine } = this
    await new Promise<void>((resolve) => {
      const delayUs = engine.queue.nextTimeUs() - engine.clock.now()
      const cancel = delayUs === Infinity ? undefined : this.#host.after(delayUs / 1000 / this.#speed, resolve)
      this.#wake = () => {
        cancel?.()
        resolve()
      }
    })
    this.#wake = undefined
  }
}
