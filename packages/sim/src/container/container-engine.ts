// The engine as the program of one container gets it: its timers run while the container does, and what they throw ends it.

import type { Engine, Microseconds, ScheduledTask, TaskKind } from '@podwire/engine'
import type { ProgramEngine } from '../images/image.ts'

export interface ProgramState {
  ended(): boolean
  /** An uncaught exception of the program. */
  crash(error: unknown): void
}

export function containerEngine(engine: Engine, program: ProgramState): ProgramEngine {
  const guarded = (run: () => unknown) => (): void => {
    if (program.ended()) return
    let result: unknown
    try {
      result = run()
    } catch (error) {
      program.crash(error)
      return
    }
    if (!(result instanceof Promise)) return
    engine.touchAsync()
    result.catch((error: unknown) => program.crash(error))
  }
  return {
    get clock() {
      return engine.clock
    },
    bus: engine.bus,
    schedule: (delayUs: Microseconds, label: string, run: () => void, kind?: TaskKind): ScheduledTask =>
      engine.schedule(delayUs, label, guarded(run), kind),
    cancel: (task) => engine.cancel(task),
    sleep: (delayUs, label, kind) => engine.sleep(delayUs, label, kind),
    deferred: () => engine.deferred(),
    touchAsync: () => engine.touchAsync(),
    hold: () => engine.hold(),
  }
}
