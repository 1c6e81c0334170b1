// Keeps account of a scenario's steps while it runs: what each did, when, and what came of it. After the first failure the others are
// skipped.

import type { Cluster } from '../sdk/cluster.ts'
import type { ScenarioReport, StepReport } from './scenario-report.ts'

export interface StepOutcome {
  readonly facts: readonly string[]
  /** Undefined: it went as it should. */
  readonly failure?: string
  readonly explanation?: string
}

export interface ScenarioTitle {
  readonly file: string
  readonly title: string
  readonly seed: number
}

/** A path as a shell takes it for one word, and a command for no option. */
const shellWord = (path: string): string => {
  const text = path.startsWith('-') ? `./${path}` : path
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export class StepRecorder {
  readonly #cluster: Cluster
  readonly #steps: StepReport[] = []
  readonly #onStep: (title: string, number: number) => void

  /** @param onStep told of each step before it runs */
  constructor(cluster: Cluster, onStep: (title: string, number: number) => void = () => {}) {
    this.#cluster = cluster
    this.#onStep = onStep
  }

  get failed(): boolean {
    return this.#steps.some(({ status }) => status === 'failed')
  }

  /** How many have run. */
  get count(): number {
    return this.#steps.length
  }

  /** Runs one step and keeps what came of it; `work` gives failures as values. */
  async run(title: string, at: string, work: () => Promise<StepOutcome>): Promise<void> {
    const startedUs = this.#cluster.engine.clock.now()
    this.#onStep(title, this.#steps.length + 1)
    this.add(title, at, startedUs, await work())
  }

  /** A step that began at `startedUs` and is over now. */
  add(title: string, at: string, startedUs: number, { facts, failure, explanation = '' }: StepOutcome): void {
    this.#steps.push({
      title,
      at,
      status: failure === undefined ? 'passed' : 'failed',
      startedUs,
      durationUs: this.#cluster.engine.clock.now() - startedUs,
      facts,
      failure: failure ?? '',
      explanation: failure === undefined ? '' : explanation,
    })
  }

  skip(title: string, at: string): void {
    const startedUs = this.#cluster.engine.clock.now()
    this.#steps.push({
      title,
      at,
      status: 'skipped',
      startedUs,
      durationUs: 0,
      facts: [],
      failure: '',
      explanation: '',
    })
  }

  report({ file, title, seed }: ScenarioTitle): ScenarioReport {
    return {
      file,
      title,
      seed,
      status: this.failed ? 'failed' : 'passed',
      steps: this.#steps,
      durationUs: this.#cluster.engine.clock.now(),
      traceHash: this.#cluster.traceHash,
      repeat: `podwire run ${shellWord(file)} --seed ${seed}`,
    }
  }
}
