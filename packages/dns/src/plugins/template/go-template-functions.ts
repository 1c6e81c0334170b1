// The functions of Go templates: those every template has, and CoreDNS's `parseInt`. `call` is refused when it is used: there
// are no functions among the values. Source: Go text/template/funcs.go, CoreDNS plugin/template/setup.go.

import { goFormat, goText, typeOf } from './go-format.ts'

/** Why a template could not be carried out. */
export class TemplateFailure {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

type GoFunction = (args: readonly unknown[]) => unknown

const FUNCTIONS: ReadonlyMap<string, GoFunction> = new Map<string, GoFunction>([
  ['not', ([value]) => !isTrue(value)],
  ['len', ([value]) => lengthOf(value)],
  ['index', ([value, ...keys]) => keys.reduce(at, value)],
  ['slice', ([value, from = 0n, to]) => slice(value, from, to)],
  ['print', (values) => spaced(values)],
  ['println', (values) => `${values.map(goText).join(' ')}\n`],
  ['printf', ([format, ...values]) => goFormat(textOf(format, 'printf'), values)],
  ['eq', ([first, ...others]) => others.some((other) => compare(first, other) === 0)],
  ['ne', ([a, b]) => compare(a, b) !== 0],
  ['lt', ([a, b]) => compare(a, b) < 0],
  ['le', ([a, b]) => compare(a, b) <= 0],
  ['gt', ([a, b]) => compare(a, b) > 0],
  ['ge', ([a, b]) => compare(a, b) >= 0],
  ['html', (values) => spaced(values).replace(/[<>&"']/g, (char) => HTML.get(char) ?? char)],
  ['js', (values) => spaced(values).replace(/[\\'"<>&=]/g, jsEscape)],
  ['urlquery', (values) => encodeURIComponent(spaced(values)).replaceAll('%20', '+')],
  ['parseInt', ([text, base, bits]) => parseUint(textOf(text, 'parseInt'), base, bits)],
])

/** Evaluated only as far as needed (go-template-run.ts). */
const LAZY: ReadonlySet<string> = new Set(['and', 'or'])

/** Least and most arguments. */
const COUNTS: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['not', [1, 1]],
  ['len', [1, 1]],
  ['index', [1, Infinity]],
  ['slice', [1, 3]],
  ['printf', [1, Infinity]],
  ['eq', [2, Infinity]],
  ['ne', [2, 2]],
  ['lt', [2, 2]],
  ['le', [2, 2]],
  ['gt', [2, 2]],
  ['ge', [2, 2]],
  ['parseInt', [3, 3]],
])

export function isFunction(name: string): boolean {
  return FUNCTIONS.has(name) || LAZY.has(name)
}

export function isLazy(name: string): boolean {
  return LAZY.has(name)
}

/** @throws TemplateFailure */
export function callFunction(name: string, args: readonly unknown[]): unknown {
  const [least, most] = COUNTS.get(name) ?? [0, Infinity]
  if (args.length < least || args.length > most) {
    const wanted = most === least ? `${least}` : `at least ${least}`
    throw new TemplateFailure(`wrong number of args for ${name}: want ${wanted} got ${args.length}`)
  }
  const result = FUNCTIONS.get(name)?.(args)
  return result
}

/** Empty things, 0, false and nothing are not. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Map) return value.size > 0
  return value !== undefined && value !== false && value !== '' && value !== 0 && value !== 0n
}

function failure(name: string, reason: string): TemplateFailure {
  return new TemplateFailure(`error calling ${name}: ${reason}`)
}

function lengthOf(value: unknown): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value))
  if (Array.isArray(value)) return BigInt(value.length)
  if (value instanceof Map) return BigInt(value.size)
  throw failure('len', `len of type ${typeOf(value)}`)
}

function at(value: unknown, key: unknown): unknown {
  if (value instanceof Map) return (value as ReadonlyMap<unknown, unknown>).get(key) ?? ''
  const items = typeof value === 'string' ? [...Buffer.from(value)].map(BigInt) : value
  if (!Array.isArray(items)) throw failure('index', `can't index item of type ${typeOf(value)}`)
  if (typeof key !== 'bigint') throw failure('index', `cannot index slice/array with type ${typeOf(key)}`)
  if (key < 0n || key >= BigInt(items.length)) throw failure('index', `index out of range: ${key}`)
  return items[Number(key)]
}

function slice(value: unknown, from: unknown, to: unknown): unknown {
  if (typeof value !== 'string' && !Array.isArray(value))
    throw failure('slice', `can't slice item of type ${typeOf(value)}`)
  const end = to ?? BigInt(value.length)
  if (typeof from !== 'bigint' || typeof end !== 'bigint')
    throw failure('slice', 'cannot index slice/array with that type')
  for (const index of [from, end]) {
    if (index < 0n || index > BigInt(value.length)) throw failure('slice', `index out of range: ${index}`)
  }
  if (from > end) throw failure('slice', `invalid slice index: ${from} > ${end}`)
  return value.slice(Number(from), Number(end))
}

/** Operands that are no texts are parted by a blank. */
function spaced(values: readonly unknown[]): string {
  let text = ''
  for (const [i, value] of values.entries()) {
    if (i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string') text += ' '
    text += goText(value)
  }
  return text
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b ? 0 : 1
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  const isNumber = (value: unknown): value is bigint | number => typeof value === 'bigint' || typeof value === 'number'
  if (isNumber(a) && isNumber(b) && typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0
  throw failure('comparison', 'incompatible types for comparison')
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  throw new TemplateFailure(`wrong type for value; expected string; got ${typeOf(value)} (${name})`)
}

function parseUint(text: string, base: unknown, bits: unknown): bigint {
  const radix = Number(base)
  const wrong = failure('parseInt', `strconv.ParseUint: parsing "${text}": invalid syntax`)
  const prefixed = radix === 0 ? /^0([xob])(.+)$/i.exec(text) : null
  const prefix = prefixed?.[1]?.toLowerCase()
  const actual = radix !== 0 ? radix : prefix === 'x' ? 16 : prefix === 'b' ? 2 : prefix === 'o' ? 8 : 10
  const digits = prefixed?.[2] ?? text
  if (actual < 2 || actual > 36)
    throw failure('parseInt', `strconv.ParseUint: parsing "${text}": invalid base ${radix}`)
  let value = 0n
  if (digits === '') throw wrong
  for (const char of digits.toLowerCase()) {
    const digit = /[0-9a-z]/.test(char) ? parseInt(char, 36) : 36
    if (digit >= actual) throw wrong
    value = value * BigInt(actual) + BigInt(digit)
  }
  const size = Number(bits) === 0 ? 64 : Number(bits)
  if (value >= 1n << BigInt(size)) throw failure('parseInt', `strconv.ParseUint: parsing "${text}": value out of range`)
  return value
}

const HTML: ReadonlyMap<string, string> = new Map([
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['&', '&amp;'],
  ['"', '&#34;'],
  ["'", '&#39;'],
])

function jsEscape(char: string): string {
  if (char === '\\' || char === "'" || char === '"') return `\\${char}`
  return `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
