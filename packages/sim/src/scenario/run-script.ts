// Runs a scenario script: makes the cluster it wants, hands it over, and keeps account of its steps.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { STEP } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import { createCluster } from '../sdk/cluster.ts'
import { checkOptions } from '../sdk/options.ts'
import { RequestError } from '../sdk/machine.ts'
import type { RunScenarioOptions } from './run-steps.ts'
import { checkScript } from './check-script.ts'
import { lineIn, loadScript, type ScenarioContext } from './scenario-script.ts'
import type { ScenarioReport } from './scenario-report.ts'
import { StepRecorder, type StepOutcome } from './step-recorder.ts'

const DEFAULT_SEED = 1

/** Thrown by a step that has been recorded already. */
class StepFailed extends Error {
  override readonly name = 'StepFailed'
}

/** @throws PodwireError when the script cannot be used; what it throws while it runs is in the report */
export async function runScript(file: string, options: RunScenarioOptions = {}): Promise<ScenarioReport> {
  const script = await loadScript(file)
  const seed = options.seed ?? script.cluster.seed ?? DEFAULT_SEED
  const path = resolve(file)
  checkOptions(script.cluster, `make the cluster of ${file}`)
  await using cluster = await createCluster({ invariants: true, ...script.cluster, seed })
  checkScript(file, readFileSync(path, 'utf8'), cluster)
  const recorder = new StepRecorder(cluster)
  const failureOf = (error: unknown): { at: string; outcome: StepOutcome } => {
    const line = lineIn(error, path)
    return { at: line === undefined ? file : `${file}:${line}`, outcome: { facts: [], ...failureText(error) } }
  }
  const step: ScenarioContext['step'] = async <T>(title: string, work: () => T | Promise<T>): Promise<T> => {
    checkArguments('take a step', STEP, [title, work])
    const startedUs = cluster.engine.clock.now()
    options.onStep?.(title, recorder.count + 1, undefined)
    try {
      const value = await work()
      recorder.add(title, file, startedUs, { facts: [] })
      return value
    } catch (error) {
      if (error instanceof StepFailed) throw error
      const { at, outcome } = failureOf(error)
      recorder.add(title, at, startedUs, outcome)
      throw new StepFailed(title)
    }
  }
  const startedUs = cluster.engine.clock.now()
  try {
    await script.run({ cluster, seed, step })
    if (recorder.count === 0) recorder.add('run', file, startedUs, { facts: [] })
  } catch (error) {
    if (!(error instanceof StepFailed)) {
      const { at, outcome } = failureOf(error)
      recorder.add('run', at, startedUs, outcome)
    }
  }
  return recorder.report({ file, title: script.title, seed })
}

function failureText(error: unknown): { failure: string; explanation?: string } {
  const failure = error instanceof Error ? error.message : String(error)
  if (!(error instanceof RequestError) || error.flow === undefined) return { failure }
  return { failure, explanation: error.flow.explain() }
}
