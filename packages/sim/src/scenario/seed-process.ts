// A process that runs scenarios for another one, seed after seed: what it is sent it runs, and sends back what came of it. The code it
// has run once is warm for the seeds that follow.

import { PodwireError } from '@podwire/engine'
import { runScenarioFile } from './run-file.ts'
import type { ScenarioReport } from './scenario-report.ts'

export interface SeedTask {
  readonly file: string
  /** In place of the scenario's own; with `later` more added. */
  readonly seed?: number
  readonly later: number
}

export type SeedResult = { readonly report: ScenarioReport } | { readonly unusable: string }

async function answer(task: SeedTask): Promise<void> {
  // A scenario that waits for what never comes is told by nothing being left to do: the channel does not count.
  process.channel?.unref()
  let result: SeedResult
  try {
    const { file, ...options } = task
    result = { report: await runScenarioFile(file, options) }
  } catch (error) {
    if (!(error instanceof PodwireError)) throw error
    result = { unusable: error.message }
  }
  process.channel?.ref()
  // Who asked may be gone: then the channel says so.
  process.send?.(result, undefined, undefined, () => {})
}

process.on('message', (task: SeedTask) => void answer(task))
// An interrupt at the terminal reaches every process of it; it is the asker's to end this one.
process.on('SIGINT', () => {})
// What a script has left behind (a timer, a server) must not outlive the one who asked.
process.on('disconnect', () => process.exit())
