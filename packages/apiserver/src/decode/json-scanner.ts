// Parses JSON like JSON.parse, and says two things JSON.parse does not: which keys came twice, and what is wrong in the
// words of Go's encoding/json. `__proto__` is a key like any other. Nesting costs no stack: Go reads 10,000 levels. An int64 that
// no double holds comes as a bigint.

import { quote } from '../validation/field-errors.ts'

export interface ScannedJson {
  readonly value: unknown
  /** Paths of keys that came again, in order: `spec.ports[0].port`. */
  readonly duplicates: readonly string[]
  /** How deep lists and maps are nested. */
  readonly depth: number
  /** Numbers that are written otherwise than JavaScript writes them (`1.0`, `1e30`), by their paths; undefined: there are none. */
  readonly literals?: ReadonlyMap<string, string> | undefined
}

/** What is wrong, in Go's words. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

const MAX_DEPTH = 10_000
/** Deeper than this nothing is kept, as whatever reads it may use the stack. */
export const MAX_KEPT_DEPTH = 1_000

/** @throws JsonSyntaxError */
export function scanJson(text: string): ScannedJson {
  const scanner = new Scanner(text)
  const value = scanner.document()
  return { value, duplicates: scanner.duplicates, depth: scanner.depth, literals: scanner.literals }
}

/** Where in the text each of some paths is met, and met again. */
export function scanPlaces(text: string, paths: ReadonlySet<string>): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>()
  new Scanner(text, (path, position) => {
    if (!paths.has(path)) return
    const known = places.get(path)
    if (known === undefined) places.set(path, [position])
    else known.push(position)
  }).document()
  return places
}

