// An engine for a part of the simulation that can be stopped for a while, as a machine that is paused or a process that got SIGSTOP:
// what falls due meanwhile waits, in order, and runs at the moment it goes on. Time, seed, bus and everybody else's tasks are the
// engine's own.

import type { Microseconds } from './clock.ts'
import { Engine } from './engine.ts'
import type { Due, ScheduledTask, TaskKind } from './queue.ts'

interface Waiting {
  readonly task: ScheduledTask | undefined
  readonly run: () => void
}

export class PausableEngine extends Engine {
  #waiting: Waiting[] | undefined

  get paused(): boolean {
    return this.#waiting !== undefined
  }

  pause(): void {
    this.#waiting ??= []
  }

  /** What fell due meanwhile runs now, as tasks of this moment. */
  resume(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    for (const { run } of waiting) this.schedule(0, 'going on', run)
  }

  /** Runs it now, or when it goes on. */
  whenRunning(run: () => void): void {
    if (this.#waiting === undefined) run()
    else this.#waiting.push({ task: undefined, run })
  }

  override schedule(delayUs: Microseconds, label: string, run: () => void, kind?: TaskKind): ScheduledTask {
    const task: ScheduledTask = super.schedule(
      delayUs,
      label,
      () => {
        if (this.#waiting === undefined) run()
        else this.#waiting.push({ task, run })
      },
      kind,
    )
    return task
  }

  override scheduleDue(delayUs: Microseconds, label: string, due: Due, kind?: TaskKind): ScheduledTask {
    return this.schedule(delayUs, label, () => due.due(), kind)
  }

  override cancel(task: ScheduledTask | undefined): void {
    super.cancel(task)
    if (task !== undefined) this.#waiting = this.#waiting?.filter((waiting) => waiting.task !== task)
  }
}
