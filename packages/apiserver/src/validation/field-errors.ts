// Builders of field errors, worded as the server words them, and how it prints a value inside them.
// Source: apimachinery util/validation/field/errors.go (1.34 and later: values that are no scalars print as JSON).

import { goJson } from '../objects/go-json.ts'
import type { FieldError } from './field-error.ts'
import { inGoOrder } from './value-order.ts'
import { goNumber } from './go-number.ts'

export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, body: detail === '' ? 'Required value' : `Required value: ${detail}` }
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  const body = withDetail(`Invalid value: ${printValue(value)}`, detail)
  return { reason: 'FieldValueInvalid', field, body, ...structured(value) }
}

/** @param supported listed as given: most callers upstream sort, some do not */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((text) => quote(text)).join(', ')
  const detail = supported.length === 0 ? '' : `supported values: ${list}`
  return {
    reason: 'FieldValueNotSupported',
    field,
    body: withDetail(`Unsupported value: ${printValue(value)}`, detail),
    ...structured(value),
  }
}

/** What a rule about names and the like found wrong with `value`. */
export function pushProblems(problems: readonly string[], field: string, value: unknown, errors: FieldError[]): void {
  for (const problem of problems) errors.push(invalid(field, value, problem))
}

export function duplicate(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, body: `Duplicate value: ${printValue(value)}`, ...structured(value) }
}

export function notFoundValue(field: string, value: unknown, detail = ''): FieldError {
  return { reason: 'FieldValueNotFound', field, body: withDetail(`Not found: ${printValue(value)}`, detail) }
}

/** Where the server could not judge a value. */
export function internalError(field: string, detail: string): FieldError {
  return { reason: 'InternalError', field, body: `Internal error: ${detail}` }
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, body: `Forbidden: ${detail}` }
}

export function tooLong(field: string, maxBytes: number): FieldError {
  return { reason: 'FieldValueTooLong', field, body: `Too long: may not be more than ${maxBytes} bytes` }
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  const items = max === 1 ? 'item' : 'items'
  return { reason: 'FieldValueTooMany', field, body: `Too many: ${actual}: must have at most ${max} ${items}` }
}

function structured(value: unknown): Pick<FieldError, 'value'> {
  return typeof value === 'object' ? { value } : {}
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`
}

/** Numbers and booleans bare, strings quoted as Go quotes them, nothing as null, all else as JSON. */
export function printValue(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'object') return goJson(inGoOrder(value))
  return typeof value === 'number' ? goNumber(value) : String(value)
}

const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

// What needs an escape: quotes, backslashes and whatever Go does not count as printable.
const UNPRINTABLE = /["\\]|[^\P{C}]|[^\P{Z} ]/gu

/** Go's strconv.Quote. */
export function quote(text: string): string {
  return `"${text.replace(UNPRINTABLE, escape)}"`
}

function escape(char: string): string {
  const named = NAMED_ESCAPES.get(char)
  if (named !== undefined) return named
  const code = char.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
