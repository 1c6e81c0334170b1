// Whether converting a value would change nothing: most clients send what they would be answered. Then the value itself is the
// object, and nothing is built. Says no in every case of doubt; convert.ts then does the work and words what is wrong.

import { isRecord } from '../objects/is-record.ts'
import { type FieldSchema, type ObjectSchema, schemaOf } from '../schema/index.ts'
import { type Place, scalar, TypeMismatch } from './convert.ts'
import { type FieldRule, rulesOf } from './field-rules.ts'

/** True when `convert` would make an equal object of it, and find no unknown field. */
export function isConverted(schemaName: string, value: unknown): value is Record<string, unknown> {
  return isRecord(value) && isStruct(schemaOf(schemaName), value)
}

function isStruct(schema: ObjectSchema, value: Readonly<Record<string, unknown>>): boolean {
  const { rules, required } = rulesOf(schema)
  let found = 0
  for (const key of Object.keys(value)) {
    const rule = rules.get(key)
    if (rule === undefined || !isField(rule, value[key])) return false
    if (rule.isRequired) found++
  }
  return found === required.size
}

function isField({ field, keepsEmpty, keepsZero }: FieldRule, value: unknown): boolean {
  if (field.list === true) {
    if (!Array.isArray(value) || (value.length === 0 && !keepsEmpty)) return false
    for (const item of value) if (!isSingle(field, item)) return false
    return true
  }
  if (field.map === true) {
    if (!isRecord(value)) return false
    const keys = Object.keys(value)
    for (const key of keys) if (!isSingle(field, value[key])) return false
    return keys.length > 0 || keepsEmpty
  }
  return isSingle(field, value) && (keepsZero || (value !== '' && value !== 0 && value !== false))
}

function isSingle(field: FieldSchema, value: unknown): boolean {
  if (value === null || value === undefined) return false
  switch (field.type) {
    case 'object':
      return field.ref !== undefined && isRecord(value) && isStruct(schemaOf(field.ref), value)
    case 'raw':
    case 'json':
      return true
    case 'schema-or-array':
    case 'schema-or-bool':
    case 'schema-or-strings':
      return false
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
    case 'string':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    default:
      return isScalar(field, value)
  }
}

const NOWHERE: Place = { schema: undefined, fields: '', path: '' }

function isScalar(field: FieldSchema, value: unknown): boolean {
  try {
    return scalar(field, value, NOWHERE) === value
  } catch (error) {
    if (error instanceof TypeMismatch) return false
    throw error
  }
}
