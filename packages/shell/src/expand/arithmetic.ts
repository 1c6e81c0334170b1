// Shell arithmetic on 64-bit whole numbers. Substitutions inside are expanded first, as text; then a pure evaluator walks
// the expression, reading and setting variables.

import type { ArithmeticExpression } from 'unbash'
import { parseScript } from '../parse/parse.ts'

export class ArithmeticError extends Error {
  override readonly name = 'ArithmeticError'
}

export interface ArithmeticVariables {
  get(name: string, index: bigint | string | undefined): string | undefined
  set(name: string, index: bigint | string | undefined, value: string): void
  /** Its keys are texts, which are not worked out. */
  isAssociative(name: string): boolean
}

/** Text of each leaf that needed expanding. */
export type ExpandedLeaves = ReadonlyMap<ArithmeticExpression, string>

const DEPTH_MAX = 64

export function evaluateArithmetic(
  node: ArithmeticExpression,
  variables: ArithmeticVariables,
  leaves: ExpandedLeaves,
  depth = 0,
): bigint {
  if (depth > DEPTH_MAX) throw new ArithmeticError('expression recursion level exceeded')
  const value = (one: ArithmeticExpression): bigint => evaluateArithmetic(one, variables, leaves, depth + 1)
  switch (node.type) {
    case 'ArithmeticGroup':
      return value(node.expression)
    case 'ArithmeticTernary':
      return value(node.test) === 0n ? value(node.alternate) : value(node.consequent)
    case 'ArithmeticUnary':
      return unary(node.operator, node.prefix, node.operand, variables, value)
    case 'ArithmeticBinary':
      return binary(node.operator, node.left, node.right, variables, value)
    default: {
      const text = leaves.get(node) ?? (node.type === 'ArithmeticWord' ? node.value : '')
      return textValue(text.trim(), variables, depth)
    }
  }
}

/** A number, a variable (whose text is an expression again), or an expression that a substitution brought in. */
function textValue(text: string, variables: ArithmeticVariables, depth: number): bigint {
  if (text === '') return 0n
  const number = parseNumber(text)
  if (number !== undefined) return number
  const place = reference(text, variables, depth)
  if (place !== undefined) return textValue((variables.get(place.name, place.index) ?? '').trim(), variables, depth + 1)
  if (depth > DEPTH_MAX) throw new ArithmeticError('expression recursion level exceeded')
  return evaluateText(text, variables, depth + 1)
}

export function evaluateText(text: string, variables: ArithmeticVariables, depth = 0): bigint {
  if (text.trim() === '') return 0n
  const command = parseScript(`((${text}))`).commands[0]?.command
  const expression = command?.type === 'ArithmeticCommand' ? command.expression : undefined
  if (expression === undefined || (expression.type === 'ArithmeticWord' && expression.value === text)) {
    throw new ArithmeticError(`arithmetic syntax error`)
  }
  return evaluateArithmetic(expression, variables, new Map(), depth)
}

function parseNumber(text: string): bigint | undefined {
  if (/^\d+$/.test(text)) {
    if (!text.startsWith('0') || text === '0') return BigInt.asIntN(64, BigInt(text))
    if (/^[0-7]+$/.test(text)) return BigInt.asIntN(64, BigInt(`0o${text}`))
    throw new ArithmeticError(`${text}: value too great for base`)
  }
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return BigInt.asIntN(64, BigInt(text))
  const based = /^(\d+)#(\w+)$/.exec(text)
  if (based === null) return undefined
  const base = BigInt(based[1] ?? '10')
  let value = 0n
  for (const digit of (based[2] ?? '').toLowerCase()) {
    const one = BigInt(Number.parseInt(digit, 36))
    if (one >= base) throw new ArithmeticError(`${text}: value too great for base`)
    value = value * base + one
  }
  return value
}

interface Reference {
  readonly name: string
  readonly index: bigint | string | undefined
}

function reference(text: string, variables: ArithmeticVariables, depth: number): Reference | undefined {
  const match = /^([A-Za-z_]\w*)(?:\[(.*)\])?$/s.exec(text)
  if (match === null) return undefined
  const name = match[1] ?? ''
  if (match[2] === undefined) return { name, index: undefined }
  if (variables.isAssociative(name)) return { name, index: match[2].replace(/^(["'])(.*)\1$/s, '$2') }
  return { name, index: textValue(match[2], variables, depth + 1) }
}

function target(node: ArithmeticExpression, variables: ArithmeticVariables): Reference {
  const place = node.type === 'ArithmeticWord' ? reference(node.value.trim(), variables, 0) : undefined
  if (place === undefined) throw new ArithmeticError('arithmetic syntax error')
  return place
}

type Value = (node: ArithmeticExpression) => bigint

function unary(
  operator: string,
  prefix: boolean,
  operand: ArithmeticExpression,
  variables: ArithmeticVariables,
  value: Value,
): bigint {
  if (operator === '++' || operator === '--') {
    const place = target(operand, variables)
    const before = value(operand)
    const after = BigInt.asIntN(64, before + (operator === '++' ? 1n : -1n))
    variables.set(place.name, place.index, after.toString())
    return prefix ? after : before
  }
  const one = value(operand)
  if (operator === '-') return BigInt.asIntN(64, -one)
  if (operator === '!') return one === 0n ? 1n : 0n
  if (operator === '~') return ~one
  if (operator === '+') return one
  throw new ArithmeticError(`arithmetic syntax error`)
}

function binary(
  operator: string,
  left: ArithmeticExpression,
  right: ArithmeticExpression,
  variables: ArithmeticVariables,
  value: Value,
): bigint {
  if (operator === '&&') return value(left) !== 0n && value(right) !== 0n ? 1n : 0n
  if (operator === '||') return value(left) !== 0n || value(right) !== 0n ? 1n : 0n
  if (/^([-+*/%&|^]|<<|>>)?=$/.test(operator)) {
    const place = target(left, variables)
    const result = operator === '=' ? value(right) : compute(operator.slice(0, -1), value(left), value(right))
    variables.set(place.name, place.index, result.toString())
    return result
  }
  return compute(operator, value(left), value(right))
}

const truth = (condition: boolean): bigint => (condition ? 1n : 0n)

const OPERATIONS: ReadonlyMap<string, (a: bigint, b: bigint) => bigint> = new Map([
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / divisor(b)],
  ['%', (a, b) => a % divisor(b)],
  ['**', (a, b) => power(a, b)],
  ['<<', (a, b) => a << (b & 63n)],
  ['>>', (a, b) => a >> (b & 63n)],
  ['&', (a, b) => a & b],
  ['|', (a, b) => a | b],
  ['^', (a, b) => a ^ b],
  ['<', (a, b) => truth(a < b)],
  ['>', (a, b) => truth(a > b)],
  ['<=', (a, b) => truth(a <= b)],
  ['>=', (a, b) => truth(a >= b)],
  ['==', (a, b) => truth(a === b)],
  ['!=', (a, b) => truth(a !== b)],
  [',', (_a, b) => b],
])

function compute(operator: string, left: bigint, right: bigint): bigint {
  const operation = OPERATIONS.get(operator)
  if (operation === undefined) throw new ArithmeticError('arithmetic syntax error')
  return BigInt.asIntN(64, operation(left, right))
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new ArithmeticError('divide by zero')
  return value
}

function power(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) throw new ArithmeticError('exponent less than 0')
  let result = 1n
  for (let left = exponent, square = base; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = BigInt.asIntN(64, result * square)
    square = BigInt.asIntN(64, square * square)
  }
  return result
}
