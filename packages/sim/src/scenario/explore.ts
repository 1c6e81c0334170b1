// Runs scenarios with many seeds, in several processes at once. Which process runs what, and who is first, changes nothing: a run follows
// from its file and seed alone, and results are handed back in the order of files and seeds.

import { type ChildProcess, fork } from 'node:child_process'
import { PodwireError } from '@podwire/engine'
import type { ScenarioReport } from './scenario-report.ts'
import type { SeedResult, SeedTask } from './seed-process.ts'

export interface ExploreOptions {
  /** The first seed; default the scenario's own. */
  readonly seed?: number
  /** How many, one after the other. */
  readonly seeds: number
  /** How many processes. */
  readonly jobs: number
  readonly onDone?: (file: string, done: number, failed: number) => void
}

export interface Explored {
  readonly file: string
  /** By seed. */
  readonly reports: readonly ScenarioReport[]
  /** Why the file cannot be used, or its process ended; the seeds after that are not run. */
  readonly unusable: string | undefined
  /** Somebody stopped it: seeds are missing. */
  readonly stopped: boolean
}

/** Beside this folder's bundle; the sources have it under the same name, with another ending. */
const SEED_PROCESS = new URL('../scenario/seed-process.js', import.meta.url)

/**
 * How V8 keeps the objects of a process that makes one cluster after the other (docs/decisions.md, "V8's flags"). A nursery for the
 * objects of several seeds: what a stopped cluster leaves is dead when it is cleared, and clearing costs by what lives. And no
 * objects made in the old space from the start: those that die there hold on to whole stopped clusters until the next full collection.
 */
const HEAP_FLAGS = ['--no-allocation-site-pretenuring', '--min-semi-space-size=64', '--max-semi-space-size=64']

const PROGRAM_IN_FLAGS: ReadonlySet<string> = new Set(['-e', '--eval', '-p', '--print', '-pe'])

/** Without a program given in place of a file: the child has one of its own, and would run that in its stead. */
function inheritedFlags(flags: readonly string[]): readonly string[] {
  return flags.filter((flag, i) => !PROGRAM_IN_FLAGS.has(flag) && !PROGRAM_IN_FLAGS.has(flags[i - 1] ?? ''))
}

/** @param signal stops it: what has been run by then is the result */
export async function explore(
  files: readonly string[],
  options: ExploreOptions,
  signal?: AbortSignal,
): Promise<readonly Explored[]> {
  const exploration = new Exploration(files, options)
  const stop = (): void => exploration.stop()
  signal?.addEventListener('abort', stop)
  try {
    return await exploration.run()
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

interface FileState {
  readonly file: string
  /** The next to be given out. */
  next: number
  done: number
  failed: number
  readonly reports: (ScenarioReport | undefined)[]
  unusable: string | undefined
}

class Exploration {
  readonly #options: ExploreOptions
  readonly #states: readonly FileState[]
  readonly #running = new Set<ChildProcess>()
  #stopped = false

  constructor(files: readonly string[], options: ExploreOptions) {
    this.#options = options
    this.#states = files.map((file) => ({ file, next: 0, done: 0, failed: 0, reports: [], unusable: undefined }))
  }

  async run(): Promise<readonly Explored[]> {
    const { seeds, jobs } = this.#options
    const most = Math.min(jobs, seeds * this.#states.length)
    await Promise.all(Array.from({ length: most }, () => this.#work()))
    return this.#states.map(({ file, reports, unusable, done }) => ({
      file,
      reports: reports.filter((report) => report !== undefined),
      unusable,
      stopped: this.#stopped && unusable === undefined && done < seeds,
    }))
  }

  stop(): void {
    this.#stopped = true
    for (const child of this.#running) child.kill('SIGKILL')
  }

  /** One process after the other: a script may end its own. */
  async #work(): Promise<void> {
    while (!this.#stopped && this.#open() !== undefined) await this.#runProcess()
  }

  #open(): FileState | undefined {
    return this.#states.find(({ next, unusable }) => unusable === undefined && next < this.#options.seeds)
  }

  #runProcess(): Promise<void> {
    const child = fork(SEED_PROCESS, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // The user's own count, where both say something.
      execArgv: [...HEAP_FLAGS, ...inheritedFlags(process.execArgv)],
    })
    this.#running.add(child)
    let current: { readonly state: FileState; readonly later: number } | undefined
    const give = (): void => {
      const state = this.#stopped ? undefined : this.#open()
      if (state === undefined) {
        current = undefined
        child.disconnect()
        return
      }
      current = { state, later: state.next++ }
      const { seed } = this.#options
      const task: SeedTask = { file: state.file, later: current.later, ...(seed === undefined ? {} : { seed }) }
      // A process that has ended is told by its exit.
      child.send(task, () => {})
    }
    return new Promise((resolve) => {
      child.on('message', (result: SeedResult) => {
        if (current !== undefined) this.#take(current.state, current.later, result)
        give()
      })
      const ended = (how: string): void => {
        this.#running.delete(child)
        const task = this.#stopped ? undefined : current
        current = undefined
        if (task !== undefined) task.state.unusable ??= this.#endedText(task.state.file, task.later, how)
        resolve()
      }
      child.on('exit', (status, signal) => ended(signal ?? `status ${status ?? 0}`))
      // It could not be started, or the channel to it broke.
      child.on('error', (error) => {
        child.kill('SIGKILL')
        ended(error.message)
      })
      give()
    })
  }

  #take(state: FileState, later: number, result: SeedResult): void {
    if ('unusable' in result) {
      state.unusable ??= result.unusable
      return
    }
    state.reports[later] = result.report
    state.done++
    if (result.report.status === 'failed') state.failed++
    this.#options.onDone?.(state.file, state.done, state.failed)
  }

  #endedText(file: string, later: number, how: string): string {
    const { seed } = this.#options
    const which = seed === undefined ? `its own seed and ${later} more` : `seed ${seed + later}`
    return new PodwireError(
      `run ${file} with ${which}`,
      `the process that ran it ended with ${how}`,
      'Run that seed alone to see why.',
    ).message
  }
}
