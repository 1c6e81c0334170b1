// Reports of scenarios as text for people: one line a step, and of what failed why, the packets' way and the command that repeats it.

import { formatDuration } from '@podwire/engine'
import { oneLine, printable } from '../document/printable.ts'
import type { ScenarioReport, StepReport } from './scenario-report.ts'

export function textReport(reports: readonly ScenarioReport[]): string {
  const bodies = reports.map(scenarioText)
  const failed = reports.filter(({ status }) => status === 'failed').length
  const total =
    reports.length === 1 ? '' : `${reports.length} scenarios, ${reports.length - failed} passed, ${failed} failed\n`
  return `${bodies.join('\n')}${total === '' ? '' : `\n${total}`}`
}

const MARKS = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const

function scenarioText(report: ScenarioReport): string {
  const { title, file, steps, status, seed, durationUs, traceHash, repeat } = report
  const lines = steps.flatMap(stepLines)
  const end = `${status} in ${formatDuration(durationUs)} of virtual time, seed ${seed}, trace hash ${traceHash}`
  const again = status === 'failed' ? [`again: ${repeat}`] : []
  return [`${oneLine(title)} (${oneLine(file)})`, ...lines, end, ...again, ''].join('\n')
}

function stepLines({ title, at, status, startedUs, failure, explanation }: StepReport): readonly string[] {
  const head = `  ${MARKS[status].padEnd(7)}  ${formatDuration(startedUs).padStart(12)}  ${oneLine(title)}`
  if (status !== 'failed') return [head]
  const indent = ' '.repeat(11)
  return [
    head,
    ...(at === '' ? [] : [`${indent}at ${at}`]),
    ...[...printable(failure).split('\n'), ...(explanation === '' ? [] : printable(explanation).split('\n'))].map(
      (line) => `${indent}${line}`,
    ),
  ]
}
