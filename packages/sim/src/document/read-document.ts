// A YAML document that people write (a lab, a scenario), read against a schema. Whatever is wrong is told with file, line and
// column: syntax, duplicate keys, unknown and missing fields, wrong values. All faults at once, in the order they stand in the file.

import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { Document, Pair } from 'yaml'
import { resolvePlain } from '@podwire/apiserver'
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

const READING = { uniqueKeys: true, merge: true, prettyErrors: false, logLevel: 'error' } as const

/** What the parser says for programmers, said for people who write files. */
const SYNTAX: Partial<Record<string, (source: DocumentSource) => string>> = {
  MULTIPLE_DOCS: ({ what, text }) =>
    /^apiVersion:/m.test(text)
      ? `a ${what} is one document; these are manifests, which a ${what} applies by their path`
      : `a second document begins here (---): write each ${what} to a file of its own`,
  DUPLICATE_KEY: () => 'this key stands here for the second time: keep one of them',
  TAB_AS_INDENT: () => 'a tab cannot indent: write spaces',
  BLOCK_AS_IMPLICIT_KEY: () => 'a colon and a blank begin a value here: put the text in quotes, or indent what follows',
  RESOURCE_EXHAUSTION: () => TOO_DEEP,
  TAG_RESOLVE_FAILED: () => 'this tag (!…) means nothing here: leave it out',
}

const TOO_DEEP = 'this is nested too deeply'
const MERGE_KEY = '<<'

/** Whatever stands below these keys of a scenario or a lab is meant for the API server. */
const MANIFESTS: ReadonlySet<string> = new Set(['apply', 'delete', 'patch'])

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
  readonly value: unknown = undefined
  readonly #source: DocumentSource
  readonly #yaml = yaml()
  readonly #lines = new this.#yaml.LineCounter()
  readonly #document: Document

  /** @throws DocumentError for what is no YAML */
  constructor(source: DocumentSource) {
    this.#source = source
    this.#document = this.#yaml.parseDocument(source.text, { ...READING, lineCounter: this.#lines })
    const { errors, warnings } = this.#document
    const faults = [...errors, ...warnings].map(({ pos: [at], code, message }) => ({
      at,
      message: /call stack/.test(message) ? TOO_DEEP : (SYNTAX[code]?.(source) ?? sentence(message)),
    }))
    this.#refuse(faults.length > 0 ? faults : this.#aliasFaults())
    this.#readManifestsAsKubectl()
    try {
      this.value = this.#document.toJS({ maxAliasCount: 10_000 })
    } catch (error) {
      // What the parser throws when aliases would multiply.
      if (!(error instanceof ReferenceError)) throw error
      this.#refuse([{ at: 0, message: 'its aliases (*…) repeat each other too often: write less of it with them' }])
    }
  }

  #refuse(faults: readonly { readonly at: number; readonly message: string }[]): void {
    if (faults.length === 0) return
    throw this.error(faults.map(({ at, message }) => ({ ...this.#at(at), path: '', message })))
  }

  /** YAML 1.1 in what is given to the API server: 0644 is 420, yes is true. The rest of the document is YAML 1.2, where `on` is a text. */
  #readManifestsAsKubectl(): void {
    this.#yaml.visit(this.#document, {
      Scalar: (key, scalar, around) => {
        const isManifest = around.some((part) => this.#yaml.isPair(part) && MANIFESTS.has(String(part.key)))
        if (!isManifest || scalar.type !== 'PLAIN' || scalar.tag !== undefined || scalar.source === undefined) return
        if (key !== 'key' || scalar.source !== MERGE_KEY) scalar.value = resolvePlain(scalar.source)
      },
    })
  }

  #aliasFaults(): { at: number; message: string }[] {
    const faults: { at: number; message: string }[] = []
    this.#yaml.visit(this.#document, {
      Alias: (_key, alias, around) => {
        const at = alias.range?.[0] ?? 0
        const anchored = alias.resolve(this.#document)
        const name = alias.source
        if (anchored === undefined)
          faults.push({ at, message: `no anchor &${name} stands before this alias: write one, or *${name} in quotes` })
        else if (around.includes(anchored))
          faults.push({ at, message: `this alias stands in what &${name} names: it would have no end` })
      },
    })
    return faults
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
    const present = issue.path.length === 0 || this.#nodeAt(issue.path) !== undefined
    return [this.problem(issue.path, present ? issue.message : `this field is missing (${lower(issue.message)})`)]
  }

  #at(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset)
    // The end of an empty text has no line of its own.
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  /** Of the value; of the nearest part around it where there is none. */
  #offset(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const node = this.#nodeAt(path.slice(0, length))
      if (this.#yaml.isNode(node) && node.range !== undefined && node.range !== null) return node.range[0]
    }
    return 0
  }

  /** Through aliases, and into what is merged. */
  #nodeAt(path: Path): unknown {
    let node: unknown = this.#document.contents
    for (const part of path) {
      const around = this.#resolved(node)
      if (this.#yaml.isSeq(around) && typeof part === 'number') node = around.items[part]
      else if (this.#yaml.isMap(around)) node = this.#pairOf(around.items, String(part))?.value
      else return undefined
    }
    return node ?? undefined
  }

  #resolved(node: unknown): unknown {
    return this.#yaml.isAlias(node) ? node.resolve(this.#document) : node
  }

  #pairOf(pairs: readonly Pair[], key: string): Pair | undefined {
    const own = pairs.find((pair) => String(pair.key) === key)
    if (own !== undefined) return own
    for (const { key: name, value } of pairs) {
      if (String(name) !== MERGE_KEY) continue
      const merged = this.#resolved(value)
      for (const one of this.#yaml.isSeq(merged) ? merged.items : [merged]) {
        const map = this.#resolved(one)
        const found = this.#yaml.isMap(map) ? this.#pairOf(map.items, key) : undefined
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  #keyOffset(path: Path, key: string): number {
    const map = this.#resolved(this.#nodeAt(path))
    const pair = this.#yaml.isMap(map) ? this.#pairOf(map.items, key) : undefined
    return this.#yaml.isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : this.#offset(path)
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
