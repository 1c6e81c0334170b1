// test and `[`: by the number of arguments as POSIX says, with -a, -o, `!` and parentheses beyond that.

import type { Dialect } from '../dialect.ts'
import type { Shell } from '../evaluate/shell.ts'
import type { Process } from '../process/process.ts'
import { binaryTest, unaryTest } from './test-operators.ts'

type Result = { readonly holds: boolean } | { readonly error: string }

export async function test(shell: Shell, args: readonly string[], name: string): Promise<number> {
  let words = args
  if (name === '[') {
    if (args.at(-1) !== ']') {
      await shell.complain(shell.dialect === 'bash' ? "[: missing `]'" : '[: missing ]')
      return 2
    }
    words = args.slice(0, -1)
  }
  const result =
    shell.dialect === 'dash' && words.length === 3 && words[1] === '=='
      ? { error: `${words[0]}: unexpected operator` }
      : evaluateTest(shell.process, words)
  if ('holds' in result) return result.holds ? 0 : 1
  await shell.complain(`${name}: ${wording(shell.dialect, result.error)}`)
  return 2
}

function wording(dialect: Dialect, error: string): string {
  const number = /^(.*): bad number$/.exec(error)
  if (number === null || dialect === 'ash') return error
  return dialect === 'dash' ? `Illegal number: ${number[1]}` : `${number[1]}: integer expression expected`
}

function evaluateTest(process: Process, words: readonly string[]): Result {
  const [first = '', second = '', third = ''] = words
  if (words.length === 0) return { holds: false }
  if (words.length === 1) return { holds: first !== '' }
  if (words.length === 2 && first === '!') return { holds: second === '' }
  if (words.length === 3) {
    const result = binaryTest(process, second, first, third)
    if (typeof result === 'boolean') return { holds: result }
    if (result !== undefined) return { error: `${result.notNumber}: bad number` }
  }
  const parser = new TestParser(process, words)
  return parser.parse()
}

class TestParser {
  readonly #process: Process
  readonly #words: readonly string[]
  #at = 0
  #error: string | undefined

  constructor(process: Process, words: readonly string[]) {
    this.#process = process
    this.#words = words
  }

  parse(): Result {
    const holds = this.#either()
    const left = this.#words[this.#at]
    if (this.#error === undefined && left !== undefined) this.#error = `${left}: unknown operand`
    return this.#error === undefined ? { holds } : { error: this.#error }
  }

  #either(): boolean {
    let holds = this.#both()
    while (this.#words[this.#at] === '-o') {
      this.#at++
      const right = this.#both()
      holds = holds || right
    }
    return holds
  }

  #both(): boolean {
    let holds = this.#one()
    while (this.#words[this.#at] === '-a') {
      this.#at++
      const right = this.#one()
      holds = holds && right
    }
    return holds
  }

  #one(): boolean {
    const word = this.#words[this.#at]
    const next = this.#words[this.#at + 1]
    if (word === undefined) {
      this.#error ??= 'argument expected'
      return false
    }
    if (word === '!' && next !== undefined) {
      this.#at++
      return !this.#one()
    }
    if (word === '(' && next !== undefined) {
      this.#at++
      const holds = this.#either()
      if (this.#words[this.#at] === ')') this.#at++
      else this.#error ??= 'closing paren expected'
      return holds
    }
    return this.#primary(word, next)
  }

  #primary(word: string, next: string | undefined): boolean {
    const third = this.#words[this.#at + 2]
    if (next !== undefined && third !== undefined && next !== '-a' && next !== '-o') {
      const result = binaryTest(this.#process, next, word, third)
      if (result !== undefined) {
        this.#at += 3
        if (typeof result === 'boolean') return result
        this.#error ??= `${result.notNumber}: bad number`
        return false
      }
    }
    if (next !== undefined && /^-.$/.test(word)) {
      const result = unaryTest(this.#process, word, next)
      if (result !== undefined) {
        this.#at += 2
        return result
      }
      this.#error ??= `${next}: unknown operand`
      return false
    }
    this.#at++
    return word !== ''
  }
}
