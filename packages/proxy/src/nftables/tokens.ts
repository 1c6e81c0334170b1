// The words of an nftables text, each with its place. Line ends count: they separate statements outside of braces.

import { PodwireError } from '@podwire/engine'

export interface Token {
  readonly text: string
  readonly quoted: boolean
  /** 1-based. */
  readonly line: number
  readonly column: number
}

const END_OF_LINE = '\n'
const SINGLE = new Set(['{', '}', ',', ';'])

export function parseError(token: Pick<Token, 'line' | 'column'>, reason: string): PodwireError {
  return new PodwireError('read nftables rules', `line ${token.line}, column ${token.column}: ${reason}`)
}

function tokenizeLine(text: string, line: number): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const character = text[at] ?? ''
    const column = at + 1
    if (character === ' ' || character === '\t') at++
    else if (character === '#') break
    else if (character === '"') {
      const end = text.indexOf('"', at + 1)
      if (end < 0) throw parseError({ line, column }, 'a quote is not closed')
      tokens.push({ text: text.slice(at + 1, end), quoted: true, line, column })
      at = end + 1
    } else if (SINGLE.has(character)) {
      tokens.push({ text: character, quoted: false, line, column })
      at++
    } else {
      const end = text.slice(at).search(/[\s{},;"]/)
      const word = end < 0 ? text.slice(at) : text.slice(at, at + end)
      tokens.push({ text: word, quoted: false, line, column })
      at += word.length
    }
  }
  return tokens
}

export class Tokens {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    const lines = text.split('\n')
    this.#tokens = lines.flatMap((line, i) => [
      ...tokenizeLine(line, i + 1),
      { text: END_OF_LINE, quoted: false, line: i + 1, column: line.length + 1 },
    ])
  }

  get peek(): Token {
    return this.#tokens[this.#at] ?? { text: '', quoted: false, line: this.#tokens.at(-1)?.line ?? 1, column: 1 }
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  get atLineEnd(): boolean {
    return this.atEnd || this.#is(END_OF_LINE)
  }

  next(): Token {
    const token = this.peek
    this.#at++
    return token
  }

  skipLineEnds(): void {
    while (!this.atEnd && this.#is(END_OF_LINE)) this.#at++
  }

  /** Takes the word if it is the next one. */
  take(text: string): boolean {
    if (!this.#is(text)) return false
    this.#at++
    return true
  }

  expect(text: string): void {
    if (!this.take(text)) throw parseError(this.peek, `expected ${text}, found ${this.#found()}`)
  }

  /** A word that is none of the separators. */
  word(what: string): Token {
    if (this.atLineEnd || (!this.peek.quoted && SINGLE.has(this.peek.text))) {
      throw parseError(this.peek, `expected ${what}, found ${this.#found()}`)
    }
    return this.next()
  }

  quoted(what: string): string {
    if (this.peek.quoted) return this.next().text
    throw parseError(this.peek, `expected ${what} in quotes, found ${this.#found()}`)
  }

  #is(text: string): boolean {
    const token = this.#tokens[this.#at]
    return token !== undefined && !token.quoted && token.text === text
  }

  #found(): string {
    if (this.atEnd) return 'the end of the text'
    return this.#is(END_OF_LINE) ? 'the end of the line' : this.peek.text
  }
}
