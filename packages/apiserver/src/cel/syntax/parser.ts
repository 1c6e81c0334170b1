// Reads an expression. Source: cel-go parser/gen/CEL.g4, parser/parser.go. Departure: after the first syntax error nothing more
// is read, where ANTLR goes on and tells what it stumbles over next.

import { Uint } from '../run/values.ts'
import type { Expression, Literal, MapEntry, StructField } from './expression.ts'
import type { Token } from './lexer.ts'
import { bytesOf, textOf } from './literals.ts'
import { expandMacro, MacroError } from './macros.ts'
import type { Problem } from './problem.ts'
import { TokenReader, Unreadable } from './token-reader.ts'

const MAX_CODE_POINTS = 100_000
const MAX_DEPTH = 250
const RESERVED: ReadonlySet<string> = new Set([
  ...['as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop'],
  ...['package', 'namespace', 'null', 'return', 'true', 'var', 'void', 'while'],
])
const RELATIONS: ReadonlySet<string> = new Set(['<', '<=', '>=', '>', '==', '!=', 'in'])
const SUMS: ReadonlySet<string> = new Set(['+', '-'])
const PRODUCTS: ReadonlySet<string> = new Set(['*', '/', '%'])
const LITERALS = "'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
const EXPRESSION_STARTS = `{'[', '{', '(', '.', '-', '!', ${LITERALS}`
/** Where an element may be optional, and where arguments may already end. */
const ELEMENT_STARTS = `{'[', '{', '(', '.', '-', '!', '?', ${LITERALS}`
const ARGUMENT_STARTS = `{'[', '{', '(', ')', '.', '-', '!', ${LITERALS}`
const OPERATORS: ReadonlySet<string> = new Set([
  ...['<', '<=', '>=', '>', '==', '!=', 'in', '+', '-', '*', '/', '%', '&&', '||', '?'],
])
const INT64 = 2n ** 63n
const UINT64 = 2n ** 64n

export interface Parsed {
  /** undefined when it cannot be read. */
  readonly expression: Expression | undefined
  readonly problems: readonly Problem[]
}

