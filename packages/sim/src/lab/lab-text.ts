// A lab on the terminal, in the learner's language: its text, the outcome of a check, a hint.

import type { Bilingual, Language } from '../check/bilingual.ts'
import type { Lab } from './lab.ts'
import type { CheckedTask, LabHint, LabReport } from './lab-session.ts'

const WORDS = {
  goal: { en: 'Goal', zh: '目标' },
  tasks: { en: 'Tasks', zh: '任务' },
  right: { en: 'right', zh: '正确' },
  wrong: { en: 'WRONG', zh: '未通过' },
  found: { en: 'found', zh: '看到' },
  why: { en: 'why', zh: '原因' },
  way: { en: 'its way', zh: '经过' },
} as const satisfies Readonly<Record<string, Bilingual>>

export function labIntroduction(lab: Lab, language: Language): string {
  const tasks = lab.checks.map(({ title }, index) => `  ${index + 1}. ${title[language]}`)
  return [
    `# ${lab.title[language]}`,
    '',
    `${WORDS.goal[language]}: ${lab.goal[language]}`,
    '',
    lab.text[language],
    '',
    `${WORDS.tasks[language]}:`,
    ...tasks,
    '',
  ].join('\n')
}

export function labReportText(report: LabReport, language: Language): string {
  const lines = report.tasks.flatMap((task, index) => taskLines(task, index + 1, language))
  const done = report.tasks.filter(({ ok }) => ok).length
  const { length } = report.tasks
  const end = report.ok
    ? { en: `All ${length} tasks are right: the lab is done.`, zh: `${length} 项任务全部正确：实验完成。` }
    : {
        en: `${done} of ${length} tasks are right. \`podwire lab hint\` helps with the next one.`,
        zh: `${length} 项任务中 ${done} 项正确。\`podwire lab hint\` 会给出下一步的提示。`,
      }
  return [`${report.lab}: ${report.title[language]}`, '', ...lines, '', end[language], ''].join('\n')
}

function taskLines(task: CheckedTask, number: number, language: Language): readonly string[] {
  const { title, ok, facts, why, explanation } = task
  const mark = ok ? WORDS.right[language] : WORDS.wrong[language]
  const head = `  ${String(number).padStart(2)}. ${padded(mark, 6)}  ${title[language]}`
  if (ok) return [head]
  return [
    head,
    ...facts.filter((one) => !one.ok).flatMap(({ text }) => labelled(WORDS.found[language], text[language])),
    ...(why === undefined ? [] : labelled(WORDS.why[language], why[language])),
    ...(explanation === '' ? [] : labelled(WORDS.way[language], explanation)),
  ]
}

const INDENT = ' '.repeat(14)

/** A label, then the text beside it, its further lines below. */
function labelled(label: string, text: string): readonly string[] {
  const [first = '', ...rest] = text.trimEnd().split('\n')
  return [`${INDENT}${padded(label, 8)}${first}`, ...rest.map((line) => `${INDENT}${' '.repeat(8)}${line}`)]
}

/** Chinese characters are two columns wide. */
function padded(text: string, width: number): string {
  const columns = [...text].reduce((sum, character) => sum + (/[\u2e80-\uffe0]/.test(character) ? 2 : 1), 0)
  return text + ' '.repeat(Math.max(0, width - columns))
}

export function labHintText({ task, hint, number, of }: LabHint, language: Language): string {
  if (task === undefined) {
    return language === 'zh' ? '所有任务都正确，无需提示。\n' : 'All tasks are right: there is nothing to hint at.\n'
  }
  const head = language === 'zh' ? `任务：${task.zh}` : `Task: ${task.en}`
  if (hint === undefined) {
    const none = {
      en: 'This task has no hint. `podwire lab check` says what is not right yet.',
      zh: '这项任务没有提示。`podwire lab check` 会说明哪里还不对。',
    }
    return `${head}\n${none[language]}\n`
  }
  const label = language === 'zh' ? `提示 ${number}/${of}：` : `Hint ${number} of ${of}: `
  return `${head}\n${label}${hint[language]}\n`
}
