// Runs the steps of a YAML scenario on a cluster in virtual time, one after the other, until one fails.

import { dirname, resolve } from 'node:path'
import { StatusError } from '@podwire/apiserver'
import { parseDuration, PodwireError, SECOND } from '@podwire/engine'
import { runCheck, type CheckResult } from '../check/check.ts'
import type { Check } from '../check/check-schema.ts'
import { amountText, withinAmount } from '../check/expectation.ts'
import { machineAt, readyPod } from '../check/place.ts'
import { Values } from '../check/values.ts'
import { given } from '../cli/option-values.ts'
import { clusterFault } from '../document/cluster-fault.ts'
import { clusterOptions } from '../document/cluster-schema.ts'
import { startNamedFault, type Fault } from '../faults/index.ts'
import { createCluster, type Cluster } from '../sdk/cluster.ts'
import type { RunningLoad } from '../sdk/machine.ts'
import { checkSteps } from './check-steps.ts'
import { readScenario } from './read-scenario.ts'
import type { Manifests, Scenario, Step } from './scenario.ts'
import type { ScenarioReport } from './scenario-report.ts'
import { manifestSource } from './step-manifests.ts'
import { StepRecorder, type StepOutcome } from './step-recorder.ts'
import { stepTitle } from './step-title.ts'

export interface RunScenarioOptions {
  /** In place of the file's own. */
  readonly seed?: number
  /** So many seeds after that one; default none. */
  readonly later?: number
  readonly onStep?: (title: string, number: number, of: number | undefined) => void
}

const DEFAULT_SEED = 1

/** @throws DocumentError when the file cannot be used, before its first step; what happens in the cluster is in the report */
export async function runYamlScenario(file: string, options: RunScenarioOptions = {}): Promise<ScenarioReport> {
  const { scenario, document, lineOfStep } = readScenario(file)
  const seed = (options.seed ?? scenario.cluster?.seed ?? DEFAULT_SEED) + (options.later ?? 0)
  await using cluster = await createCluster({
    ...clusterOptions(scenario.cluster ?? {}),
    invariants: true,
    seed,
  }).catch((error: unknown) => {
    throw error instanceof PodwireError ? clusterFault(error, scenario.cluster ?? {}, document) : error
  })
  const folder = dirname(resolve(file))
  checkSteps(scenario, document, cluster, folder)
  const { length } = scenario.steps
  const recorder = new StepRecorder(cluster, (title, number) => options.onStep?.(title, number, length))
  const runner = new StepRunner(cluster, scenario, folder)
  for (const [index, step] of scenario.steps.entries()) {
    const at = `${file}:${lineOfStep(index)}`
    const title = stepTitle(step)
    if (recorder.failed) recorder.skip(title, at)
    else await recorder.run(title, at, () => runner.run(step))
  }
  return recorder.report({ file, title: scenario.scenario, seed })
}

/** What of an expectation that does not hold yet is tried again. */
const LOOK_US = SECOND

class StepRunner {
  readonly #cluster: Cluster
  readonly #values: Scenario['values']
  /** Paths in the scenario are from its own folder. */
  readonly #folder: string
  readonly #loads = new Map<string, RunningLoad>()
  readonly #faults = new Map<string, Fault>()

  constructor(cluster: Cluster, { values }: Scenario, folder: string) {
    this.#cluster = cluster
    this.#values = values
    this.#folder = folder
  }

  /** What a real client could have met is a failed step; so is misuse of a step. Bugs are thrown. */
  async run(step: Step): Promise<StepOutcome> {
    try {
      return await this.#run(step)
    } catch (error) {
      if (error instanceof StatusError || error instanceof PodwireError) return { facts: [], failure: error.message }
      throw error
    }
  }

  async #run(step: Step): Promise<StepOutcome> {
    if ('apply' in step) return this.#apply(step.apply, step.refused)
    if ('delete' in step) {
      await this.#cluster.delete(manifestSource(step.delete, this.#folder))
      return { facts: [] }
    }
    if ('exec' in step) {
      const { exec, on, exit = 0, output, errors } = step
      const expected = { ...(output === undefined ? {} : { output }), ...(errors === undefined ? {} : { errors }) }
      return outcomeOf(await this.#check({ run: exec, from: on, exit, ...expected }))
    }
    if ('expect' in step) return this.#expect(step.expect, step.within)
    if ('advance' in step) {
      await this.#cluster.advance(step.advance)
      return { facts: [] }
    }
    if ('settle' in step) {
      await this.#cluster.settle(...(step.settle === true ? [] : [step.settle]))
      return { facts: [`at rest after ${this.#cluster.age} of virtual time`] }
    }
    if ('load' in step) return this.#load(step)
    if ('endLoad' in step) return this.#endLoad(step)
    if ('fault' in step) return this.#fault(step)
    return this.#endFault(step.endFault)
  }

