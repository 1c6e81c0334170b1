// The words of a Go template as a tree. `define`, `template` and `block` are refused by name: an answer is one template.
// Source: Go text/template/parse/parse.go.

import { notSimulated } from '../../corefile/index.ts'
import { isFunction } from './go-template-functions.ts'
import { splitTemplate, TemplateSyntaxError, type TemplatePart, type Word } from './go-template-tokens.ts'

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: Pipeline }
  | {
      readonly kind: 'if' | 'with'
      readonly pipe: Pipeline
      readonly then: readonly Node[]
      readonly else: readonly Node[]
    }
  | { readonly kind: 'range'; readonly pipe: Pipeline; readonly then: readonly Node[]; readonly else: readonly Node[] }
  | { readonly kind: 'break' | 'continue' }

export interface Pipeline {
  /** `$x :=` or, in a range, `$i, $x :=`. */
  readonly variables: readonly string[]
  readonly assigns: boolean
  readonly commands: readonly (readonly Operand[])[]
}

export type Operand = { readonly fields: readonly string[] } & (
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipeline }
)

/** @returns the tree, or what is wrong */
export function parseTemplate(text: string): readonly Node[] | TemplateSyntaxError {
  const parts = splitTemplate(text)
  if (parts instanceof TemplateSyntaxError) return parts
  try {
    return new Parser(parts).whole()
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return error
    throw error
  }
}

const DEFINITIONS: ReadonlySet<string> = new Set(['define', 'template', 'block'])

class Parser {
  readonly #parts: readonly TemplatePart[]
  readonly #variables: string[] = ['']
  #next = 0
  #loops = 0
  #line = 1

  constructor(parts: readonly TemplatePart[]) {
    this.#parts = parts
  }

  whole(): readonly Node[] {
    const { nodes, end } = this.#list()
    if (end !== undefined) throw this.#error(`unexpected {{${end[0]?.text ?? ''}}}`)
    return nodes
  }

  /** Nodes up to `{{end}}` or `{{else …}}`, whose words are `end`; undefined at the end of the text. */
  #list(): { readonly nodes: readonly Node[]; readonly end: readonly Word[] | undefined } {
    const nodes: Node[] = []
    for (;;) {
      const part = this.#parts[this.#next++]
      if (part === undefined) return { nodes, end: undefined }
      if ('text' in part) {
        nodes.push({ kind: 'text', text: part.text })
        continue
      }
      this.#line = part.line
      const [first] = part.action
      if (first?.kind === 'name' && (first.text === 'end' || first.text === 'else')) return { nodes, end: part.action }
      nodes.push(this.#action(part.action))
    }
  }