/** Sets a key whatever its name. */
export function setKey(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/** A list or map that is being read. */
interface Frame {
  readonly items: unknown[] | undefined
  readonly fields: Record<string, unknown> | undefined
  /** Of the field that is being read. */
  key: string
  /** The key came before. */
  again: boolean
}

class Scanner {
  readonly duplicates: string[] = []
  depth = 0
  literals: Map<string, string> | undefined
  readonly #text: string
  readonly #stack: Frame[] = []
  readonly #onKey: ((path: string, position: number) => void) | undefined
  #position = 0

  constructor(text: string, onKey?: (path: string, position: number) => void) {
    this.#text = text
    this.#onKey = onKey
  }

  document(): unknown {
    for (;;) {
      let value = this.#open()
      if (value === undefined) continue
      // A value that is complete may complete what it stands in, and so on.
      for (;;) {
        const frame = this.#stack.at(-1)
        if (frame === undefined) return this.#end(value)
        this.#put(frame, value)
        if (!this.#closes(frame)) break
        this.#stack.pop()
        value = frame.items ?? frame.fields
      }
    }
  }

  #end(value: unknown): unknown {
    this.#space()
    if (this.#position < this.#text.length) throw this.#unexpected('after top-level value')
    return value
  }

  #space(): void {
    for (; this.#position < this.#text.length; this.#position++) {
      const code = this.#text.charCodeAt(this.#position)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
    }
  }

  #unexpected(where: string): JsonSyntaxError {
    const code = this.#text.codePointAt(this.#position)
    if (code === undefined) return new JsonSyntaxError('unexpected end of JSON input')
    return new JsonSyntaxError(`invalid character ${quoteByte(firstByte(code))} ${where}`)
  }

  /** A scalar, or an empty list or map; undefined when one was begun that has something in it. */
  #open(): unknown {
    this.#space()
    switch (this.#text[this.#position]) {
      case '{':
        return this.#begin({ items: undefined, fields: {}, key: '', again: false }, '}')
      case '[':
        return this.#begin({ items: [], fields: undefined, key: '', again: false }, ']')
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  #begin(frame: Frame, end: string): unknown {
    if (this.#stack.length === MAX_DEPTH) throw this.#unexpected('exceeded max depth')
    this.#position++
    this.#space()
    this.depth = Math.max(this.depth, this.#stack.length + 1)
    if (this.#text[this.#position] === end) {
      this.#position++
      return frame.items ?? frame.fields
    }
    this.#stack.push(frame)
    if (frame.fields !== undefined) this.#key(frame, frame.fields)
    return undefined
  }

  #key(frame: Frame, fields: Record<string, unknown>): void {
    this.#space()
    if (this.#text[this.#position] !== '"') throw this.#unexpected('looking for beginning of object key string')
    frame.key = this.#string()
    frame.again = Object.hasOwn(fields, frame.key)
    if (frame.again) this.duplicates.push(this.#path())
    this.#onKey?.(this.#path(), this.#position)
    this.#space()
    if (this.#text[this.#position] !== ':') throw this.#unexpected('after object key')
    this.#position++
  }

  #path(): string {
    let path = ''
    for (const { items, key } of this.#stack) {
      if (items !== undefined) path += `[${items.length}]`
      else path += path === '' ? key : `.${key}`
    }
    return path
  }

  #put({ items, fields, key, again }: Frame, value: unknown): void {
    if (items !== undefined) items.push(value)
    else if (fields !== undefined) {
      setKey(fields, key, again && this.depth <= MAX_KEPT_DEPTH ? merged(fields[key], value) : value)
    }
  }

  /** After a value: the end of what it stands in, or the next one. */
  #closes(frame: Frame): boolean {
    this.#space()
    const next = this.#text[this.#position]
    const end = frame.items === undefined ? '}' : ']'
    if (next !== ',' && next !== end) {
      throw this.#unexpected(frame.items === undefined ? 'after object key:value pair' : 'after array element')
    }
    this.#position++
    if (next === end) return true
    if (frame.fields !== undefined) this.#key(frame, frame.fields)
    return false
  }

  #literal(word: string, value: unknown): unknown {
    const start = this.#position
    for (const [index, char] of [...word].entries()) {
      this.#position = start + index
      if (this.#text[this.#position] !== char)
        throw this.#unexpected(`in literal ${word} (expecting ${quoteByte(char.charCodeAt(0))})`)
    }
    this.#position = start + word.length
    return value
  }

  #number(): number | bigint {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
    pattern.lastIndex = this.#position
    const match = pattern.exec(this.#text)
    if (match === null) {
      if (this.#text[this.#position] !== '-') throw this.#unexpected('looking for beginning of value')
      this.#position++
      throw this.#unexpected('in numeric literal')
    }
    this.#position += match[0].length
    const next = this.#text[this.#position]
    if (next === '.' && !match[0].includes('.') && !/[eE]/.test(match[0])) {
      this.#position++
      throw this.#unexpected('after decimal point in numeric literal')
    }
    if ((next === 'e' || next === 'E') && !/[eE]/.test(match[0])) {
      this.#position++
      if (this.#text[this.#position] === '+' || this.#text[this.#position] === '-') this.#position++
      throw this.#unexpected('in exponent of numeric literal')
    }
    const value = Number(match[0])
    const exact = Number.isSafeInteger(value) ? undefined : exactInteger(match[0])
    if (exact !== undefined) return exact
    if (String(value) === match[0]) return value
    ;(this.literals ??= new Map()).set(this.#path(), match[0])
    return value
  }

  #string(): string {
    const start = ++this.#position
    for (;;) {
      const code = this.#text.charCodeAt(this.#position)
      if (code === 0x22) return this.#text.slice(start, this.#position++)
      if (code === 0x5c) return this.#escaped(start)
      if (Number.isNaN(code) || code < 0x20) throw this.#unexpected('in string literal')
      this.#position++
    }
  }

  /** A string with escapes: checked character by character, then read by JSON.parse. */
  #escaped(start: number): string {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position)
      if (code === 0x22) {
        this.#position++
        return JSON.parse(this.#text.slice(start - 1, this.#position)) as string
      }
      if (Number.isNaN(code) || code < 0x20) throw this.#unexpected('in string literal')
      this.#position++
      if (code !== 0x5c) continue
      const escape = this.#text[this.#position]
      if (escape === undefined || !'"\\/bfnrtu'.includes(escape)) throw this.#unexpected('in string escape code')
      this.#position++
      if (escape !== 'u') continue
      for (let digit = 0; digit < 4; digit++) {
        if (!/[0-9a-fA-F]/.test(this.#text.charAt(this.#position))) {
          throw this.#unexpected('in \\u hexadecimal character escape')
        }
        this.#position++
      }
    }
  }
}

const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)

/** A whole number beyond what doubles count exactly, as far as an int64 holds it. Every other number is a double, as it is a float64 to Go. */
export function exactInteger(text: string): bigint | undefined {
  if (!/^-?\d+$/.test(text)) return undefined
  const exact = BigInt(text)
  return exact >= MIN_INT64 && exact <= MAX_INT64 ? exact : undefined
}

/** Go decodes a second value into what the first left: maps and structs merge, all else is replaced. */
function merged(first: unknown, second: unknown): unknown {
  if (!isPlain(first) || !isPlain(second)) return second
  for (const key of Object.keys(second)) {
    setKey(first, key, Object.hasOwn(first, key) ? merged(first[key], second[key]) : second[key])
  }
  return first
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of the character in UTF-8, which is what Go's scanner stumbles over. */
function firstByte(code: number): number {
  if (code < 0x80) return code
  if (code < 0x800) return 0xc0 | (code >> 6)
  return code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18)
}

/** Go's quoteChar. */
function quoteByte(byte: number): string {
  if (byte === 0x27) return "'\\''"
  if (byte === 0x22) return `'"'`
  return `'${quote(String.fromCharCode(byte)).slice(1, -1)}'`
}
