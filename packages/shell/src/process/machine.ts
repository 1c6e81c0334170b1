// What the processes of one run share: engine, files, programs, the process table, and the step budget that keeps a script
// which never lets time pass from starving the host.

import type { Engine, Random, TaskKind } from '@podwire/engine'
import type { Command } from '../command.ts'
import type { Dialect } from '../dialect.ts'
import type { FileTree } from '../file-tree.ts'
import type { Process } from './process.ts'
import { ProcessTable } from './process-table.ts'
import { SIGKILL } from './signals.ts'

/** A script that computes makes a few thousand steps; one that makes this many in one moment does not end by itself. */
export const DEFAULT_STEP_BUDGET = 200_000

/** How many steps run before other work of the same moment gets its turn. */
const STEPS_PER_TURN = 500

export interface MachineOptions {
  readonly engine: Engine
  readonly random: Random
  readonly files: FileTree
  readonly programs: ReadonlyMap<string, Command>
  readonly hostname: string
  readonly table?: ProcessTable
  readonly kind: TaskKind
  readonly stepBudget?: number
  readonly sh: Dialect
}

export class Machine {
  readonly engine: Engine
  readonly random: Random
  readonly files: FileTree
  readonly programs: ReadonlyMap<string, Command>
  readonly hostname: string
  readonly table: ProcessTable
  readonly kind: TaskKind
  /** What `sh` is here. */
  readonly sh: Dialect
  readonly #stepBudget: number
  #momentUs = -1
  #steps = 0
  #told = false

  constructor(options: MachineOptions) {
    this.engine = options.engine
    this.random = options.random
    this.files = options.files
    this.programs = options.programs
    this.hostname = options.hostname
    this.table = options.table ?? new ProcessTable()
    this.kind = options.kind
    this.sh = options.sh
    this.#stepBudget = options.stepBudget ?? DEFAULT_STEP_BUDGET
  }

  /** Counts work of a process; a promise when other work of this moment should run first. */
  step(process: Process, steps = 1): Promise<void> | undefined {
    if (process.status !== undefined) process.kill(0)
    const now = this.engine.clock.now()
    if (now !== this.#momentUs) {
      this.#momentUs = now
      this.#steps = 0
    }
    const before = this.#steps
    this.#steps = before + steps
    if (this.#steps > this.#stepBudget) return this.#stop(process)
    if (Math.floor(this.#steps / STEPS_PER_TURN) === Math.floor(before / STEPS_PER_TURN)) return undefined
    return process.sleep(0)
  }

  async #stop(process: Process): Promise<void> {
    const stderr = process.descriptors.get(2)
    if (!this.#told && stderr !== undefined) {
      this.#told = true
      this.#steps = 0
      const line = `podwire: ${process.commandLine.join(' ')}: stopped after ${this.#stepBudget} steps in one moment of virtual time\n`
      await stderr.write(process, new TextEncoder().encode(line))
    }
    // Whoever goes on in this moment has used the budget up as well.
    this.#steps = this.#stepBudget
    process.kill(SIGKILL)
  }
}
