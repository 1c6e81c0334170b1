// Virtual time: runs as fast as it can. Time jumps from task to task and stands still while promise chains run.

import type { Microseconds } from '../clock.ts'
import { formatDuration } from '../duration.ts'
import type { Engine } from '../engine.ts'
import { PodwireError } from '../errors.ts'
import type { Driver, WaitLimit } from './driver.ts'
import { macrotask } from './macrotask.ts'
import { DEFAULT_STEPS, StepBudget } from './step-budget.ts'

export interface SettleOptions {
  /** How much virtual time settling may take before it is an error. Microseconds; default 10 minutes. */
  readonly limitUs?: Microseconds
  /** How many tasks may run before it is an error; default 50 million. */
  readonly steps?: number
}

/** What to do when a run has come to a turn: how inputs that came while time moved are given again. */
interface Interruption {
  readonly turn: number
  readonly run: () => void
}

const DEFAULT_SETTLE_LIMIT_US: Microseconds = 600_000_000

/** Time came to where it was told to stop for good; whatever was waited for will not come. */
export class HorizonReached extends Error {
  override readonly name = 'HorizonReached'
}

export class VirtualTimeDriver implements Driver {
  readonly #engine: Engine
  #running = false
  #turns = 0
  #inTask = false
  #horizonUs: Microseconds = Infinity
  readonly #interruptions: Interruption[] = []

  constructor(engine: Engine) {
    this.#engine = engine
  }

  enter<T>(work: () => T): T {
    return work()
  }

  /** Is time moving right now? */
  get running(): boolean {
    return this.#running
  }

  /** Is a task running, so that whoever calls is called by the simulation itself? */
  get inTask(): boolean {
    return this.#inTask
  }

  /** No task after `timeUs` will run: a call that would go on beyond ends there with HorizonReached. undefined: go on. */
  setHorizon(timeUs: Microseconds | undefined): void {
    this.#horizonUs = timeUs ?? Infinity
  }

  /** Those that never had their turn, for whoever set them to deal with. */
  takeInterruptions(): readonly (() => void)[] {
    return this.#interruptions.splice(0).map(({ run }) => run)
  }

  /** How often it ran a task or let promise chains run: equal runs have equal turns. */
  get turns(): number {
    return this.#turns
  }

  /** Calls `run` once when so many turns have been made, with promise chains idle. In ascending order of turns. */
  interruptAt(turn: number, run: () => void): void {
    this.#interruptions.push({ turn, run })
  }

  /** Runs tasks until `promise` settles. Fails when nothing is left that could settle it, or over the limit. */
  async wait<T>(promise: Promise<T>, limit?: WaitLimit): Promise<T> {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    promise.then(mark, mark)
    this.#engine.touchAsync()
    const engine = this.#engine
    const end = engine.clock.now() + (limit?.limitUs ?? Infinity)
    await this.#run(() => settled, end, new StepBudget(limit?.action ?? 'wait for simulated work', DEFAULT_STEPS))
    if (!settled) {
      if (limit !== undefined && engine.queue.nextTimeUs() !== Infinity) {
        const reason = `after ${formatDuration(limit.limitUs)} of virtual time it has not ended`
        throw new PodwireError(limit.action, reason, limit.remedy)
      }
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
    await this.#run(() => false, end, new StepBudget('advance', Infinity), true)
  }

  /**
   * Runs until no foreground task is left: nothing more is due but periodic work.
   * @throws PodwireError naming what is still due when that takes longer than the limit
   */
  async settle(options: SettleOptions = {}): Promise<void> {
    const engine = this.#engine
    const limitUs = options.limitUs ?? DEFAULT_SETTLE_LIMIT_US
    const end = engine.clock.now() + limitUs
    await this.#run(() => engine.queue.foreground === 0, end, new StepBudget('settle', options.steps ?? DEFAULT_STEPS))
    if (engine.queue.foreground === 0) return
    const labels = new Set<string>()
    for (const task of engine.queue.pending()) if (task.kind === 'foreground') labels.add(task.label)
    throw new PodwireError(
      'settle',
      `after ${formatDuration(limitUs)} of virtual time there is still work: ${[...labels].slice(0, 5).join(', ')}`,
      'Use advance() for clusters that never come to rest.',
    )
  }

  /**
   * Runs tasks in order until `done` holds (asked only when all promise chains are idle) or `end` is reached.
   * @param arrives the clock then stands at `end`, before anybody else has a turn: a call that was not awaited may be next
   */
  async #run(done: () => boolean, end: Microseconds, budget: StepBudget, arrives = false): Promise<void> {
    if (this.#running) {
      throw new PodwireError('move time', 'time is already moving', 'Await the earlier call before the next one.')
    }
    this.#running = true
    const engine = this.#engine
    try {
      const { queue, virtualClock } = engine
      for (;;) {
        if (this.#interruptions.length > 0) this.#interrupt()
        const failure = engine.takeFailure()
        if (failure !== undefined) throw failure.error
        if (engine.takeAsyncPending()) {
          this.#turns++
          await macrotask()
          continue
        }
        if (engine.held) {
          this.#turns++
          await engine.untilReleased()
          continue
        }
        if (done()) return
        const nextUs = queue.nextTimeUs()
        if (nextUs > end || nextUs > this.#horizonUs || nextUs === Infinity) {
          const isThere = end <= this.#horizonUs
          if (isThere && arrives) virtualClock.moveTo(end)
          if (isThere) return
          virtualClock.moveTo(this.#horizonUs)
          throw new HorizonReached(`time stops at ${formatDuration(this.#horizonUs)}`)
        }
        virtualClock.moveTo(nextUs)
        const task = queue.pop()
        if (task === undefined) return
        budget.count(task)
        this.#turns++
        this.#inTask = true
        engine.run(task)
        this.#inTask = false
      }
    } finally {
      this.#inTask = false
      this.#running = false
    }
  }

  #interrupt(): void {
    while (this.#interruptions[0]?.turn === this.#turns) this.#interruptions.shift()?.run()
  }
}
