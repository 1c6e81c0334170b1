// `podwire run`: runs scenario files one after the other and reports what came of each.

import { writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { PodwireError } from '@podwire/engine'
import { writingProblem } from '../document/file-problem.ts'
import { oneLine } from '../document/printable.ts'
import { cutColumns } from '../document/text-columns.ts'
import { junitReport } from '../scenario/report-junit.ts'
import { textReport } from '../scenario/report-text.ts'
import type { ReportFormat, ScenarioReport } from '../scenario/scenario-report.ts'
import type { RunScenarioOptions } from '../scenario/run-steps.ts'
import { ALL_RIGHT, NOT_DONE, NOT_SO } from './exit-status.ts'

export interface RunOptions {
  readonly seed?: number
  readonly report: ReportFormat
  readonly output?: string
}

const SCRIPTS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs'])
const DOCUMENTS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json'])

/** 0: all passed. 1: a step failed. 2: a file cannot be used, or the report cannot be written. */
export async function runRun(files: readonly string[], options: RunOptions): Promise<number> {
  const reports: ScenarioReport[] = []
  let unusable = 0
  for (const file of files) {
    const progress = progressLine(file)
    try {
      reports.push(
        await runFile(file, { ...(options.seed === undefined ? {} : { seed: options.seed }), onStep: progress.show }),
      )
    } catch (error) {
      if (!(error instanceof PodwireError)) throw error
      unusable++
      progress.clear()
      process.stderr.write(`podwire: ${error.message}\n`)
    } finally {
      progress.clear()
    }
  }
  if (reports.length > 0 && !writeReport(reports, options)) return NOT_DONE
  if (unusable > 0) return NOT_DONE
  return reports.every(({ status }) => status === 'passed') ? ALL_RIGHT : NOT_SO
}

async function runFile(file: string, options: RunScenarioOptions): Promise<ScenarioReport> {
  const ending = extname(file)
  if (DOCUMENTS.has(ending)) return (await import('../scenario/run-steps.ts')).runYamlScenario(file, options)
  if (SCRIPTS.has(ending)) return (await import('../scenario/run-script.ts')).runScript(file, options)
  throw new PodwireError(
    `run ${file}`,
    `nothing is known of ${ending === '' ? 'files without an ending' : ending}`,
    `A scenario is a file that ends with ${[...DOCUMENTS, ...SCRIPTS].join(', ')}.`,
  )
}

function writeReport(reports: readonly ScenarioReport[], { report, output }: RunOptions): boolean {
  const text = formatted(reports, report)
  if (output === undefined) {
    process.stdout.write(text)
    return true
  }
  try {
    writeFileSync(output, text)
    return true
  } catch (error) {
    process.stderr.write(
      `podwire: Failed to write the report ${output}: ${writingProblem(error)}. Choose an --output in a folder you may write to.\n`,
    )
    return false
  }
}

function formatted(reports: readonly ScenarioReport[], format: ReportFormat): string {
  switch (format) {
    case 'text':
      return textReport(reports)
    case 'json':
      return `${JSON.stringify({ scenarios: reports }, undefined, 2)}\n`
    case 'junit':
      return junitReport(reports)
  }
}

/** One line on a terminal, written over and over; nothing anywhere else. */
function progressLine(file: string): { show: NonNullable<RunScenarioOptions['onStep']>; clear: () => void } {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} }
  const write = (text: string): void => void stderr.write(`\r\u001B[K${text}`)
  return {
    show: (title, number, of) =>
      write(cutColumns(oneLine(`${file}: ${number}${of === undefined ? '' : `/${of}`} ${title}`), stderr.columns - 1)),
    clear: () => write(''),
  }
}
