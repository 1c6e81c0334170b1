// Parses JSON like JSON.parse, and says two things JSON.parse does not: which keys came twice, and what is wrong in the
// words of Go's encoding/json. `__proto__` is a key like any other.
// Departure: nesting deeper than 1,000 is refused (Go allows 10,000).

export interface ScannedJson {
  readonly value: unknown
  /** Paths of keys that came again, in order: `spec.ports[0].port`. */
  readonly duplicates: readonly string[]
}

/** What is wrong, in Go's words. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

const MAX_DEPTH = 1_000

/** @throws JsonSyntaxError */
export function scanJson(text: string): ScannedJson {
  const scanner = new Scanner(text)
  return { value: scanner.document(), duplicates: scanner.duplicates }
}

/** Sets a key whatever its name. */
export function setKey(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

class Scanner {
  readonly duplicates: string[] = []
  readonly #text: string
  #position = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): unknown {
    const value = this.#value('')
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
    const char = this.#text.codePointAt(this.#position)
    if (char === undefined) return new JsonSyntaxError('unexpected end of JSON input')
    return new JsonSyntaxError(`invalid character ${quoteChar(String.fromCodePoint(char))} ${where}`)
  }

  #value(path: string): unknown {
    this.#space()
    switch (this.#text[this.#position]) {
      case '{':
        return this.#nested(() => this.#object(path))
      case '[':
        return this.#nested(() => this.#array(path))
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

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new JsonSyntaxError('exceeded max depth')
    this.#position++
    const value = read()
    this.#depth--
    return value
  }

  #object(path: string): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    this.#space()
    if (this.#text[this.#position] === '}') {
      this.#position++
      return object
    }
    for (;;) {
      this.#space()
      if (this.#text[this.#position] !== '"') throw this.#unexpected('looking for beginning of object key string')
      const key = this.#string()
      const at = path === '' ? key : `${path}.${key}`
      const again = Object.hasOwn(object, key)
      if (again) this.duplicates.push(at)
      this.#space()
      if (this.#text[this.#position] !== ':') throw this.#unexpected('after object key')
      this.#position++
      const value = this.#value(at)
      setKey(object, key, again ? merged(object[key], value) : value)
      this.#space()
      const next = this.#text[this.#position]
      if (next !== ',' && next !== '}') throw this.#unexpected('after object key:value pair')
      this.#position++
      if (next === '}') return object
    }
  }

  #array(path: string): unknown[] {
    const items: unknown[] = []
    this.#space()
    if (this.#text[this.#position] === ']') {
      this.#position++
      return items
    }
    for (;;) {
      items.push(this.#value(`${path}[${items.length}]`))
      this.#space()
      const next = this.#text[this.#position]
      if (next !== ',' && next !== ']') throw this.#unexpected('after array element')
      this.#position++
      if (next === ']') return items
    }
  }

  #literal(word: string, value: unknown): unknown {
    const start = this.#position
    for (const [index, char] of [...word].entries()) {
      this.#position = start + index
      if (this.#text[this.#position] !== char)
        throw this.#unexpected(`in literal ${word} (expecting ${quoteChar(char)})`)
    }
    this.#position = start + word.length
    return value
  }

  #number(): number {
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
    return Number(match[0])
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

function quoteChar(char: string): string {
  if (char === "'") return "'\\''"
  if (char === '"') return `'"'`
  return `'${JSON.stringify(char).slice(1, -1)}'`
}
