// The engine as the program of one container gets it: its timers run while the container does, and what they throw ends it.

import type { Bus, Clock, Deferred, Engine, Microseconds, ScheduledTask, TaskKind } from '@podwire/engine'
import type { ProgramEngine } from '../images/image.ts'

export interface ProgramState {
  /** The engine itself. */
  readonly simulation: Engine
  /** The engine as far as it runs for this program, made when the program first waits for something. */
  readonly process: Engine
  /** How messages call it. */
  readonly title: string
  readonly exitCode: number | undefined
  /** An uncaught exception of the program. */
  crash(error: unknown): void
}

export class ContainerEngine implements ProgramEngine {
  readonly #program: ProgramState

  constructor(program: ProgramState) {
    this.#program = program
  }

  get #engine(): Engine {
    return this.#program.process
  }

  get clock(): Clock {
    return this.#program.simulation.clock
  }

  get bus(): Bus {
    return this.#program.simulation.bus
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
