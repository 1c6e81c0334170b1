// `podwire run`: runs scenario files one after the other, or many seeds of each in several processes, and reports what came of them.

import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { PodwireError } from '@podwire/engine'
import { writingProblem } from '../document/file-problem.ts'
import { oneLine } from '../document/printable.ts'
import { cutColumns } from '../document/text-columns.ts'
import { junitReport } from '../scenario/report-junit.ts'
import { textReport } from '../scenario/report-text.ts'
import { explore, type ExploreOptions } from '../scenario/explore.ts'
import { seedsReport } from '../scenario/report-seeds.ts'
import { runScenarioFile } from '../scenario/run-file.ts'
import type { ReportFormat, ScenarioReport } from '../scenario/scenario-report.ts'
import type { RunScenarioOptions } from '../scenario/run-steps.ts'
import { ALL_RIGHT, INTERRUPTED, NOT_DONE, NOT_SO } from './exit-status.ts'

export interface RunOptions {
  readonly seed?: number
  /** How many seeds of each file; absent: one. */
  readonly seeds?: number
  /** How many processes; absent: none but this one, or with `seeds` as many as there are processors. */
  readonly jobs?: number
  readonly report: ReportFormat
  readonly output?: string
}

/** 0: all passed. 1: a step failed. 2: a file cannot be used, or the report cannot be written. 130: interrupted. */
export async function runRun(files: readonly string[], options: RunOptions): Promise<number> {
  return options.seeds === undefined && options.jobs === undefined
    ? runHere(files, options)
    : runInProcesses(files, options)
}

async function runHere(files: readonly string[], options: RunOptions): Promise<number> {
  const reports: ScenarioReport[] = []
  let unusable = 0
  for (const file of files) {
    const progress = progressLine(file)
    try {
      reports.push(
        await runScenarioFile(file, {
          ...(options.seed === undefined ? {} : { seed: options.seed }),
          onStep: progress.show,
        }),
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
  if (reports.length > 0 && !writeReport(formatted(reports, options.report), options)) return NOT_DONE
  return statusOf(reports, unusable)
}

async function runInProcesses(files: readonly string[], options: RunOptions): Promise<number> {
  const { seed, seeds = 1, jobs = availableParallelism() } = options
  const line = terminalLine()
  const onDone: ExploreOptions['onDone'] = (file, done, failed) =>
    line.show(`${file}: ${done}/${seeds} seeds${failed === 0 ? '' : `, ${failed} failed`}`)
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort()
  process.once('SIGINT', interrupt)
  const explored = await explore(
    files,
    { seeds, jobs, onDone, ...(seed === undefined ? {} : { seed }) },
    interruption.signal,
  ).finally(() => {
    process.off('SIGINT', interrupt)
    line.clear()
  })
  const problems = explored.flatMap(({ unusable }) => unusable ?? [])
  for (const problem of problems) process.stderr.write(`podwire: ${problem}\n`)
  const reports = explored.flatMap((one) => one.reports)
  if (reports.length > 0 || interruption.signal.aborted) {
    const text =
      options.report === 'text' && seeds > 1 ? seedsReport(explored, seeds) : formatted(reports, options.report)
    if (!writeReport(text, options)) return NOT_DONE
  }
  return interruption.signal.aborted ? INTERRUPTED : statusOf(reports, problems.length)
}

function statusOf(reports: readonly ScenarioReport[], unusable: number): number {
  if (unusable > 0) return NOT_DONE
  return reports.every(({ status }) => status === 'passed') ? ALL_RIGHT : NOT_SO
}

function writeReport(text: string, { output }: RunOptions): boolean {
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

function progressLine(file: string): { show: NonNullable<RunScenarioOptions['onStep']>; clear: () => void } {
  const { show, clear } = terminalLine()
  return {
    show: (title, number, of) => show(`${file}: ${number}${of === undefined ? '' : `/${of}`} ${title}`),
    clear,
  }
}

/** One line on a terminal, written over and over; nothing anywhere else. */
function terminalLine(): { show: (text: string) => void; clear: () => void } {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} }
  const write = (text: string): void => void stderr.write(`\r\u001B[K${text}`)
  return { show: (text) => write(cutColumns(oneLine(text), stderr.columns - 1)), clear: () => write('') }
}