export function parse(text: string): Parsed {
  const size = [...text].length
  if (size > MAX_CODE_POINTS) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${MAX_CODE_POINTS}`
    return { expression: undefined, problems: [{ at: undefined, message }] }
  }
  const reader = new TokenReader(text)
  const expression = new Parser(reader).whole()
  const { problems } = reader
  return { expression: problems.length > 0 ? undefined : expression, problems }
}

class Parser {
  readonly #in: TokenReader
  #depth = 0
  /** What may stand where an expression is read next, when that is more than its beginnings. */
  #starts = EXPRESSION_STARTS

  constructor(reader: TokenReader) {
    this.#in = reader
  }

  whole(): Expression | undefined {
    try {
      const expression = this.#expression()
      this.#in.expect('<EOF>', '<EOF>')
      return expression
    } catch (error) {
      if (error instanceof Unreadable) return undefined
      throw error
    }
  }

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH) {
      this.#in.problems.push({ at: undefined, message: `expression recursion limit exceeded: ${MAX_DEPTH}` })
      throw new Unreadable()
    }
    const condition = this.#logic('||')
    const operator = this.#in.takeMark('?')
    if (operator !== undefined) {
      const yes = this.#logic('||')
      this.#in.expect(':', "':'", false)
      const no = this.#expression()
      this.#depth--
      return call(operator.start, '_?_:_', [condition, yes, no])
    }
    this.#depth--
    return condition
  }

  /** Terms of one operator become a balanced tree. */
  #logic(operator: '&&' | '||'): Expression {
    const term = (): Expression => (operator === '||' ? this.#logic('&&') : this.#relation())
    const terms = [term()]
    const places: number[] = []
    for (let token = this.#in.takeMark(operator); token !== undefined; token = this.#in.takeMark(operator)) {
      places.push(token.start)
      terms.push(term())
    }
    return balanced(`_${operator}_`, terms, places, 0, places.length - 1)
  }

  #relation(): Expression {
    let left = this.#sum()
    while (this.#in.peek().type === 'mark' && RELATIONS.has(this.#in.peek().text)) {
      const { text, start } = this.#in.take()
      left = call(start, text === 'in' ? '@in' : `_${text}_`, [left, this.#sum()])
    }
    return left
  }

  #sum(): Expression {
    let left = this.#product()
    while (this.#in.peek().type === 'mark' && SUMS.has(this.#in.peek().text)) {
      const { text, start } = this.#in.take()
      left = call(start, `_${text}_`, [left, this.#product()])
    }
    return left
  }

  #product(): Expression {
    let left = this.#unary()
    while (this.#in.peek().type === 'mark' && PRODUCTS.has(this.#in.peek().text)) {
      const { text, start } = this.#in.take()
      left = call(start, `_${text}_`, [left, this.#unary()])
    }
    return left
  }

  #unary(): Expression {
    const { text, start, type } = this.#in.peek()
    if (type !== 'mark' || (text !== '!' && text !== '-')) return this.#member()
    if (text === '-' && isNumber(this.#in.peek(1))) return this.#member()
    let times = 0
    while (this.#in.takeMark(text) !== undefined) times++
    if (this.#in.peek().type === 'end') this.#endAfter(text)
    const operand = this.#member()
    return times % 2 === 0 ? operand : call(start, text === '!' ? '!_' : '-_', [operand])
  }

  /** An operator that nothing comes after. */
  #endAfter(operator: string): never {
    const { start } = this.#in.peek()
    if (operator === '!') this.#in.fail(start, `Syntax error: extraneous input '<EOF>' expecting ${EXPRESSION_STARTS}`)
    this.#in.problems.push({ at: start, message: "Syntax error: no viable alternative at input '-'" })
    this.#in.fail(start, `Syntax error: mismatched input '<EOF>' expecting ${EXPRESSION_STARTS}`)
  }

  #member(): Expression {
    let operand = this.#primary()
    for (;;) {
      const dot = this.#in.takeMark('.')
      if (dot !== undefined) operand = this.#selected(operand, dot)
      else if (this.#in.isMark('[')) operand = this.#indexed(operand, this.#in.take())
      else return operand
    }
  }

  #selected(operand: Expression, dot: Token): Expression {
    const optional = this.#in.takeMark('?') !== undefined
    const name = this.#in.take()
    if (name.type === 'escaped') return this.#in.note(name.start, "unsupported syntax: '`'")
    if (name.type !== 'identifier') return this.#noViable(name, dot)
    if (optional) {
      const field: Literal = { kind: 'literal', at: name.start, value: name.text }
      return call(dot.start, '_?._', [operand, field])
    }
    const open = this.#in.takeMark('(')
    if (open === undefined) return { kind: 'select', at: dot.start, operand, field: name.text, test: false }
    return this.#called(name.text, operand, open)
  }

  /** Something else where a name should stand. */
  #noViable(token: Token, dot: Token): Expression {
    const end = token.type === 'end' ? dot.start + dot.text.length : token.start + token.text.length
    const message = `Syntax error: no viable alternative at input '${this.#in.text.slice(dot.start, end)}'`
    if (token.text !== 'in') this.#in.fail(token.start, message)
    // What looks like an operator is taken for one.
    this.#in.back()
    return this.#in.note(token.start, message)
  }

  #indexed(operand: Expression, open: Token): Expression {
    const optional = this.#in.takeMark('?') !== undefined
    const index = this.#expressionFrom(optional ? EXPRESSION_STARTS : ELEMENT_STARTS)
    this.#in.expect(']')
    return call(open.start, optional ? '_[?_]' : '_[_]', [operand, index])
  }

  #called(name: string, target: Expression | undefined, open: Token): Expression {
    const args: Expression[] = []
    if (!this.#in.isMark(')')) {
      do args.push(this.#expressionFrom(args.length === 0 ? ARGUMENT_STARTS : EXPRESSION_STARTS))
      while (this.#in.takeMark(',') !== undefined)
    }
    this.#in.expect(')')
    try {
      return expandMacro(open.start, name, target, args) ?? { kind: 'call', at: open.start, name, target, args }
    } catch (error) {
      if (!(error instanceof MacroError)) throw error
      return this.#in.note(error.at, error.message)
    }
  }

  #primary(): Expression {
    const starts = this.#starts
    this.#starts = EXPRESSION_STARTS
    const token = this.#in.take()
    if (token.type === 'mark') return this.#marked(token, starts)
    if (token.type === 'identifier') return this.#named(token, '')
    const literal = this.#literal(token, '')
    return literal ?? this.#unexpected(token, starts)
  }

  #expressionFrom(starts: string): Expression {
    this.#starts = starts
    return this.#expression()
  }

  /** Reading goes on behind what is too much, and before an operator that lacks its left side. */
  #unexpected(token: Token, starts: string): Expression {
    const follows = this.#in.peek()
    const mayEnd = starts === ARGUMENT_STARTS && follows.text === ')'
    const isExtra = token.type !== 'end' && (canStart(follows) || mayEnd)
    const what = isExtra ? 'extraneous' : 'mismatched'
    const message = `Syntax error: ${what} input '${token.text}' expecting ${starts}`
    if (isExtra && !mayEnd) {
      this.#in.note(token.start, message)
      return this.#primary()
    }
    if (token.type !== 'mark' || !OPERATORS.has(token.text)) this.#in.fail(token.start, message)
    this.#in.back()
    return this.#in.note(token.start, message)
  }

  #marked(token: Token, starts: string): Expression {
    switch (token.text) {
      case 'true':
      case 'false':
        return { kind: 'literal', at: token.start, value: token.text === 'true' }
      case 'null':
        return { kind: 'literal', at: token.start, value: null }
      case '(': {
        const inside = this.#expression()
        this.#in.expect(')')
        return inside
      }
      case '[':
        return this.#list(token)
      case '{':
        return this.#map(token)
      case '.':
        if (this.#in.peek().type === 'identifier') return this.#named(this.#in.take(), '.')
        return this.#unexpected(token, starts)
      case '-': {
        const literal = this.#literal(this.#in.take(), '-', token.start)
        return literal ?? this.#unexpected(token, starts)
      }
      default:
        return this.#unexpected(token, starts)
    }
  }

  #named(token: Token, dot: string): Expression {
    if (this.#startsStruct()) return this.#struct(`${dot}${token.text}`)
    const open = this.#in.takeMark('(')
    if (RESERVED.has(token.text)) {
      if (open !== undefined) this.#called(token.text, undefined, open)
      return this.#in.note(token.start, `reserved identifier: ${token.text}`)
    }
    const name = `${dot}${token.text}`
    if (open !== undefined) return this.#called(name, undefined, open)
    return { kind: 'identifier', at: token.start, name }
  }

  /** `a.b.C{` */
  #startsStruct(): boolean {
    let offset = 0
    while (this.#in.isMark('.', offset) && this.#in.peek(offset + 1).type === 'identifier') offset += 2
    return this.#in.isMark('{', offset)
  }

  #struct(first: string): Expression {
    let typeName = first
    while (this.#in.takeMark('.') !== undefined) typeName += `.${this.#in.take().text}`
    const at = this.#in.take().start
    const fields: StructField[] = []
    while (!this.#in.isMark('}')) {
      this.#in.takeMark('?')
      const name = this.#in.take()
      if (name.type !== 'identifier') this.#unexpected(name, EXPRESSION_STARTS)
      const colon = this.#in.peek().start
      this.#in.expect(':')
      fields.push({ at: colon, value: this.#expression() })
      if (this.#in.takeMark(',') === undefined) break
    }
    this.#in.expect('}')
    return { kind: 'struct', at, typeName, fields }
  }

  #list({ start: at }: Token): Expression {
    const elements: Expression[] = []
    const optionals = new Set<number>()
    // A comma may stand before the end, even alone.
    while (!this.#in.isMark(']') && !(elements.length === 0 && this.#in.takeMark(',') !== undefined)) {
      const optional = this.#in.takeMark('?') !== undefined
      if (optional) optionals.add(elements.length)
      elements.push(this.#expressionFrom(optional ? EXPRESSION_STARTS : ELEMENT_STARTS))
      if (this.#in.takeMark(',') === undefined) break
    }
    this.#in.expect(']', "{']', ','}", false)
    return { kind: 'list', at, elements, optionals }
  }

  #map({ start: at }: Token): Expression {
    const entries: MapEntry[] = []
    while (!this.#in.isMark('}') && !(entries.length === 0 && this.#in.takeMark(',') !== undefined)) {
      const optional = this.#in.takeMark('?') !== undefined
      const key = this.#expressionFrom(optional ? EXPRESSION_STARTS : ELEMENT_STARTS)
      const colon = this.#in.peek().start
      this.#in.expect(':', "':'", false)
      entries.push({ at: colon, key, value: this.#expression(), optional })
      if (this.#in.takeMark(',') === undefined) break
    }
    this.#in.expect('}', "{'}', ','}", false)
    return { kind: 'map', at, entries }
  }

  /** undefined when the token is no literal. */
  #literal({ type, text, start }: Token, sign: '' | '-', at = start): Literal | undefined {
    switch (type) {
      case 'int': {
        const value = sign === '' ? BigInt(text) : -BigInt(text)
        const fits = value < INT64 && value >= -INT64
        return fits ? { kind: 'literal', at, value } : this.#in.note(at, 'invalid int literal')
      }
      case 'uint': {
        const value = BigInt(text.slice(0, -1))
        if (sign === '-') return undefined
        return value < UINT64
          ? { kind: 'literal', at, value: new Uint(value) }
          : this.#in.note(at, 'invalid uint literal')
      }
      case 'float': {
        const value = Number(`${sign}${text}`)
        return Number.isFinite(value) ? { kind: 'literal', at, value } : this.#in.note(at, 'invalid double literal')
      }
      case 'string':
        return { kind: 'literal', at, value: textOf(text) ?? this.#badEscape(at) }
      case 'bytes':
        return { kind: 'literal', at, value: bytesOf(text) ?? this.#badEscape(at) }
      case 'end':
      case 'escaped':
      case 'identifier':
      case 'mark':
        return undefined
    }
  }

  #badEscape(at: number): string {
    this.#in.note(at, 'unable to unescape string')
    return ''
  }
}

function call(at: number, name: string, args: readonly Expression[]): Expression {
  return { kind: 'call', at, name, target: undefined, args }
}

function isNumber({ type }: Token): boolean {
  return type === 'int' || type === 'float'
}

function canStart({ type, text }: Token): boolean {
  return type === 'mark' ? ['[', '{', '(', '.', '-', '!', 'true', 'false', 'null'].includes(text) : type !== 'end'
}

function balanced(
  name: string,
  terms: readonly Expression[],
  places: readonly number[],
  from: number,
  to: number,
): Expression {
  const term = (index: number): Expression => terms[index] ?? { kind: 'literal', at: 0, value: null }
  if (from > to) return term(from)
  const middle = Math.floor((from + to + 1) / 2)
  const left = middle === from ? term(middle) : balanced(name, terms, places, from, middle - 1)
  const right = middle === to ? term(middle + 1) : balanced(name, terms, places, middle + 1, to)
  return call(places[middle] ?? 0, name, [left, right])
}
