// Runs a scenario file of either kind, told by its ending.

import { extname } from 'node:path'
import { PodwireError } from '@podwire/engine'
import type { RunScenarioOptions } from './run-steps.ts'
import type { ScenarioReport } from './scenario-report.ts'

const SCRIPTS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs'])
const DOCUMENTS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json'])

/** @throws PodwireError when the file cannot be used; what happens while it runs is in the report */
export async function runScenarioFile(file: string, options: RunScenarioOptions): Promise<ScenarioReport> {
  const ending = extname(file)
  if (DOCUMENTS.has(ending)) return (await import('./run-steps.ts')).runYamlScenario(file, options)
  if (SCRIPTS.has(ending)) return (await import('./run-script.ts')).runScript(file, options)
  throw new PodwireError(
    `run ${file}`,
    `nothing is known of ${ending === '' ? 'files without an ending' : ending}`,
    `A scenario is a file that ends with ${[...DOCUMENTS, ...SCRIPTS].join(', ')}.`,
  )
}
