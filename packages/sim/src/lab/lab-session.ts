// A lab that is being done: its checks on the live cluster, and which hints have been given.

import { runCheck } from '../check/check.ts'
import type { Bilingual } from '../check/bilingual.ts'
import type { Fact } from '../check/expectation.ts'
import { Values } from '../check/values.ts'
import type { Cluster } from '../sdk/cluster.ts'
import type { Lab, LabCheck } from './lab.ts'

export interface CheckedTask {
  readonly title: Bilingual
  readonly ok: boolean
  readonly facts: readonly Fact[]
  /** The way of the packets of what went wrong. */
  readonly explanation: string
  readonly why: Bilingual | undefined
}

export interface LabReport {
  readonly lab: string
  readonly title: Bilingual
  readonly ok: boolean
  readonly tasks: readonly CheckedTask[]
}

export interface LabHint {
  /** Of the first task that is not right; undefined when all are. */
  readonly task: Bilingual | undefined
  /** Undefined: this task has no hints, or none is left. */
  readonly hint: Bilingual | undefined
  readonly number: number
  readonly of: number
}

export class LabSession {
  readonly lab: Lab
  readonly #cluster: Cluster
  readonly #given = new Map<LabCheck, number>()

  constructor(lab: Lab, cluster: Cluster) {
    this.lab = lab
    this.#cluster = cluster
  }

  async check(): Promise<LabReport> {
    const values = new Values(this.#cluster, this.lab.values)
    const tasks: CheckedTask[] = []
    for (const check of this.lab.checks) tasks.push(await this.#task(check, values))
    return { lab: this.lab.name, title: this.lab.title, ok: tasks.every(({ ok }) => ok), tasks }
  }

  /** The next hint for the first task that is not right; after the last one it is said again. */
  async hint(): Promise<LabHint> {
    const values = new Values(this.#cluster, this.lab.values)
    for (const check of this.lab.checks) {
      if ((await this.#task(check, values)).ok) continue
      const hints = check.hints ?? []
      const number = Math.min((this.#given.get(check) ?? 0) + 1, hints.length)
      this.#given.set(check, number)
      return { task: check.title, hint: hints[number - 1], number, of: hints.length }
    }
    return { task: undefined, hint: undefined, number: 0, of: 0 }
  }

  async #task(check: LabCheck, values: Values): Promise<CheckedTask> {
    const { ok, facts, explanation } = await runCheck(this.#cluster, check, values)
    return { title: check.title, ok, facts, explanation: ok ? '' : explanation, why: check.why }
  }
}
