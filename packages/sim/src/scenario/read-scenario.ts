// Reads a scenario file in YAML; what is wrong in it is told with file, line and column.

import { type PositionedDocument, readDocument, readDocumentFile } from '../document/read-document.ts'
import { scenarioSchema, type Scenario } from './scenario.ts'

export interface ReadScenario {
  readonly scenario: Scenario
  readonly document: PositionedDocument
  /** From 1. */
  readonly lineOfStep: (index: number) => number
}

/** @throws DocumentError naming file, line and column; PodwireError when there is no such file */
export function readScenario(file: string): ReadScenario {
  const text = readDocumentFile('scenario', file, 'Give the path of a .yaml, .ts, .mts, .js or .mjs file.')
  const { value, document } = readDocument({ what: 'scenario', file, text }, scenarioSchema)
  return { scenario: value, document, lineOfStep: (index) => document.problem(['steps', index], '').line }
}
