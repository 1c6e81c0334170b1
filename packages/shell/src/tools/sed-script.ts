// sed scripts as a list of commands with their addresses.

import { compileExpression } from './regular-expression.ts'

export type SedAddress = number | '$' | RegExp

export interface SedCommand {
  readonly name: 's' | 'p' | 'd' | 'q' | '=' | 'y' | 'a' | 'i' | 'c'
  readonly from: SedAddress | undefined
  readonly to: SedAddress | undefined
  readonly negated: boolean
  readonly text: string
  readonly expression: RegExp | undefined
  readonly replacement: ((group: (index: number) => string) => string) | undefined
  readonly everywhere: boolean
  readonly print: boolean
  readonly occurrence: number
  readonly table: ReadonlyMap<string, string> | undefined
}

export type ParsedSed = { readonly commands: readonly SedCommand[] } | { readonly problem: string }

class SedProblem extends Error {}

export function parseSed(script: string, extended: boolean): ParsedSed {
  try {
    return { commands: new SedParser(script, extended).parse() }
  } catch (error) {
    if (error instanceof SedProblem) return { problem: error.message }
    throw error
  }
}

class SedParser {
  readonly #script: string
  readonly #extended: boolean
  #at = 0

  constructor(script: string, extended: boolean) {
    this.#script = script
    this.#extended = extended
  }

  parse(): SedCommand[] {
    const commands: SedCommand[] = []
    for (;;) {
      this.#skip(/[\s;]/)
      if (this.#at >= this.#script.length) return commands
      if (this.#peek() === '#') this.#line()
      else commands.push(this.#command())
    }
  }

  #problem(text: string): never {
    throw new SedProblem(`char ${this.#at}: ${text}`)
  }

  #peek(): string {
    return this.#script.charAt(this.#at)
  }

  #skip(pattern: RegExp): void {
    while (this.#at < this.#script.length && pattern.test(this.#peek())) this.#at++
  }

  #line(): string {
    const end = this.#script.indexOf('\n', this.#at)
    const text = end < 0 ? this.#script.slice(this.#at) : this.#script.slice(this.#at, end)
    this.#at += text.length
    return text
  }

  #address(): SedAddress | undefined {
    const number = /^\d+/.exec(this.#script.slice(this.#at))
    if (number !== null) {
      this.#at += number[0].length
      return Number(number[0])
    }
    const char = this.#peek()
    if (char === '$') {
      this.#at++
      return '$'
    }
    if (char !== '/' && char !== '\\') return undefined
    if (char === '\\') this.#at++
    const delimiter = this.#peek()
    this.#at++
    const text = this.#until(delimiter)
    const ignoreCase = this.#peek() === 'I'
    if (ignoreCase) this.#at++
    return this.#expression(text, ignoreCase ? 'i' : '')
  }

  #expression(text: string, flags: string): RegExp {
    return compileExpression(text, this.#extended, flags) ?? this.#problem('invalid regular expression')
  }

  /** Text up to an unescaped delimiter; an escaped one stands for itself. */
  #until(delimiter: string): string {
    let text = ''
    for (; this.#at < this.#script.length; this.#at++) {
      const char = this.#peek()
      if (char === delimiter) {
        this.#at++
        return text
      }
      if (char === '\\') {
        const next = this.#script.charAt(++this.#at)
        text += next === delimiter ? delimiter : `\\${next}`
      } else text += char
    }
    return this.#problem("unterminated `s' command")
  }

  #command(): SedCommand {
    const from = this.#address()
    this.#skip(/ /)
    let to: SedAddress | undefined
    if (this.#peek() === ',') {
      this.#at++
      this.#skip(/ /)
      to = this.#address() ?? this.#problem("unexpected `,'")
    }
    this.#skip(/ /)
    const negated = this.#peek() === '!'
    if (negated) this.#at++
    this.#skip(/ /)
    const name = this.#peek()
    this.#at++
    const base = { from, to, negated, text: '', everywhere: false, print: false, occurrence: 1, ...NOTHING }
    switch (name) {
      case 'p':
      case 'd':
      case '=':
        return { ...base, name }
      case 'q': {
        this.#skip(/ /)
        const status = /^\d*/.exec(this.#script.slice(this.#at))?.[0] ?? ''
        this.#at += status.length
        return { ...base, name, text: status }
      }
      case 'a':
      case 'i':
      case 'c':
        return { ...base, name, text: this.#line().replace(/^\s*\\?\n?\s*/, '') }
      case 'y':
        return { ...base, name, table: this.#translation() }
      case 's':
        return { ...base, name, ...this.#substitution() }
      case '':
        return this.#problem('missing command')
      default:
        return this.#problem(
          /[{}:bthHgGxNnDPwrl]/.test(name) ? `\`${name}': not simulated` : `unknown command: \`${name}'`,
        )
    }
  }

  #translation(): ReadonlyMap<string, string> {
    const delimiter = this.#peek()
    this.#at++
    const from = [...this.#until(delimiter)]
    const to = [...this.#until(delimiter)]
    if (from.length !== to.length) this.#problem("strings for `y' command are different lengths")
    return new Map(from.map((char, index) => [char, to[index] ?? char]))
  }

  #substitution(): Pick<SedCommand, 'expression' | 'replacement' | 'everywhere' | 'print' | 'occurrence'> {
    const delimiter = this.#peek()
    this.#at++
    const pattern = this.#until(delimiter)
    const replacement = this.#until(delimiter)
    const flags = /^[gpiIe\d]*/.exec(this.#script.slice(this.#at))?.[0] ?? ''
    this.#at += flags.length
    if (!/^\s*([;}\n#]|$)/.test(this.#script.slice(this.#at))) this.#problem("unknown option to `s'")
    return {
      expression: this.#expression(pattern, /[iI]/.test(flags) ? 'gi' : 'g'),
      replacement: compileReplacement(replacement),
      everywhere: flags.includes('g'),
      print: flags.includes('p'),
      occurrence: Number(/\d+/.exec(flags)?.[0] ?? '1'),
    }
  }
}

const NOTHING = { expression: undefined, replacement: undefined, table: undefined }

function compileReplacement(text: string): (group: (index: number) => string) => string {
  const parts: (string | number)[] = []
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '&') parts.push(0)
    else if (char === '\\') {
      const next = text.charAt(++at)
      if (/\d/.test(next)) parts.push(Number(next))
      else parts.push(next === 'n' ? '\n' : next === 't' ? '\t' : next)
    } else parts.push(char)
  }
  return (group) => parts.map((part) => (typeof part === 'number' ? group(part) : part)).join('')
}
