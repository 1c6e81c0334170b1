// expr: whole-number arithmetic, comparisons, `:` matching, length, substr, index. Exit status 1 for 0 and the empty text.

import type { Command } from '../command.ts'
import { compileExpression } from './regular-expression.ts'
import { usageError } from './input.ts'

class ExprProblem extends Error {}

const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(['|']),
  new Set(['&']),
  new Set(['<', '<=', '=', '==', '!=', '>=', '>']),
  new Set(['+', '-']),
  new Set(['*', '/', '%']),
  new Set([':']),
]

export const expr: Command = async (context) => {
  if (context.args.length === 0) return usageError(context, 'missing operand', 2)
  try {
    const parser = new ExprParser(context.args)
    const value = parser.parse()
    await context.stdout.write(`${value}\n`)
    return value === '' || /^-?0+$/.test(value) ? 1 : 0
  } catch (error) {
    if (error instanceof ExprProblem) return usageError(context, error.message, 2)
    throw error
  }
}

class ExprParser {
  readonly #words: readonly string[]
  #at = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  parse(): string {
    const value = this.#level(0)
    const left = this.#words[this.#at]
    if (left !== undefined) throw new ExprProblem(`syntax error: unexpected argument '${left}'`)
    return value
  }

  #level(level: number): string {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#primary()
    let value = this.#level(level + 1)
    for (let word = this.#words[this.#at]; word !== undefined && operators.has(word); word = this.#words[this.#at]) {
      this.#at++
      value = compute(word, value, this.#level(level + 1))
    }
    return value
  }

  #next(): string {
    const word = this.#words[this.#at]
    this.#at++
    if (word === undefined) throw new ExprProblem('syntax error: missing argument')
    return word
  }

  #primary(): string {
    const word = this.#next()
    const more = this.#words[this.#at] !== undefined
    if (word === '(') {
      const value = this.#level(0)
      if (this.#next() !== ')') throw new ExprProblem("syntax error: expecting ')'")
      return value
    }
    if (word === 'length' && more) return String([...this.#primary()].length)
    if (word === 'substr' && more) {
      const text = [...this.#primary()]
      const from = Number(this.#primary())
      return text.slice(from - 1, from - 1 + Number(this.#primary())).join('')
    }
    if (word === 'index' && more) {
      const text = [...this.#primary()]
      const characters = this.#primary()
      return String(text.findIndex((char) => characters.includes(char)) + 1)
    }
    if (word === 'match' && more) return compute(':', this.#primary(), this.#primary())
    return word
  }
}

function compute(operator: string, left: string, right: string): string {
  if (operator === '|') return left !== '' && left !== '0' ? left : right !== '' ? right : '0'
  if (operator === '&') return left !== '' && left !== '0' && right !== '' && right !== '0' ? left : '0'
  if (operator === ':') return matchStart(left, right)
  const numeric = /^-?\d+$/.test(left) && /^-?\d+$/.test(right)
  if (['<', '<=', '=', '==', '!=', '>=', '>'].includes(operator)) {
    const order = numeric ? Number(BigInt(left) - BigInt(right)) : left < right ? -1 : left > right ? 1 : 0
    return compare(operator, order) ? '1' : '0'
  }
  if (!numeric) throw new ExprProblem('non-integer argument')
  const a = BigInt(left)
  const b = BigInt(right)
  if ((operator === '/' || operator === '%') && b === 0n) throw new ExprProblem('division by zero')
  if (operator === '+') return String(a + b)
  if (operator === '-') return String(a - b)
  if (operator === '*') return String(a * b)
  return String(operator === '/' ? a / b : a % b)
}

function compare(operator: string, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '!=':
      return order !== 0
    default:
      return order === 0
  }
}

function matchStart(text: string, pattern: string): string {
  const expression = compileExpression(pattern.startsWith('^') ? pattern : `^${pattern}`, false, '')
  if (expression === undefined) throw new ExprProblem('invalid regular expression')
  const match = expression.exec(text)
  const grouped = pattern.includes('\\(')
  if (match === null) return grouped ? '' : '0'
  return grouped ? (match[1] ?? '') : String([...match[0]].length)
}
