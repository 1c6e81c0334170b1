// Whether converting a value would change nothing: most clients send what they would be answered. Then the value itself is the
// object, and nothing is built. Says no in every case of doubt; convert.ts then does the work and words what is wrong.

import { isRecord } from '../objects/is-record.ts'
import type { FieldSchema } from '../schema/index.ts'
import { type Place, scalar, TypeMismatch } from './convert.ts'
import { type FieldRule, rulesNamed, type StructRules } from './field-rules.ts'
import { membersOf } from './read-json.ts'

/** Of a value that conversion would change. */
const NOT = -1

/**
 * How many members the objects of `value` have, all together, when `convert` would make an equal object of it and find no unknown
 * field; else undefined.
 */
export function convertedMembers(schemaName: string, value: unknown): number | undefined {
  const members = isRecord(value) ? ofStruct(rulesNamed(schemaName), value) : NOT
  return members === NOT ? undefined : members
}

/** Each of these tells how many members are in what it looks at, or NOT. */
function ofStruct({ rules, required }: StructRules, value: Readonly<Record<string, unknown>>): number {
  let members = 0
  let found = 0
  for (const key of Object.keys(value)) {
    const rule = rules.get(key)
    if (rule === undefined) return NOT
    const inner = ofField(rule, value[key])
    if (inner === NOT) return NOT
    members += 1 + inner
    if (rule.isRequired) found++
  }
  return found === required.size ? members : NOT
}

function ofField({ field, keepsEmpty, keepsZero }: FieldRule, value: unknown): number {
  if (field.list === true) {
    if (!Array.isArray(value) || (value.length === 0 && !keepsEmpty)) return NOT
    let members = 0
    for (const item of value) {
      const inner = ofSingle(field, item)
      if (inner === NOT) return NOT
      members += inner
    }
    return members
  }
  if (field.map === true) return isRecord(value) ? ofMap(field, value, keepsEmpty) : NOT
  return keepsZero || (value !== '' && value !== 0 && value !== false) ? ofSingle(field, value) : NOT
}

function ofMap(field: FieldSchema, value: Readonly<Record<string, unknown>>, keepsEmpty: boolean): number {
  let members = 0
  for (const key of Object.keys(value)) {
    const inner = ofSingle(field, value[key])
    if (inner === NOT) return NOT
    members += 1 + inner
  }
  return members > 0 || keepsEmpty ? members : NOT
}

function ofSingle(field: FieldSchema, value: unknown): number {
  if (value === null || value === undefined) return NOT
  switch (field.type) {
    case 'object':
      return field.ref !== undefined && isRecord(value) ? ofStruct(rulesNamed(field.ref), value) : NOT
    case 'raw':
    case 'json':
      return membersOf(value)
    case 'schema-or-array':
    case 'schema-or-bool':
    case 'schema-or-strings':
      return NOT
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? 0 : NOT
    case 'string':
      return typeof value === 'string' ? 0 : NOT
    case 'bool':
      return typeof value === 'boolean' ? 0 : NOT
    default:
      return isScalar(field, value) ? 0 : NOT
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
