// Reads a scenario file in YAML; what is wrong in it is told with file, line and column.

import { readFileSync } from 'node:fs'
import { PodwireError } from '@podwire/engine'
import { type PositionedDocument, readDocument } from '../document/read-document.ts'
import { scenarioSchema, type Scenario } from './scenario.ts'

export interface ReadScenario {
  readonly scenario: Scenario
  readonly document: PositionedDocument
  /** From 1. */
  readonly lineOfStep: (index: number) => number
}

/** @throws DocumentError naming file, line and column; PodwireError when there is no such file */
export function readScenario(file: string): ReadScenario {
  const { value, document } = readDocument({ what: 'scenario', file, text: textOf(file) }, scenarioSchema)
  return { scenario: value, document, lineOfStep: (index) => document.problem(['steps', index], '').line }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new PodwireError(
      `read the scenario ${file}`,
      reason,
      'Give the path of a .yaml, .ts, .mts, .js or .mjs file.',
    )
  }
}
