// Time that moves in whole steps, and inputs that come between them: when an input is taken, everything due by then has run and every
// promise chain is idle. So the moment of an input is a virtual time and nothing else, and a run with the same inputs at the same times is the
// same run, however fast it goes. What only looks may come at any time.

import type { Microseconds } from '../clock.ts'
import type { Engine } from '../engine.ts'
import type { Driver } from './driver.ts'
import { VirtualTimeDriver } from './virtual-time.ts'

export class SteppedDriver implements Driver {
  protected readonly engine: Engine
  readonly #time: VirtualTimeDriver
  readonly #onError: (error: unknown) => void

  /** @param onError told of a task that threw; the others go on */
  constructor(engine: Engine, onError: (error: unknown) => void) {
    this.engine = engine
    this.#time = new VirtualTimeDriver(engine)
    this.#onError = onError
  }

  /** For what only looks, and from within an input. */
  enter<T>(work: () => T): T {
    return work()
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    return promise
  }

  /** Runs everything due by `timeUs`, and moves the clock there. */
  async moveTo(timeUs: Microseconds): Promise<void> {
    for (;;) {
      try {
        return await this.#time.advance(Math.max(0, timeUs - this.engine.clock.now()))
      } catch (error) {
        // One task threw: the others are due as before.
        this.#onError(error)
      }
    }
  }

  /** Takes an input now, and runs what it causes in this very moment. Only one at a time. */
  async take<T>(work: () => T): Promise<{ readonly result: T }> {
    try {
      const result = work()
      // It is looked at when this moment is over.
      if (result instanceof Promise) result.catch(() => undefined)
      // Not awaited with this promise: what the simulation promises comes in later steps.
      return { result }
    } finally {
      this.engine.touchAsync()
      await this.moveTo(this.engine.clock.now())
    }
  }
}
