// Limits of numbers: format, multiple, maximum and minimum. Source: kube-openapi pkg/validation/validate (validator.go
// numberValidator, values.go). Departure: whole numbers beyond 2^53 are as exact as JavaScript's.

import { goFloat, goNumber } from '../../validation/go-number.ts'
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

function fits(value: number, { type, format }: NumberType): boolean {
  if (type === 'integer') {
    if (!Number.isInteger(value)) return false
    return format === 'int32' ? value >= -(2 ** 31) && value < 2 ** 31 : value >= -(2 ** 63) && value < 2 ** 63
  }
  return format !== 'float' || Math.abs(value) <= MAX_FLOAT32
}

function rangeMessage(what: string, { type, format }: NumberType, path: string): string {
  const named = format === '' ? `${type} (default format)` : `${type} with format ${format}`
  return `${what} value must be of type ${named} in ${path}`
}

export function validateNumber(value: number, schema: Schema, path: string): Findings {
  const found = new Findings()
  const kind = numberTypeOf(schema)
  const checkRange = (what: string, limit: number): void => {
    if (!fits(limit, kind)) found.add({ code: 'other', message: rangeMessage(what, kind, path) })
  }
  const refuse = (message: string): void => {
    found.add({ code: 'other', field: path, message: `${path} in body should be ${message}`, value })
  }
  checkRange('Checked', value)
  // A whole number is held against the whole part of a limit, as long as the limit is one its type can have.
  const isInt64 = Number.isInteger(value) && Math.abs(value) < 2 ** 63
  const isWhole = (limit: number): boolean => isInt64 && fits(limit, kind)
  const boundary = (limit: number): number => (isWhole(limit) ? Math.trunc(limit) : limit)
  const shown = (limit: number): string => (isWhole(limit) ? goNumber(Math.trunc(limit)) : goFloat(limit))
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
function isMultiple(value: number, factor: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(factor)) return value % factor === 0
  const times = factor < 1 ? (1 / factor) * value : value / factor
  if (Number.isInteger(times)) return true
  // As go-openapi's swag has it: a little above a whole number counts as one, a little below does not.
  const whole = Math.trunc(times)
  return whole > 0 && (times - whole) / (times + whole) < 1e-9
}