  #action(words: readonly Word[]): Node {
    const [first, second] = words
    if (first === undefined) throw this.#error('missing value for command')
    if (first.kind !== 'name') return { kind: 'print', pipe: this.#pipeline(words, 'command') }
    if (DEFINITIONS.has(first.text)) throw notSimulated(`{{${first.text}}} in a template`)
    switch (first.text) {
      case 'if':
      case 'with':
      case 'range':
        return this.#control(first.text, words.slice(1))
      case 'break':
      case 'continue':
        if (second !== undefined) throw this.#error(`unexpected "${second.text}" in {{${first.text}}}`)
        if (this.#loops === 0) throw this.#error(`{{${first.text}}} outside {{range}}`)
        return { kind: first.text }
      default:
        return { kind: 'print', pipe: this.#pipeline(words, 'command') }
    }
  }

  #control(kind: 'if' | 'with' | 'range', words: readonly Word[]): Node {
    const known = this.#variables.length
    const pipe = this.#pipeline(words, kind)
    if (kind === 'range') this.#loops++
    const body = this.#list()
    if (kind === 'range') this.#loops--
    let other: readonly Node[] = []
    let { end } = body
    if (end !== undefined && end[0]?.text === 'else') {
      const rest = end.slice(1)
      const chained = rest[0]?.text
      if (rest.length > 0) {
        if ((chained !== 'if' && chained !== 'with') || chained !== kind)
          throw this.#error(`unexpected "${chained ?? ''}" in else`)
        // `else if` shares its end with the `if`.
        other = [this.#control(chained, rest.slice(1))]
        this.#variables.length = known
        return { kind, pipe, then: body.nodes, else: other }
      }
      const list = this.#list()
      other = list.nodes
      ;({ end } = list)
      if (end?.[0]?.text === 'else') throw this.#error('expected end; found {{else}}')
    }
    if (end === undefined) throw this.#error('unexpected EOF')
    this.#variables.length = known
    return { kind, pipe, then: body.nodes, else: other }
  }

  #pipeline(words: readonly Word[], context: string): Pipeline {
    const { variables, assigns, rest } = declared(words, context === 'range')
    const commands: Operand[][] = []
    const reader = new Operands(rest, this.#variables, (reason) => this.#error(reason))
    commands.push(...reader.commands())
    if (commands.length === 0) throw this.#error(`missing value for ${context}`)
    for (const name of variables) {
      if (!assigns) this.#variables.push(name)
      else if (!this.#variables.includes(name)) throw this.#error(`undefined variable "$${name}"`)
    }
    return { variables, assigns, commands }
  }

  #error(reason: string): TemplateSyntaxError {
    return new TemplateSyntaxError(reason, this.#line)
  }
}

function declared(
  words: readonly Word[],
  isRange: boolean,
): { readonly variables: readonly string[]; readonly assigns: boolean; readonly rest: readonly Word[] } {
  const mark = words.findIndex(({ kind, text }) => kind === 'mark' && (text === ':=' || text === '='))
  const names = words.slice(0, Math.max(mark, 0)).filter(({ text }) => text !== ',')
  const fits = names.length === 1 || (isRange && names.length === 2)
  if (mark < 0 || !fits || names.some(({ kind }) => kind !== 'variable'))
    return { variables: [], assigns: false, rest: words }
  return { variables: names.map(({ text }) => text), assigns: words[mark]?.text === '=', rest: words.slice(mark + 1) }
}

class Operands {
  readonly #words: readonly Word[]
  readonly #variables: readonly string[]
  readonly #error: (reason: string) => TemplateSyntaxError
  #next = 0

  constructor(words: readonly Word[], variables: readonly string[], error: (reason: string) => TemplateSyntaxError) {
    this.#words = words
    this.#variables = variables
    this.#error = error
  }

  /** All words, or, inside parentheses, those up to the closing one. */
  commands(inside = false): Operand[][] {
    const commands: Operand[][] = []
    let command: Operand[] = []
    for (;;) {
      const word = this.#words[this.#next++]
      const closes = word?.kind === 'mark' && word.text === ')'
      if (word === undefined || closes) {
        if (closes && !inside) throw this.#error('unexpected right paren')
        if (word === undefined && inside) throw this.#error('unclosed left paren')
        if (command.length > 0) commands.push(command)
        else if (commands.length > 0) throw this.#error('missing value for command')
        return commands
      }
      if (word.kind === 'mark' && word.text === '|') {
        if (command.length === 0) throw this.#error('missing value for command')
        commands.push(command)
        command = []
      } else command.push(this.#operand(word))
    }
  }

  #operand(word: Word): Operand {
    const { kind, text } = word
    switch (kind) {
      case 'field':
        return { kind: 'dot', fields: [text, ...this.#fields()] }
      case 'variable':
        if (!this.#variables.includes(text)) throw this.#error(`undefined variable "$${text}"`)
        return { kind: 'variable', name: text, fields: this.#fields() }
      case 'string':
        return { kind: 'literal', value: text, fields: [] }
      case 'char':
        return { kind: 'literal', value: BigInt(text.codePointAt(0) ?? 0), fields: [] }
      case 'number':
        return { kind: 'literal', value: numberOf(text), fields: [] }
      case 'name':
        return this.#named(text)
      case 'mark':
        if (text === '.') return { kind: 'dot', fields: [] }
        if (text !== '(') throw this.#error(`unexpected "${text}" in operand`)
        return this.#parenthesized()
    }
  }

  #parenthesized(): Operand {
    const commands = this.commands(true)
    if (commands.length === 0) throw this.#error('missing value for parenthesized pipeline')
    return { kind: 'pipe', pipe: { variables: [], assigns: false, commands }, fields: this.#fields() }
  }

  #named(text: string): Operand {
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', fields: [] }
    if (text === 'nil') return { kind: 'literal', value: undefined, fields: [] }
    if (!isFunction(text)) throw this.#error(`function "${text}" not defined`)
    return { kind: 'function', name: text, fields: [] }
  }

  /** `.a.b` right behind what was read. */
  #fields(): string[] {
    const fields: string[] = []
    for (;;) {
      const word = this.#words[this.#next]
      if (word?.kind !== 'field' || word.spaced) return fields
      fields.push(word.text)
      this.#next++
    }
  }
}

/** Whole numbers are bigints, as Go's keep all their digits. */
function numberOf(text: string): unknown {
  const plain = text.replaceAll('_', '')
  if (/[.e]/i.test(plain) && !/^[+-]?0x/.test(plain)) return Number(plain)
  const sign = plain.startsWith('-') ? -1n : 1n
  const digits = plain.replace(/^[+-]/, '')
  return sign * BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits)
}
