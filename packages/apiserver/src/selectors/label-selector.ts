// Label selectors in kubectl's notation: `app=web,tier in (a,b),!legacy`. Source: apimachinery labels/selector.go.

import { compareText } from '@podwire/engine'
import { badRequest } from '../status/errors.ts'
import { labelValue, qualifiedName } from '../validation/names.ts'
import { quote } from '../validation/field-errors.ts'
import { LexerState } from './lexer.ts'

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<'

export interface Requirement {
  readonly key: string
  readonly operator: Operator
  /** Sorted. */
  readonly values: readonly string[]
}

export type Labels = Readonly<Record<string, string>>

/** What a selector asks of labels; all requirements must hold. */
export interface Selector {
  readonly requirements: readonly Requirement[]
  matches(labels: Labels | undefined): boolean
}

const NO_LABELS: Labels = {}

export const everything: Selector = { requirements: [], matches: () => true }
export const nothing: Selector = { requirements: [], matches: () => false }

export function selectorOf(requirements: readonly Requirement[]): Selector {
  if (requirements.length === 0) return everything
  return {
    requirements,
    matches: (labels = NO_LABELS) => requirements.every((requirement) => holds(requirement, labels)),
  }
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case '>':
    case '<':
      return compare(operator, value, values[0])
  }
}

function compare(operator: '>' | '<', value: string | undefined, limit = ''): boolean {
  if (value === undefined || !/^[+-]?\d+$/.test(value)) return false
  return operator === '>' ? Number(value) > Number(limit) : Number(value) < Number(limit)
}

/** Parses a selector; throws the server's 400 when it cannot. */
export function parseLabelSelector(text: string): Selector {
  const parsed = tryParseLabelSelector(text)
  if (typeof parsed === 'string') throw badRequest(parsed)
  return parsed
}

/** Parses a selector, or says why it cannot. */
function tryParseLabelSelector(text: string): Selector | string {
  const problem = new SelectorParser(text).run()
  if (typeof problem === 'string') return problem
  const sorted = [...problem].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return selectorOf(sorted)
}

/** Refuses by throwing this inside the parser: the only way out of a nested rule. */
class Refusal {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

class SelectorParser {
  readonly #lexer: LexerState

  constructor(text: string) {
    this.#lexer = new LexerState(text)
  }

  run(): readonly Requirement[] | string {
    try {
      return this.#list()
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.text
      throw refusal
    }
  }

  #list(): readonly Requirement[] {
    const requirements: Requirement[] = []
    for (;;) {
      const token = this.#lexer.peek('values')
      if (token.type === 'end') return requirements
      if (token.type !== 'identifier' && token.type !== '!') {
        throw new Refusal(`found '${token.text}', expected: !, identifier, or 'end of string'`)
      }
      requirements.push(this.#requirement())
      const next = this.#lexer.take('key')
      if (next.type === 'end') return requirements
      if (next.type !== ',') throw new Refusal(`found '${next.text}', expected: ',' or 'end of string'`)
      const after = this.#lexer.peek('values')
      if (after.type !== 'identifier' && after.type !== '!') {
        throw new Refusal(`found '${after.text}', expected: identifier after ','`)
      }
    }
  }

  #requirement(): Requirement {
    const { key, operator } = this.#keyAndOperator()
    if (operator !== undefined) return requirement(key, operator, [])
    const token = this.#lexer.take('key')
    switch (token.type) {
      case 'in':
      case 'notin':
        return requirement(key, token.type, this.#values())
      case '=':
      case '==':
      case '!=':
      case '>':
      case '<':
        return requirement(key, token.type, [this.#exactValue()])
      default:
        throw unparsable(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`)
    }
  }

  #keyAndOperator(): { readonly key: string; readonly operator: Operator | undefined } {
    let first = this.#lexer.take('values')
    const negated = first.type === '!'
    if (negated) first = this.#lexer.take('values')
    if (first.type !== 'identifier') throw unparsable(`found '${first.text}', expected: identifier`)
    const problems = qualifiedName(first.text)
    if (problems.length > 0) throw unparsable(keyProblem(first.text, problems))
    if (negated) return { key: first.text, operator: '!' }
    const next = this.#lexer.peek('key')
    return { key: first.text, operator: next.type === 'end' || next.type === ',' ? 'exists' : undefined }
  }

  #values(): readonly string[] {
    const open = this.#lexer.take('values')
    if (open.type !== '(') throw unparsable(`found '${open.text}' expected: '('`)
    const next = this.#lexer.peek('values')
    if (next.type === ')') {
      this.#lexer.take('values')
      return ['']
    }
    if (next.type !== 'identifier' && next.type !== ',') {
      throw unparsable(`found '${next.text}', expected: ',', ')' or identifier`)
    }
    const values = this.#identifiers()
    const close = this.#lexer.take('values')
    if (close.type !== ')') throw unparsable(`found '${close.text}', expected: ')'`)
    return values
  }

  #identifiers(): readonly string[] {
    const values = new Set<string>()
    for (;;) {
      const token = this.#lexer.take('values')
      if (token.type === 'identifier') {
        values.add(token.text)
        const next = this.#lexer.peek('values')
        if (next.type === ')') return [...values]
        if (next.type !== ',') throw unparsable(`found '${next.text}', expected: ',' or ')'`)
      } else if (token.type === ',') {
        if (values.size === 0) values.add('')
        const next = this.#lexer.peek('values')
        if (next.type === ')') return [...values.add('')]
        if (next.type === ',') {
          this.#lexer.take('values')
          values.add('')
        }
      } else throw unparsable(`found '${token.text}', expected: ',', or identifier`)
    }
  }

  #exactValue(): string {
    const next = this.#lexer.peek('values')
    if (next.type === 'end' || next.type === ',') return ''
    const token = this.#lexer.take('values')
    if (token.type !== 'identifier') throw unparsable(`found '${token.text}', expected: identifier`)
    return token.text
  }
}

function unparsable(why: string): Refusal {
  return new Refusal(`unable to parse requirement: ${why}`)
}

function keyProblem(key: string, problems: readonly string[]): string {
  return `<nil>: Invalid value: ${quote(key)}: ${problems.join('; ')}`
}

function requirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  if ((operator === '>' || operator === '<') && !/^[+-]?\d+$/.test(values[0] ?? '')) {
    const text = `for 'Gt', 'Lt' operators, the value must be an integer`
    throw unparsable(`values[0]: Invalid value: ${quote(values[0] ?? '')}: ${text}`)
  }
  for (const [index, value] of values.entries()) {
    const problems = labelValue(value)
    if (problems.length > 0) {
      throw unparsable(`values[${index}][${key}]: Invalid value: ${quote(value)}: ${problems.join('; ')}`)
    }
  }
  return { key, operator, values: [...values].sort(compareText) }
}

/** A selector as text again. */
export function formatSelector(selector: Selector): string {
  return selector.requirements.map(formatRequirement).join(',')
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`
    default:
      return `${key}${operator}${values[0] ?? ''}`
  }
}
