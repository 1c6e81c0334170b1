// Runs a scenario script: makes the cluster it wants, hands it over, and keeps account of its steps.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { macrotask, PodwireError } from '@podwire/engine'
import { STEP } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import { NOT_DONE } from '../cli/exit-status.ts'
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
  const seed = (options.seed ?? script.cluster.seed ?? DEFAULT_SEED) + (options.later ?? 0)
  const path = resolve(file)
  checkOptions(script.cluster, `make the cluster of ${file}`)
  await using cluster = await createCluster({ invariants: true, ...script.cluster, seed })
  checkScript(file, readFileSync(path, 'utf8'), cluster)
  const recorder = new StepRecorder(cluster)
  const failureOf = (error: unknown): { at: string; outcome: StepOutcome } => {
    const line = lineIn(error, path)
    return { at: line === undefined ? file : `${file}:${line}`, outcome: { facts: [], ...failureText(error) } }
  }
  const running = new Set<string>()
  const take = async <T>(title: string, work: () => T | Promise<T>, from: Error): Promise<T> => {
    const startedUs = cluster.engine.clock.now()
    options.onStep?.(title, recorder.count + 1, undefined)
    try {
      const value = await work()
      recorder.add(title, file, startedUs, { facts: [] })
      return value
    } catch (error) {
      if (error instanceof StepFailed) throw error
      const { at, outcome } = failureOf(error)
      // What fails after a wait may have lost where it came from: then it is the step's line.
      const line = at === file ? lineIn(from, path) : undefined
      recorder.add(title, line === undefined ? at : `${file}:${line}`, startedUs, outcome)
      throw new StepFailed(title)
    } finally {
      running.delete(title)
    }
  }
  const step: ScenarioContext['step'] = (title, work) => {
    checkArguments('take a step', STEP, [title, work])
    running.add(title)
    const taken = take(title, work, new Error(title))
    // One that nobody awaits is told below; it must not end the process.
    taken.catch(() => {})
    return taken
  }
  const startedUs = cluster.engine.clock.now()
  try {
    await watched(() => script.run({ cluster, seed, step }), running)
    if (recorder.count === 0) recorder.add('run', file, startedUs, { facts: [] })
  } catch (error) {
    if (!(error instanceof StepFailed)) {
      const { at, outcome } = failureOf(error)
      recorder.add('run', at, startedUs, outcome)
    }
  }
  return recorder.report({ file, title: script.title, seed })
}

const NOT_AWAITED = 'the scenario ended while it was running'

/**
 * A scenario that cannot go on by itself: it waits for what nobody will ever do, or a call that it did not await has failed.
 * @param running titles of steps under way
 */
async function watched(run: () => Promise<void>, running: ReadonlySet<string>): Promise<void> {
  const gone: (() => void)[] = []
  const trouble = new Promise<never>((_, reject) => {
    const onIdle = (): void => {
      const where = running.size === 0 ? 'run the scenario' : `take the step ${JSON.stringify([...running].at(-1))}`
      reject(new PodwireError(where, 'it waits for something that never comes', 'Move time with cluster.advance().'))
    }
    const onForgotten = (reason: unknown): void => {
      if (reason instanceof StepFailed) return
      const text = reason instanceof Error ? reason.message : String(reason)
      reject(
        new PodwireError(
          'run the scenario',
          `a call failed that was not awaited: ${text.replace(/\.$/, '')}`,
          'Write await before it.',
        ),
      )
    }
    const onExit = (): void => {
      process.stderr.write('podwire: Failed to run the scenario: it called process.exit(). Let it return, or throw.\n')
      process.exitCode = NOT_DONE
    }
    process.once('beforeExit', onIdle).once('exit', onExit).on('unhandledRejection', onForgotten)
    gone.push(() => process.off('beforeExit', onIdle).off('exit', onExit).off('unhandledRejection', onForgotten))
  })
  try {
    await Promise.race([run(), trouble])
    const [forgotten] = running
    if (forgotten !== undefined) {
      throw new PodwireError(`take the step ${JSON.stringify(forgotten)}`, NOT_AWAITED, 'Write: await step(…)')
    }
    // Node tells of a rejection that nobody handles at the end of a turn.
    await Promise.race([macrotask(), trouble])
  } finally {
    for (const stop of gone) stop()
  }
}

function failureText(error: unknown): { failure: string; explanation?: string } {
  const failure = error instanceof Error ? error.message : String(error)
  if (!(error instanceof RequestError) || error.flow === undefined) return { failure }
  return { failure, explanation: error.flow.explain() }
}
