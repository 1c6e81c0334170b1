// The object before it exists, as Go sees it: structs held by value are there, empty, and what is written even when it is
// empty has its zero. A create is compared with it, so these are never "added" (`f:spec` has no `.`, an empty
// `reportingComponent` no owner). Source: the Go structs of k8s.io/api.

import { isRecord } from '../objects/is-record.ts'
import { findSchema, goFields, schemaOf, type FieldSchema, type ObjectSchema } from '../schema/index.ts'

const made = new Map<string, Readonly<Record<string, unknown>>>()

type Described = { readonly schema: string | undefined }

/** Without apiVersion and kind, which nobody owns. Custom kinds have no structs: theirs is empty. */
export function emptyObjectOf({ schema }: Described): Readonly<Record<string, unknown>> {
  return schema === undefined ? {} : emptyObject(schema)
}

function emptyObject(schemaName: string): Readonly<Record<string, unknown>> {
  const known = made.get(schemaName)
  if (known !== undefined) return known
  const object = emptyStruct(schemaOf(schemaName))
  made.set(schemaName, object)
  return object
}

/** The object with the structs it would have in Go, so that a first status is no new status. */
export function withEmptyStructs({ schema }: Described, object: object): object {
  return schema === undefined ? object : filled(emptyObject(schema), object, false)
}

/** The same of a stored object: storage does not tell an empty list from none. */
export function storedWithEmptyStructs({ schema }: Described, object: object): object {
  return schema === undefined ? object : filled(emptyObject(schema), object, true)
}

function filled(empty: object, object: object, stored: boolean): object {
  const missing: [string, unknown][] = []
  for (const [key, zero] of Object.entries(empty)) {
    const value: unknown = Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined
    if (value === undefined || (stored && zero === null && isEmpty(value))) missing.push([key, zero])
    else if (isRecord(zero) && isRecord(value)) {
      const whole = filled(zero, value, stored)
      if (whole !== value) missing.push([key, whole])
    }
  }
  return missing.length === 0 ? object : { ...object, ...Object.fromEntries(missing) }
}

/** A stored object as it is read: lists that are always written are null when nothing is in them. */
export function withStoredNulls({ schema }: Described, object: object): object {
  return schema === undefined ? object : nulled(emptyObject(schema), object)
}

function nulled(empty: object, object: object): object {
  const changed: [string, unknown][] = []
  for (const [key, zero] of Object.entries(empty)) {
    const value: unknown = Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined
    if (zero === null && Array.isArray(value) && value.length === 0) changed.push([key, null])
    else if (isRecord(zero) && isRecord(value)) {
      const inner = nulled(zero, value)
      if (inner !== value) changed.push([key, inner])
    }
  }
  return changed.length === 0 ? object : { ...object, ...Object.fromEntries(changed) }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** What Go writes of an object of which nothing is set: like the empty object, and pointers that are written are null. */
export function writtenEmptyObject({ schema }: Described): Readonly<Record<string, unknown>> {
  return schema === undefined ? {} : emptyStruct(schemaOf(schema), true)
}

export function emptyStruct(schema: ObjectSchema, pointers = false): Readonly<Record<string, unknown>> {
  const fields: [string, unknown][] = []
  for (const [name, { pointer, omitEmpty, omitZero }] of goFields(schema)) {
    const field = schema.fields.get(name)
    if (field === undefined || omitZero) continue
    if (pointer) {
      if (pointers && !omitEmpty) fields.push([name, null])
      continue
    }
    const zero = zeroOf(field, omitEmpty, pointers)
    if (zero !== undefined) fields.push([name, zero])
  }
  return Object.fromEntries(fields)
}

/** undefined: not written while it is empty. */
function zeroOf(field: FieldSchema, omitEmpty: boolean, pointers: boolean): unknown {
  if (field.list === true || field.map === true) return omitEmpty ? undefined : null
  switch (field.type) {
    case 'object': {
      const schema = field.ref === undefined ? undefined : findSchema(field.ref)
      return schema === undefined ? undefined : emptyStruct(schema, pointers)
    }
    case 'time':
    case 'micro-time':
      return null
    case 'quantity':
      return '0'
    case 'int-or-string':
      return 0
    case 'string':
      return omitEmpty ? undefined : ''
    case 'bool':
      return omitEmpty ? undefined : false
    case 'int32':
    case 'int64':
    case 'double':
      return omitEmpty ? undefined : 0
    case 'bytes':
      return omitEmpty ? undefined : null
    case 'raw':
    case 'json':
    case 'schema-or-array':
    case 'schema-or-bool':
    case 'schema-or-strings':
    case 'strings':
      return undefined
  }
}
