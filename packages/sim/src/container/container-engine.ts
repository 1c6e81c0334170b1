// The engine as the program of one container gets it: its timers run while the container does, and what they throw ends it.

import type { Bus, Clock, Deferred, Engine, Microseconds, ScheduledTask, TaskKind } from '@podwire/engine'
import type { ProgramEngine } from '../images/image.ts'

export interface ProgramState {
  /** How messages call it. */
  readonly title: string
  readonly exitCode: number | undefined
  /** An uncaught exception of the program. */
  crash(error: unknown): void
}

export class ContainerEngine implements ProgramEngine {
  readonly #engine: Engine
  readonly #program: ProgramState

  constructor(engine: Engine, program: ProgramState) {
    this.#engine = engine
    this.#program = program
  }

  get clock(): Clock {
    return this.#engine.clock
  }

  get bus(): Bus {
    return this.#engine.bus
  }

  schedule(delayUs: Microseconds, label: string, run: () => void, kind?: TaskKind): ScheduledTask {
    return this.#engine.schedule(delayUs, label, () => this.#run(run), kind)
  }

  cancel(task: ScheduledTask | undefined): void {
    this.#engine.cancel(task)
  }

  sleep(delayUs: Microseconds, label: string, kind?: TaskKind): Promise<void> {
    return this.#engine.sleep(delayUs, label, kind)
  }

  deferred<T>(): Deferred<T> {
    return this.#engine.deferred<T>()
  }

  touchAsync(): void {
    this.#engine.touchAsync()
  }

  hold(): () => void {
    return this.#engine.hold()
  }

  #run(run: () => unknown): void {
    const program = this.#program
    if (program.exitCode !== undefined) return
    let result: unknown
    try {
      const { around } = this.#engine
      result = around === undefined ? run() : around(program, run)
    } catch (error) {
      program.crash(error)
      return
    }
    if (!(result instanceof Promise)) return
    this.#engine.touchAsync()
    result.catch((error: unknown) => program.crash(error))
  }
}
