// Virtual time: runs as fast as it can. Time jumps from task to task and stands still while promise chains run.

import type { Microseconds } from '../clock.ts'
import { formatDuration } from '../duration.ts'
import type { Engine } from '../engine.ts'
import { PodwireError } from '../errors.ts'
import type { Driver } from './driver.ts'
import { macrotask } from './macrotask.ts'

export interface SettleOptions {
  /** How much virtual time settling may take before it is an error. Microseconds; default 10 minutes. */
  readonly limitUs?: Microseconds
}

const DEFAULT_SETTLE_LIMIT_US: Microseconds = 600_000_000

export class VirtualTimeDriver implements Driver {
  readonly #engine: Engine
  #running = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  enter<T>(work: () => T): T {
    return work()
  }

  /** Runs tasks until `promise` settles. Fails when nothing is left that could settle it. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    promise.then(mark, mark)
    this.#engine.touchAsync()
    await this.#run(() => settled, Infinity)
    if (!settled) {
      throw new PodwireError(
        'wait for simulated work',
        'nothing is scheduled any more that could finish it',
        'An async workload may wait only on virtual time and simulated sockets.',
      )
    }
    return promise
  }

  /** Runs everything due within `durationUs` and moves the clock to its end. */
  async advance(durationUs: Microseconds): Promise<void> {
    const end = this.#engine.clock.now() + durationUs
    await this.#run(() => false, end)
    this.#engine.virtualClock.moveTo(end)
  }

  /**
   * Runs until no foreground task is left: nothing more is due but periodic work.
   * @throws PodwireError naming what is still due when that takes longer than the limit
   */
  async settle(options: SettleOptions = {}): Promise<void> {
    const engine = this.#engine
    const limitUs = options.limitUs ?? DEFAULT_SETTLE_LIMIT_US
    const end = engine.clock.now() + limitUs
    await this.#run(() => engine.queue.foreground === 0, end)
    if (engine.queue.foreground === 0) return
    const labels = new Set<string>()
    for (const task of engine.queue.pending()) if (task.kind === 'foreground') labels.add(task.label)
    throw new PodwireError(
      'settle',
      `after ${formatDuration(limitUs)} of virtual time there is still work: ${[...labels].slice(0, 5).join(', ')}`,
      'Use advance() for clusters that never come to rest.',
    )
  }

  /** Runs tasks in order until `done` holds (asked only when all promise chains are idle) or `end` is reached. */
  async #run(done: () => boolean, end: Microseconds): Promise<void> {
    if (this.#running) {
      throw new PodwireError('move time', 'time is already moving', 'Await the earlier call before the next one.')
    }
    this.#running = true
    try {
      const { queue, virtualClock } = this.#engine
      for (;;) {
        if (this.#engine.takeAsyncPending()) {
          await macrotask()
          continue
        }
        if (this.#engine.held) {
          await this.#engine.untilReleased()
          continue
        }
        if (done()) return
        const nextUs = queue.nextTimeUs()
        if (nextUs === Infinity || nextUs > end) return
        virtualClock.moveTo(nextUs)
        queue.pop()?.run()
      }
    } finally {
      this.#running = false
    }
  }
}
