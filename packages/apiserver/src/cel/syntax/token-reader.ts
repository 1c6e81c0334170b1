// The tokens of an expression, read one after the other, and what is wrong with them. Source: the ANTLR runtime
// (DefaultErrorStrategy): a token too much is skipped, a missing one is told.

import type { Literal } from './expression.ts'
import { tokensOf, type Token } from './lexer.ts'
import type { Problem } from './problem.ts'

/** Nothing more can be read; the problem is noted. */
export class Unreadable extends Error {}

export class TokenReader {
  readonly text: string
  readonly problems: Problem[]
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string) {
    const { tokens, problems } = tokensOf(text)
    this.text = text
    this.problems = [...problems]
    this.#tokens = tokens
  }

  back(): void {
    this.#next--
  }

  peek(offset = 0): Token {
    const last = this.#tokens.length - 1
    return this.#tokens[Math.min(this.#next + offset, last)] ?? { type: 'end', text: '<EOF>', start: 0 }
  }

  take(): Token {
    const token = this.peek()
    this.#next++
    return token
  }

  isMark(text: string, offset = 0): boolean {
    const { type, text: found } = this.peek(offset)
    return type === 'mark' && found === text
  }

  takeMark(text: string): Token | undefined {
    return this.isMark(text) ? this.take() : undefined
  }

  fail(at: number, message: string): never {
    this.problems.push({ at, message })
    throw new Unreadable()
  }

  /** Something that means nothing, told where it stands; reading goes on. */
  note(at: number, message: string): Literal {
    this.problems.push({ at, message })
    return { kind: 'literal', at, value: null }
  }

  /** @param wanted a mark, or the end; @param shown how the message lists it; @param isMissed it alone could follow */
  expect(wanted: string, shown = `'${wanted}'`, isMissed = true): void {
    const token = this.peek()
    if (token.text === wanted && (token.type === 'mark' || token.type === 'end')) {
      this.#next++
      return
    }
    if (this.peek(1).text === wanted) {
      this.problems.push({
        at: token.start,
        message: `Syntax error: extraneous input '${token.text}' expecting ${shown}`,
      })
      this.#next += 2
      return
    }
    if (token.type === 'end' && isMissed) this.fail(token.start, `Syntax error: missing ${shown} at '<EOF>'`)
    this.fail(token.start, `Syntax error: mismatched input '${token.text}' expecting ${shown}`)
  }
}
