// A YAML document that people write (a lab, a scenario), read against a schema. Whatever is wrong is told with file, line and
// column: syntax, duplicate keys, unknown and missing fields, wrong values. All faults at once, in the order they stand in the file.

import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { Document, LineCounter } from 'yaml'
import type { z } from 'zod'
import { PodwireError } from '@podwire/engine'
import { documentErrors } from './document-errors.ts'
import { readingProblem } from './file-problem.ts'
import { yaml } from './load-yaml.ts'

export interface DocumentProblem {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** `checks[2].fields[0].path`; empty: the document itself. */
  readonly path: string
  readonly message: string
}

/** A document that cannot be used; the message lists every problem as `file:line:column: path: message`. */
export class DocumentError extends PodwireError {
  override readonly name = 'DocumentError'
  readonly file: string
  readonly problems: readonly DocumentProblem[]

  constructor(what: string, file: string, problems: readonly DocumentProblem[]) {
    const lines = problems.map(
      ({ line, column, path, message }) => `\n  ${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
    )
    super(
      `read the ${what}`,
      `${problems.length === 1 ? 'there is a fault' : `there are ${problems.length} faults`} in it`,
    )
    this.message += lines.join('')
    this.file = file
    this.problems = problems
  }
}

export interface DocumentSource {
  /** What it is, for messages: `lab`. */
  readonly what: string
  readonly file: string
  readonly text: string
}

type Path = readonly PropertyKey[]

/** What the parser says for programmers, said for people who write files. */
const SYNTAX: Partial<Record<string, (source: DocumentSource) => string>> = {
  MULTIPLE_DOCS: ({ what, text }) =>
    /^apiVersion:/m.test(text)
      ? `a ${what} is one document; these are manifests, which a ${what} applies by their path`
      : `a second document begins here (---): write each ${what} to a file of its own`,
  DUPLICATE_KEY: () => 'this key stands here for the second time: keep one of them',
  TAB_AS_INDENT: () => 'a tab cannot indent: write spaces',
}

/**
 * The text of a file that people write.
 * @param remedy what to do when there is none
 * @throws PodwireError when it cannot be read, or is no UTF-8
 */
export function readDocumentFile(what: string, file: string, remedy: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new PodwireError(`read the ${what} ${file}`, readingProblem(error), remedy)
  }
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new PodwireError(`read the ${what} ${file}`, 'it is no UTF-8 text', 'Save it as UTF-8.')
}

/**
 * @returns what the schema makes of it, and a function that says where a path of it stands
 * @throws DocumentError
 */
export function readDocument<T>(
  source: DocumentSource,
  schema: z.ZodType<T>,
): { value: T; document: PositionedDocument } {
  const document = new PositionedDocument(source)
  const parsed = schema.safeParse(document.value, { error: documentErrors })
  if (!parsed.success) throw document.error(parsed.error.issues.flatMap((issue) => document.problemsOf(issue)))
  return { value: parsed.data, document }
}

/** The text with the places of its parts. */
export class PositionedDocument {
  readonly value: unknown
  readonly #source: DocumentSource
  readonly #lines: LineCounter
  readonly #document: Document

  /** @throws DocumentError for what is no YAML */
  constructor(source: DocumentSource) {
    this.#source = source
    this.#lines = new (yaml().LineCounter)()
    this.#document = yaml().parseDocument(source.text, {
      lineCounter: this.#lines,
      uniqueKeys: true,
      prettyErrors: false,
    })
    const { errors } = this.#document
    if (errors.length > 0) {
      throw this.error(
        errors.map(({ pos, code, message }) => ({
          ...this.#at(pos[0]),
          path: '',
          message: SYNTAX[code]?.(source) ?? sentence(message),
        })),
      )
    }
    this.value = this.#document.toJS({ maxAliasCount: 100 })
  }

  problem(path: Path, message: string): DocumentProblem {
    return { ...this.#at(this.#offset(path)), path: pathText(path), message }
  }

  error(problems: readonly DocumentProblem[]): DocumentError {
    const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
    return new DocumentError(this.#source.what, this.#source.file, sorted)
  }

  problemsOf(issue: z.core.$ZodIssue): readonly DocumentProblem[] {
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n')
      return issue.keys.map((key, index) => ({
        ...this.#at(this.#keyOffset(issue.path, key)),
        path: pathText(issue.path),
        message: messages[index] ?? issue.message,
      }))
    }
    const present = issue.path.length === 0 || this.#document.hasIn([...issue.path])
    return [this.problem(issue.path, present ? issue.message : `this field is missing (${lower(issue.message)})`)]
  }

  #at(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset)
    // The end of an empty text has no line of its own.
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  /** Of the value; of the nearest part around it where there is none. */
  #offset(path: Path): number {
    const { isNode } = yaml()
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range !== undefined && node.range !== null) return node.range[0]
    }
    return 0
  }

  #keyOffset(path: Path, key: string): number {
    const { isMap, isNode } = yaml()
    const map = path.length === 0 ? this.#document.contents : this.#document.getIn([...path], true)
    const pair = isMap(map) ? map.items.find((item) => String(item.key) === key) : undefined
    return isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : this.#offset(path)
  }
}

function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}

function lower(message: string): string {
  return message.replace(/, received undefined$/, '').replace(/^Invalid input: /, '')
}

function sentence(message: string): string {
  return message.replaceAll(/\s+/g, ' ').trim()
}
