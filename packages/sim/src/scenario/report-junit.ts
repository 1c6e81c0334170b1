// Reports of scenarios as JUnit XML, for CI: a suite a scenario, a case a step. Times are virtual seconds. The format has no single
// owner; this is what the readers of Jenkins, Surefire and GitLab agree on (testsuites, testsuite, properties, testcase, failure with a type, skipped).

import type { ScenarioReport, StepReport } from './scenario-report.ts'

export function junitReport(reports: readonly ScenarioReport[]): string {
  const cases = reports.flatMap(({ steps }) => steps)
  // Readers take suites of one name for one: of several seeds each says its own.
  const ofFile = new Map<string, number>()
  for (const { file } of reports) ofFile.set(file, (ofFile.get(file) ?? 0) + 1)
  const lines = reports.flatMap((report) => {
    const alone = ofFile.get(report.file) === 1
    return suiteLines(report, alone ? report.title : `${report.title} (seed ${report.seed})`)
  })
  const attributes = `name="podwire run" ${counts(cases)} time="${seconds(reports.reduce((sum, one) => sum + one.durationUs, 0))}"`
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites ${attributes}>`, ...lines, '</testsuites>', ''].join(
    '\n',
  )
}

function suiteLines(report: ScenarioReport, title: string): readonly string[] {
  const { file, steps, seed, traceHash, durationUs, repeat } = report
  const property = (name: string, value: string): string => `      <property name="${name}" value="${escaped(value)}"/>`
  return [
    `  <testsuite name="${escaped(title)}" file="${escaped(file)}" ${counts(steps)} time="${seconds(durationUs)}">`,
    '    <properties>',
    property('seed', String(seed)),
    property('traceHash', traceHash),
    property('repeat', repeat),
    '    </properties>',
    ...steps.flatMap((step, index) => caseLines(step, index + 1, title)),
    '  </testsuite>',
  ]
}

function caseLines(step: StepReport, number: number, suite: string): readonly string[] {
  const { title, status, durationUs, failure, explanation, at } = step
  const head = `    <testcase name="${escaped(`${number}. ${title}`)}" classname="${escaped(suite)}" time="${seconds(durationUs)}"`
  switch (status) {
    case 'passed':
      return [`${head}/>`]
    case 'skipped':
      return [`${head}>`, '      <skipped/>', '    </testcase>']
    case 'failed': {
      const text = [at, failure, explanation].filter((part) => part !== '').join('\n')
      const message = failure.split('\n')[0] ?? ''
      return [
        `${head}>`,
        `      <failure type="StepFailed" message="${escaped(message)}">${escapedText(text)}</failure>`,
        '    </testcase>',
      ]
    }
  }
}

function counts(steps: readonly StepReport[]): string {
  const of = (status: StepReport['status']): number => steps.filter((step) => step.status === status).length
  return `tests="${steps.length}" failures="${of('failed')}" errors="0" skipped="${of('skipped')}"`
}

function seconds(durationUs: number): string {
  return (durationUs / 1_000_000).toFixed(6)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
}

/** For an attribute: readers make blanks of line breaks that stand there as they are. */
function escaped(text: string): string {
  return escapedText(text).replaceAll(/[\t\n]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Characters that XML 1.0 cannot hold in any spelling become U+FFFD, half surrogate pairs too. */
function escapedText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"'\r]/g, (character) => ENTITIES[character] ?? character)
}
