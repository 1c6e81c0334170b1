// The engine hands a cluster its nondeterminism: one clock, one queue, one seed, one bus. Components get it as their first
// parameter and schedule work on it; a driver (virtual-time or real-time) decides when that work runs.
//
// Simulated code may be async. It must then wait only on promises made here (`sleep`, `deferred`) or on its own
// computation: after each turn that woke a promise the driver lets every promise chain run to idle before time moves.

import { Bus } from './bus.ts'
import { VirtualClock, type Clock, type Microseconds } from './clock.ts'
import { invariant } from './errors.ts'
import { TaskQueue, type Due, type DueTask, type ScheduledTask, type TaskKind } from './queue.ts'
import { Random } from './random.ts'

export interface EngineOptions {
  /** Everything random follows from this. Whole number; default 1. */
  readonly seed?: number
  /** Calendar time of virtual moment 0, milliseconds since 1970. Default 2026-01-01T00:00:00Z. */
  readonly epochMs?: number
}

/** 2026-01-01T00:00:00Z: what timestamps start from when the host's clock is not asked. */
export const DEFAULT_EPOCH_MS = 1_767_225_600_000

/** A promise whose end is decided by simulated code. Settling it tells the driver to let promise chains run. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** Whoever acts in the simulation, as messages call it. */
export interface Actor {
  readonly title: string
}

/** What a driver watches, beside the queue. */
interface Activity {
  /** Called when something was scheduled or woken from outside a task, so that a sleeping driver looks again. */
  on: (() => void) | undefined
  asyncPending: boolean
  holds: number
  holdsReleased: (() => void) | undefined
  around: (<T>(actor: Actor, work: () => T) => T) | undefined
  failure: { readonly error: unknown } | undefined
}

export class Engine {
  readonly seed: number
  readonly bus: Bus
  /** The root stream: fork it by name, do not draw from it. */
  readonly random: Random
  /** For drivers only. */
  readonly queue: TaskQueue
  /** For drivers only. */
  readonly virtualClock: VirtualClock
  readonly #activity: Activity

  /** @param options an engine: this one is a view of it */
  constructor(options: EngineOptions | Engine = {}) {
    if (options instanceof Engine) {
      this.seed = options.seed
      this.queue = options.queue
      this.virtualClock = options.virtualClock
      this.bus = options.bus
      this.random = options.random
      this.#activity = options.#activity
      return
    }
    this.seed = options.seed ?? 1
    invariant(Number.isSafeInteger(this.seed), 'a seed is a whole number')
    this.queue = new TaskQueue()
    this.virtualClock = new VirtualClock(options.epochMs ?? DEFAULT_EPOCH_MS)
    this.bus = new Bus(this.virtualClock)
    this.random = new Random(this.seed)
    this.#activity = {
      on: undefined,
      asyncPending: false,
      holds: 0,
      holdsReleased: undefined,
      around: undefined,
      failure: undefined,
    }
  }

  /** Called when something was scheduled or woken from outside a task, so that a sleeping driver looks again. */
  get onActivity(): (() => void) | undefined {
    return this.#activity.on
  }

  set onActivity(listener: (() => void) | undefined) {
    this.#activity.on = listener
  }

  /** Set by who watches what is done in the simulation: every task and every call of a program goes through it. */
  get around(): (<T>(actor: Actor, work: () => T) => T) | undefined {
    return this.#activity.around
  }

  set around(watcher: (<T>(actor: Actor, work: () => T) => T) | undefined) {
    this.#activity.around = watcher
  }

  get clock(): Clock {
    return this.virtualClock
  }

  /** Runs `run` after `delayUs` of virtual time (0: later in this moment). The label names it in messages. */
  schedule(delayUs: Microseconds, label: string, run: () => void, kind: TaskKind = 'foreground'): ScheduledTask {
    return this.#push(delayUs, label, run, kind)
  }

  /** The same for an object that knows what to do then. */
  scheduleDue(delayUs: Microseconds, label: string, due: Due, kind: TaskKind = 'foreground'): ScheduledTask {
    return this.#push(delayUs, label, due, kind)
  }

  #push(delayUs: Microseconds, label: string, work: (() => void) | Due, kind: TaskKind): ScheduledTask {
    const task = this.queue.push(this.virtualClock.now() + Math.max(0, Math.round(delayUs)), label, work, kind)
    this.#activity.on?.()
    return task
  }

  /** The same for a task that has run, of one's own: it runs once more after `delayUs`. */
  scheduleAgain(task: ScheduledTask, delayUs: Microseconds, kind: TaskKind): void {
    this.queue.pushAgain(task, this.virtualClock.now() + Math.max(0, Math.round(delayUs)), kind)
    this.#activity.on?.()
  }

  /** Takes a scheduled task back; undefined and tasks that already ran are fine. */
  cancel(task: ScheduledTask | undefined): void {
    if (task !== undefined) this.queue.cancel(task)
  }

  /** Waits in virtual time. */
  sleep(delayUs: Microseconds, label: string, kind: TaskKind = 'foreground'): Promise<void> {
    const { promise, resolve } = this.deferred<void>()
    this.schedule(delayUs, label, resolve, kind)
    return promise
  }

  deferred<T>(): Deferred<T> {
    let settle!: (value: T) => void
    let fail!: (error: unknown) => void
    const promise = new Promise<T>((resolve, reject) => {
      settle = resolve
      fail = reject
    })
    return {
      promise,
      resolve: (value) => {
        this.touchAsync()
        settle(value)
      },
      reject: (error) => {
        this.touchAsync()
        fail(error)
      },
    }
  }

  /** Ends the run: the driver throws `error` before the next task. The first one counts. */
  fail(error: unknown): void {
    this.#activity.failure ??= { error }
  }

  /** For drivers: what ended the run, once. */
  takeFailure(): { readonly error: unknown } | undefined {
    const failure = this.#activity.failure
    this.#activity.failure = undefined
    return failure
  }

  /** For drivers: runs a task that is due. */
  run(task: DueTask): void {
    if (this.around === undefined) task.run()
    else this.around({ title: task.label }, () => task.run())
  }

  /** Says that a promise chain may be runnable now. Call it after starting an async function from a task. */
  touchAsync(): void {
    this.#activity.asyncPending = true
    this.#activity.on?.()
  }

  /**
   * Keeps virtual time still until the returned function is called: for work on the host's event loop (a Node request
   * listener, a lazily imported module) that a simulated moment depends on.
   */
  hold(): () => void {
    this.#activity.holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#activity.holds--
      this.touchAsync()
      if (this.#activity.holds === 0) this.#activity.holdsReleased?.()
    }
  }

  /** For drivers: true when promise chains have to run before time may move. Reading it clears it. */
  takeAsyncPending(): boolean {
    const pending = this.#activity.asyncPending
    this.#activity.asyncPending = false
    return pending
  }

  get held(): boolean {
    return this.#activity.holds > 0
  }

  /** For drivers: resolves when nobody holds time any more. */
  async untilReleased(): Promise<void> {
    while (this.#activity.holds > 0) {
      await new Promise<void>((resolve) => {
        this.#activity.holdsReleased = resolve
      })
    }
  }
}
