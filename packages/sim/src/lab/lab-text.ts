// A lab on the terminal, in the learner's language: its text, the outcome of a check, a hint.

import type { Language } from '../check/bilingual.ts'
import { padColumns } from '../document/text-columns.ts'
import type { Lab } from './lab.ts'
import type { CheckedTask, LabHint, LabReport } from './lab-session.ts'
import { LAB_SENTENCES, LAB_WORDS } from './lab-words.ts'

export function labIntroduction(lab: Lab, language: Language): string {
  const tasks = lab.checks.map(({ title }, index) => `  ${index + 1}. ${title[language]}`)
  return [
    `# ${lab.title[language]}`,
    '',
    `${LAB_WORDS.goal[language]}${lab.goal[language]}`,
    '',
    lab.text[language],
    '',
    LAB_WORDS.tasks[language],
    ...tasks,
    '',
  ].join('\n')
}

export function labReportText(report: LabReport, language: Language): string {
  const lines = report.tasks.flatMap((task, index) => taskLines(task, index + 1, language))
  const done = report.tasks.filter(({ ok }) => ok).length
  const { length } = report.tasks
  const end = report.ok ? LAB_SENTENCES.allRight(length) : LAB_SENTENCES.someRight(done, length)
  return [`${report.lab}: ${report.title[language]}`, '', ...lines, '', end[language], ''].join('\n')
}

function taskLines(task: CheckedTask, number: number, language: Language): readonly string[] {
  const { title, ok, facts, why, explanation } = task
  const mark = ok ? LAB_WORDS.right[language] : LAB_WORDS.wrong[language]
  const head = `  ${String(number).padStart(2)}. ${padColumns(mark, 6)}  ${title[language]}`
  if (ok) return [head]
  return [
    head,
    ...facts.filter((one) => !one.ok).flatMap(({ text }) => labelled(LAB_WORDS.found[language], text[language])),
    ...(why === undefined ? [] : labelled(LAB_WORDS.why[language], why[language])),
    ...(explanation === '' ? [] : labelled(LAB_WORDS.way[language], explanation)),
  ]
}

const INDENT = ' '.repeat(14)

/** A label, then the text beside it, its further lines below. */
function labelled(label: string, text: string): readonly string[] {
  const [first = '', ...rest] = text.trimEnd().split('\n')
  return [`${INDENT}${padColumns(label, 8)}${first}`, ...rest.map((line) => `${INDENT}${' '.repeat(8)}${line}`)]
}

export function labHintText({ task, hint, number, of }: LabHint, language: Language): string {
  if (task === undefined) return `${LAB_WORDS.nothingToHint[language]}\n`
  const head = `${LAB_WORDS.task[language]}${task[language]}`
  const said =
    hint === undefined ? LAB_WORDS.noHint[language] : LAB_SENTENCES.hint(number, of)[language] + hint[language]
  return `${head}\n${said}\n`
}
