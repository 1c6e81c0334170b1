// Reads a lab's folder. What is wrong in it is told with file, line and column, before any cluster is made.

import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { LANGUAGES, type Bilingual, type Language } from '../check/bilingual.ts'
import {
  DocumentError,
  readDocument,
  readDocumentFile,
  type DocumentProblem,
  type PositionedDocument,
} from '../document/read-document.ts'
import { labSchema, type Lab } from './lab.ts'

const LAB_FILE = 'lab.yaml'

export function isLabFolder(folder: string): boolean {
  return existsSync(join(folder, LAB_FILE))
}

/** @throws DocumentError naming file, line and column; PodwireError when a file is missing */
export function readLab(folder: string): Lab {
  const file = join(folder, LAB_FILE)
  const { value, document } = readDocument({ what: 'lab', file, text: readText(folder, LAB_FILE) }, labSchema)
  const { manifests = [], patches = [], files = [], outside = [], cluster = {}, values = {}, outerNginx } = value
  const missing = [
    ...missingFiles(folder, 'manifests', manifests, document),
    ...missingFiles(folder, 'files', files, document),
    ...(outerNginx === undefined ? [] : missingFile(folder, ['outerNginx'], outerNginx, document)),
  ]
  if (missing.length > 0) throw document.error(missing)
  const texts = { en: readMarkdown(folder, 'en'), zh: readMarkdown(folder, 'zh') }
  return {
    document,
    name: basename(folder),
    folder,
    title: both(texts, ({ title }) => title),
    text: both(texts, ({ text }) => text),
    goal: value.goal,
    cluster,
    outside,
    outerNginx,
    manifests,
    patches,
    files,
    values,
    checks: value.checks,
    solution: value.solution,
  }
}

function missingFiles(
  folder: string,
  field: string,
  names: readonly string[],
  document: PositionedDocument,
): readonly DocumentProblem[] {
  return names.flatMap((name, index) => missingFile(folder, [field, index], name, document))
}

function missingFile(
  folder: string,
  path: readonly PropertyKey[],
  name: string,
  document: PositionedDocument,
): readonly DocumentProblem[] {
  if (/(^|\/)\.\.(\/|$)|^\//.test(name)) return [document.problem(path, `${name} is outside the lab's folder`)]
  if (existsSync(join(folder, name))) return []
  return [document.problem(path, `there is no file ${name} in the lab's folder`)]
}

interface Text {
  readonly title: string
  readonly text: string
}

function both(texts: Readonly<Record<Language, Text>>, part: (text: Text) => string): Bilingual {
  return { en: part(texts.en), zh: part(texts.zh) }
}

/** `# Title` in the first line, then the text. */
function readMarkdown(folder: string, language: Language): Text {
  const name = `${language}.md`
  // As editors of Windows save it.
  const whole = readText(folder, name)
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
  const [, title, text = ''] = /^# (.+)\n([\s\S]*)$/.exec(whole) ?? []
  if (title !== undefined && text.trim() !== '') return { title: title.trim(), text: text.trim() }
  const message = title === undefined ? 'the first line is the title: # …' : 'there is no text below the title'
  throw new DocumentError('lab', join(folder, name), [
    { line: title === undefined ? 1 : 2, column: 1, path: '', message },
  ])
}

function readText(folder: string, name: string): string {
  const files = [LAB_FILE, ...LANGUAGES.map((language) => `${language}.md`)].join(', ')
  return readDocumentFile('lab', join(folder, name), `A lab's folder has ${files}.`)
}
