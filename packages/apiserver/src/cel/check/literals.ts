// Literals that could never be right: durations, times and patterns that cannot be read, lists of different things, texts that
// are formatted with what they have no verb for. Source: cel-go cel/validator.go, ext/formatting.go (stringFormatValidator).

import { compileGoRegexp } from '../../validation/go-regexp.ts'
import { FormatError, fillClauses, misfit, type Clause } from '../functions/format-text.ts'
import { parseDuration, parseTimestamp } from '../functions/times.ts'
import { CelError } from '../run/values.ts'
import { partsOf, type Expression, type ListLiteral, type MapLiteral } from '../syntax/expression.ts'
import type { Problem } from '../syntax/problem.ts'
import { paramAt, printType, sameType, type Type, type TypeKind } from '../types/type.ts'
import { callOf, typeOfPart, type Checked } from './checked.ts'

type Say = (problem: Problem) => void

export function checkLiterals(checked: Checked): readonly Problem[] {
  const problems: Problem[] = []
  visit(checked, checked.expression, false, (problem) => problems.push(problem))
  return problems
}

/** @param formatted inside the arguments of format(), where lists are mixed by their nature */
function visit(checked: Checked, expression: Expression, formatted: boolean, say: Say): void {
  let inside = formatted
  if (expression.kind === 'call') {
    const { name, target, args } = callOf(checked, expression)
    const [first] = args
    if (first?.kind === 'literal' && isUnreadable(name, first.value))
      say({ at: first.at, message: `invalid ${name} argument` })
    if (name === 'format' && target !== undefined) {
      checkFormat(checked, target, first, say, expression.at)
      inside = true
    }
  } else if (!formatted && expression.kind === 'list') checkList(checked, expression, say)
  else if (!formatted && expression.kind === 'map') checkMap(checked, expression, say)
  for (const part of partsOf(expression)) visit(checked, part, inside, say)
}

function isUnreadable(name: string, value: unknown): boolean {
  if (typeof value !== 'string') return false
  if (name === 'matches') return 'error' in compileGoRegexp(value)
  if (name !== 'duration' && name !== 'timestamp') return false
  const parsed = name === 'duration' ? parseDuration(value) : parseTimestamp(value)
  return parsed === undefined || parsed instanceof CelError
}

function mismatch(at: Expression, expected: Type, actual: Type): Problem {
  return { at: at.at, message: `expected type '${printType(expected)}' but found '${printType(actual)}'` }
}

function checkList(checked: Checked, { elements, optionals }: ListLiteral, say: Say): void {
  let expected: Type | undefined
  for (const [index, element] of elements.entries()) {
    const whole = typeOfPart(checked, element)
    const type = optionals.has(index) ? paramAt(whole, 0) : whole
    if (expected === undefined) expected = type
    else if (!sameType(expected, type)) {
      say(mismatch(element, expected, type))
      return
    }
  }
}

function checkMap(checked: Checked, { entries }: MapLiteral, say: Say): void {
  let keys: Type | undefined
  let values: Type | undefined
  for (const { key, value, optional } of entries) {
    const keyType = typeOfPart(checked, key)
    const whole = typeOfPart(checked, value)
    const valueType = optional ? paramAt(whole, 0) : whole
    if (keys === undefined || values === undefined) {
      keys = keyType
      values = valueType
      continue
    }
    if (!sameType(keys, keyType)) say(mismatch(key, keys, keyType))
    if (!sameType(values, valueType)) say(mismatch(value, values, valueType))
  }
}

const PRINTABLE: Readonly<Record<string, readonly TypeKind[]>> = {
  b: ['int', 'uint', 'bool'],
  d: ['int', 'uint'],
  e: ['double', 'string'],
  f: ['double', 'string'],
  o: ['int', 'uint'],
  s: ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'],
  x: ['int', 'uint', 'string', 'bytes'],
  X: ['int', 'uint', 'string', 'bytes'],
}

function checkFormat(
  checked: Checked,
  template: Expression,
  values: Expression | undefined,
  say: Say,
  at: number,
): void {
  if (template.kind !== 'literal' || typeof template.value !== 'string' || values?.kind !== 'list') return
  const { elements } = values
  let used = 0
  let place = at
  const print = ({ verb }: Clause, index: number): string => {
    used++
    const element = elements[index]
    if (element === undefined) throw new FormatError(`index ${index} out of range`)
    const wrong = verb === 's' ? unprintable(checked, element) : fits(checked, element, verb) ? undefined : element
    if (wrong === undefined) return ''
    place = wrong.at
    throw misfit(verb, runtimeName(typeOfPart(checked, wrong)))
  }
  try {
    fillClauses(template.value, print)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    say({ at: place, message: error.message })
    return
  }
  if (elements.length > used) {
    const message = `too many arguments supplied to string.format (expected ${used}, got ${elements.length})`
    say({ at, message })
  }
}

function fits(checked: Checked, element: Expression, verb: string): boolean {
  const { kind } = typeOfPart(checked, element)
  return kind === 'dyn' || (PRINTABLE[verb] ?? []).includes(kind)
}

/** The first part of a value that has no text. */
function unprintable(checked: Checked, element: Expression): Expression | undefined {
  if (!fits(checked, element, 's')) return element
  if (element.kind !== 'list' && element.kind !== 'map') return undefined
  for (const part of partsOf(element)) {
    const found = unprintable(checked, part)
    if (found !== undefined) return found
  }
  return undefined
}

function runtimeName({ kind, name }: Type): string {
  if (kind === 'timestamp') return 'google.protobuf.Timestamp'
  if (kind === 'duration') return 'google.protobuf.Duration'
  return kind === 'null' ? 'null_type' : name
}
