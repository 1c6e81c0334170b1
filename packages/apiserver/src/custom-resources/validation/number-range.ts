// Limits of numbers: format, multiple, maximum and minimum. Source: kube-openapi pkg/validation/validate (validator.go
// numberValidator, values.go). The limits of a schema are float64.

import { goFloat } from '../../validation/go-number.ts'
import type { Schema } from '../schema/walk.ts'
import { Findings } from './findings.ts'

const MAX_FLOAT32 = 3.4028234663852886e38

type NumberType = { readonly type: string; readonly format: string }

/** The type and format that count: only where the schema names one type, and a format that belongs to it. */
function numberTypeOf(schema: Schema): NumberType {
  const { type = '', format = '' } = schema
  if (type === 'integer') return { type, format: format === 'int32' || format === 'int64' ? format : '' }
  if (type === 'number') return { type, format: format === 'float' || format === 'double' ? format : '' }
  return { type: '', format: '' }
}

function fits(value: number | bigint, { type, format }: NumberType): boolean {
  if (type === 'integer') {
    if (typeof value === 'number' && !Number.isInteger(value)) return false
    return format === 'int32' ? value >= -(2 ** 31) && value < 2 ** 31 : fitsInt64(value)
  }
  return format !== 'float' || Math.abs(Number(value)) <= MAX_FLOAT32
}

/** As Go reads what it prints: the digits that a float64 needs, and zeros. */
function fitsInt64(value: number | bigint): boolean {
  return typeof value === 'bigint' || (value > -(2 ** 63) && value < 2 ** 63)
}

function rangeMessage(what: string, { type, format }: NumberType, path: string): string {
  const named = format === '' ? `${type} (default format)` : `${type} with format ${format}`
  return `${what} value must be of type ${named} in ${path}`
}

export function validateNumber(value: number | bigint, schema: Schema, path: string): Findings {
  const found = new Findings()
  const kind = numberTypeOf(schema)
  const checkRange = (what: string, limit: number | bigint): void => {
    if (!fits(limit, kind)) found.add({ code: 'other', message: rangeMessage(what, kind, path) })
  }
  const refuse = (message: string): void => {
    found.add({ code: 'other', field: path, message: `${path} in body should be ${message}`, value })
  }
  checkRange('Checked', value)
  // A whole number is held against the whole part of a limit, as long as the limit is one its type can have.
  const isInt64 = typeof value === 'bigint' || Number.isSafeInteger(value)
  const isWhole = (limit: number): boolean => isInt64 && fits(limit, kind)
  const boundary = (limit: number): number => (isWhole(limit) ? Math.trunc(limit) : limit)
  const shown = (limit: number): string => (isWhole(limit) ? String(BigInt(Math.trunc(limit))) : goFloat(limit))
  const { multipleOf, maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = schema
  if (multipleOf !== undefined) {
    checkRange('MultipleOf', multipleOf)
    const factor = boundary(multipleOf)
    if (factor <= 0) {
      const message = `factor MultipleOf declared for ${path} must be positive: ${shown(multipleOf)}`
      found.add({ code: 'other', field: path, message, value: factor })
    } else if (!isMultiple(value, factor)) refuse(`a multiple of ${shown(multipleOf)}`)
  }
  if (minimum !== undefined) {
    checkRange('Minimum boundary', minimum)
    const limit = boundary(minimum)
    if (exclusiveMinimum ? value <= limit : value < limit)
      refuse(`greater than ${exclusiveMinimum ? '' : 'or equal to '}${shown(minimum)}`)
  }
  if (maximum !== undefined) {
    checkRange('Maximum boundary', maximum)
    const limit = boundary(maximum)
    if (exclusiveMaximum ? value >= limit : value > limit)
      refuse(`less than ${exclusiveMaximum ? '' : 'or equal to '}${shown(maximum)}`)
  }
  found.checks++
  return found
}

/** @param factor above 0 */
function isMultiple(value: number | bigint, factor: number): boolean {
  if (typeof value === 'bigint')
    return Number.isInteger(factor) ? value % BigInt(factor) === 0n : isMultiple(Number(value), factor)
  if (Number.isSafeInteger(value) && Number.isInteger(factor)) return value % factor === 0
  const times = factor < 1 ? (1 / factor) * value : value / factor
  if (Math.abs(times) > Number.MAX_SAFE_INTEGER) return false
  if (Number.isInteger(times)) return true
  // As go-openapi's swag has it: a little above a whole number counts as one, a little below does not.
  const whole = Math.trunc(times)
  return whole > 0 && (times - whole) / (times + whole) < 1e-9
}