  async #apply(manifests: Manifests, refused: string | undefined): Promise<StepOutcome> {
    const source = manifestSource(manifests, this.#folder)
    if (refused === undefined) {
      const results = await this.#cluster.apply(source)
      return {
        facts: results.map(({ object, outcome }) => `${object.kind} ${object.metadata.name} ${outcome}`),
      }
    }
    try {
      await this.#cluster.apply(source)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      if (error.message.includes(refused)) return { facts: [`refused: ${error.message}`] }
      return { facts: [], failure: `it was refused in other words: ${error.message}` }
    }
    return { facts: [], failure: `it was applied, and should have been refused with ${JSON.stringify(refused)}` }
  }

  async #expect(check: Check, within: string | undefined): Promise<StepOutcome> {
    const { clock } = this.#cluster.engine
    const end = clock.now() + (within === undefined ? 0 : parseDuration(within))
    let result = await this.#check(check)
    while (!result.ok && clock.now() < end) {
      await this.#cluster.advance(Math.min(LOOK_US, end - clock.now()) / 1000)
      result = await this.#check(check)
    }
    return outcomeOf(result)
  }

  /** Values are found out anew each time: the cluster has changed. */
  #check(check: Check): Promise<CheckResult> {
    return runCheck(this.#cluster, check, new Values(this.#cluster, this.#values))
  }

  async #load({
    load,
    from,
    as = 'load',
    title: _title,
    ...options
  }: Extract<Step, { load: string }>): Promise<StepOutcome> {
    if (this.#loads.has(as)) {
      return { facts: [], failure: `a load called ${as} is running already: end it first, or name one with as` }
    }
    const values = new Values(this.#cluster, this.#values)
    const [url, place] = [await values.fill(load), await values.fill(from)]
    this.#loads.set(as, await machineAt(this.#cluster, place).startLoad(url, given(options)))
    return { facts: [`${place} asks ${url}`] }
  }

  async #endLoad({ endLoad, lost }: Extract<Step, { endLoad: string }>): Promise<StepOutcome> {
    const load = this.#loads.get(endLoad)
    if (load === undefined) {
      return {
        facts: [],
        failure: `no load called ${endLoad} is running: there is ${[...this.#loads.keys()].join(', ') || 'none'}`,
      }
    }
    this.#loads.delete(endLoad)
    const report = await load.stop()
    const summary = `${report.requests} requests, ${report.answered} answered, ${report.lost.length} lost`
    if (lost === undefined || withinAmount(report.lost.length, lost)) return { facts: [summary] }
    return {
      facts: [],
      failure: `${summary}; lost may be ${amountText(lost).en}`,
      explanation: report.explain().trimEnd(),
    }
  }

  #fault({ fault, title: _title, as, ...options }: Extract<Step, { fault: string }>): StepOutcome {
    const [kind = '', ...words] = fault.trim().split(/\s+/)
    const args = words.map((word) =>
      word
        .split(',')
        .map((place) => this.#named(place))
        .join(','),
    )
    const name = as ?? kind
    if (this.#faults.get(name)?.active === true) {
      return { facts: [], failure: `a fault called ${name} is under way: end it first, or name one with as` }
    }
    const started = startNamedFault(this.#cluster.faults, kind, args, given(options))
    this.#faults.set(name, started)
    return { facts: [`${started.kind} ${started.target}`] }
  }

  /** Faults take pods by name; a scenario may say `NAMESPACE/key=value`. */
  #named(place: string): string {
    if (!place.includes('=')) return place
    const { namespace, name } = readyPod(this.#cluster, place)
    return `${namespace}/${name}`
  }

  #endFault(name: string): StepOutcome {
    if (name === 'all') {
      this.#cluster.faults.endAll()
      return { facts: [] }
    }
    const fault = this.#faults.get(name)
    const names = [...this.#faults].filter(([, { active }]) => active).map(([known]) => known)
    if (fault === undefined)
      return { facts: [], failure: `no fault called ${name} was begun: there is ${names.join(', ') || 'none'}` }
    fault.end()
    return { facts: [`${fault.kind} ${fault.target} is over`] }
  }
}

function outcomeOf({ ok, facts, explanation }: CheckResult): StepOutcome {
  const texts = facts.filter((fact) => fact.ok === ok).map(({ text }) => text.en)
  return ok ? { facts: texts } : { facts: [], failure: texts.join('; '), explanation }
}
