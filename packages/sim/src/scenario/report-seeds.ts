// The report of many seeds of a scenario as text for people: how many passed, and the failed ones by the step that failed, each kind with
// its first seed's reason and the command that repeats it.

import { formatDuration } from '@podwire/engine'
import { oneLine, printable } from '../document/printable.ts'
import type { Explored } from './explore.ts'
import type { ScenarioReport, StepReport } from './scenario-report.ts'

/** Seeds named one by one before the rest is a number. */
const MOST_NAMED = 12
const INDENT = ' '.repeat(11)

export function seedsReport(explored: readonly Explored[], seeds: number): string {
  return explored
    .filter(({ reports, stopped }) => reports.length > 0 || stopped)
    .map((one) => fileText(one, seeds))
    .join('\n')
}

interface Kind {
  readonly step: StepReport
  readonly first: ScenarioReport
  readonly seeds: number[]
}

function fileText({ file, reports, stopped }: Explored, seeds: number): string {
  const [first] = reports
  const title = first === undefined ? oneLine(file) : `${oneLine(first.title)} (${oneLine(file)})`
  const failed = reports.filter(({ status }) => status === 'failed')
  const count = (number: number): string =>
    `${String(number).padStart(String(seeds).length)} of ${reports.length} seeds`
  const passed = reports.length - failed.length
  return [
    title,
    ...(passed > 0 || reports.length === 0 ? [`  ok       ${count(passed)}${rangeOf(reports)}`] : []),
    ...kindsOf(failed).flatMap((kind) => kindLines(kind, count(kind.seeds.length))),
    ...(stopped ? [`  stopped  ${seeds - reports.length} seeds of ${seeds} were not run`] : []),
    '',
  ].join('\n')
}

function rangeOf(reports: readonly ScenarioReport[]): string {
  const [first] = reports
  const last = reports.at(-1)
  return first === undefined || last === undefined ? '' : `, ${first.seed} to ${last.seed}`
}

/** By the step that failed, the most frequent first. */
function kindsOf(failed: readonly ScenarioReport[]): readonly Kind[] {
  const kinds = new Map<string, Kind>()
  for (const report of failed) {
    const step = report.steps.find(({ status }) => status === 'failed')
    if (step === undefined) continue
    const key = `${step.at}\0${step.title}`
    const known = kinds.get(key)
    if (known === undefined) kinds.set(key, { step, first: report, seeds: [report.seed] })
    else known.seeds.push(report.seed)
  }
  return [...kinds.values()].sort((a, b) => b.seeds.length - a.seeds.length)
}

function kindLines({ step, first, seeds }: Kind, count: string): readonly string[] {
  const named = seeds.slice(0, MOST_NAMED).join(', ')
  const more = seeds.length > MOST_NAMED ? ` and ${seeds.length - MOST_NAMED} more` : ''
  return [
    `  FAILED   ${count}  ${oneLine(step.title)}`,
    ...(step.at === '' ? [] : [`${INDENT}at ${step.at}`]),
    `${INDENT}seeds ${named}${more}`,
    `${INDENT}with seed ${first.seed}, at ${formatDuration(step.startedUs)}: ${printable(step.failure).split('\n')[0] ?? ''}`,
    `${INDENT}again: ${first.repeat}`,
  ]
}
