// Reads a JSONPath: `.spec.ports[0].name`, `.metadata.labels.app\.kubernetes\.io/name`, `.conditions[?(@.type=="Ready")].status`.
// Source: client-go util/jsonpath/parser.go. Departure: the template around it (`{range}`, text) is not read; a printer
// column is one path.

import { JsonPathError, type Node, type Operator, type Path } from './nodes.ts'

/** @throws JsonPathError when it is none */
export function parseJsonPath(text: string): Path {
  return new Parser(text).path()
}

const IDENTIFIER_END = /[\s|,{}()[\].:=!<>&]/
const OPERATORS: readonly Operator[] = ['==', '!=', '<=', '>=', '<', '>']
const SLICE = /^(-?[\d]*)(?::(-?[\d]*))?(?::(-?[\d]*))?$/

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text.trim()
  }

  path(): Path {
    const nodes: Node[] = []
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at)
      if (char === '[') nodes.push(this.#bracket())
      else if (char === '.') this.#dot(nodes)
      else if (char === '$' || char === '@') this.#at++
      else if (char === '"' || char === "'") nodes.push({ type: 'value', value: this.#quoted() })
      else if (/[-+\d]/.test(char)) nodes.push(this.#number())
      else if (/[A-Za-z]/.test(char)) nodes.push(this.#word())
      else throw new JsonPathError(`unrecognized character in action: U+${hex(char)} ${JSON.stringify(char)}`)
    }
    return nodes
  }

  #dot(nodes: Node[]): void {
    if (this.#text.startsWith('..', this.#at)) {
      this.#at += 2
      nodes.push({ type: 'recursive' })
      const next = this.#text.charAt(this.#at)
      if (/[A-Za-z]/.test(next)) nodes.push(this.#field())
      return
    }
    this.#at++
    nodes.push(this.#field())
  }

  #field(): Node {
    const name = this.#identifier()
    return name === '*' ? { type: 'wildcard' } : { type: 'field', name }
  }

  /** A name; a backslash takes the special meaning of the character after it. */
  #identifier(): string {
    let name = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at)
      if (char === '\\') name += this.#text.charAt(++this.#at)
      else if (IDENTIFIER_END.test(char)) break
      else name += char
    }
    return name
  }

  #word(): Node {
    const word = this.#identifier()
    if (word === 'true' || word === 'false') return { type: 'value', value: word === 'true' }
    throw new JsonPathError(`unrecognized identifier ${word}`)
  }

  #number(): Node {
    const [digits = ''] = /^[-+]?[\d.]+/.exec(this.#text.slice(this.#at)) ?? []
    this.#at += Math.max(digits.length, 1)
    const value = Number(digits)
    if (digits === '' || Number.isNaN(value)) throw new JsonPathError(`cannot parse number ${digits}`)
    return { type: 'value', value }
  }

  #quoted(): string {
    const quote = this.#text.charAt(this.#at++)
    let value = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at)
      if (char === quote) {
        this.#at++
        return value
      }
      value += char === '\\' ? this.#text.charAt(++this.#at) : char
    }
    throw new JsonPathError('unterminated quoted string')
  }

  /** What stands between brackets, up to the one that closes them; quoted brackets do not count. */
  #inside(open: string, close: string): string {
    const start = ++this.#at
    let depth = 1
    let quote = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at)
      if (char === '\\') this.#at++
      else if (quote !== '') quote = char === quote ? '' : quote
      else if (char === '"' || char === "'") quote = char
      else if (char === open) depth++
      else if (char === close && --depth === 0) return this.#text.slice(start, this.#at++)
    }
    throw new JsonPathError('unterminated array')
  }

  #bracket(): Node {
    const inside = this.#inside('[', ']').trim()
    if (inside.startsWith('?(') && inside.endsWith(')')) return filterNode(inside.slice(2, -1))
    if (inside === '*') return ARRAY_ALL
    const parts = splitOutsideQuotes(inside)
    if (parts.length > 1) return { type: 'union', paths: parts.map((part) => [memberNode(part.trim())]) }
    return memberNode(inside)
  }
}

const ARRAY_ALL: Node = { type: 'array', from: undefined, to: undefined, step: undefined, single: false }

function memberNode(text: string): Node {
  // What is quoted is read as a path of its own: dots in a name want a backslash there too.
  const quoted = /^'([^']*)'$/.exec(text)
  if (quoted !== null) return { type: 'union', paths: [parseJsonPath(`.${quoted[1] ?? ''}`)] }
  const slice = SLICE.exec(text)
  if (text === '' || slice === null) throw new JsonPathError(`invalid array index ${text}`)
  const [, from, to, step] = slice
  return { type: 'array', from: bound(from), to: bound(to), step: bound(step), single: to === undefined }
}

function bound(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text)
}

function filterNode(text: string): Node {
  for (let at = 0, quote = ''; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else {
      const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at))
      if (operator === undefined) continue
      const right = parseJsonPath(text.slice(at + operator.length))
      return { type: 'filter', left: parseJsonPath(text.slice(0, at)), operator, right }
    }
  }
  return { type: 'filter', left: parseJsonPath(text), operator: 'exists', right: [] }
}

function splitOutsideQuotes(text: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0, quote = ''; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === ',') {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, text.slice(start)]
}

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}
