// JSON as rules see it: whole numbers are ints, times are timestamps, and only what the schema describes is there. Source:
// apiserver pkg/cel/common/valuesunstructured.go, apiextensions-apiserver pkg/apiserver/schema/cel/values.go.

import type { CelMap, MapKey, Value } from '../../cel/index.ts'
import { keyedBy, ofSchema, SET, withSetKind } from '../../cel/run/list-kinds.ts'
import { CelError } from '../../cel/run/values.ts'
import { parseDuration, parseTimestamp } from '../../cel/functions/times.ts'
import { asItems, additionalOf, isEmbeddedResource, isRecord, itemsOf, type Schema } from '../schema/walk.ts'
import { isDate, isDateTime, isDuration } from '../validation/time-formats.ts'
import { escapeName } from './field-names.ts'

/** Of metadata, rules see the names alone. */
const METADATA: Schema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } }

/** A schema with what every whole object has. */
export function withObjectFields(schema: Schema): Schema {
  const text: Schema = { type: 'string' }
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata: METADATA } }
}

export function celValueOf(value: unknown, schema: Schema): Value {
  if (value === null || value === undefined) return null
  const items = asItems(value)
  if (items !== undefined) return celListOf(items, schema)
  if (isRecord(value)) return celObjectOf(value, schema)
  if (typeof value === 'number') return numberOf(value, schema)
  if (typeof value === 'bigint') return schema.type === 'number' ? Number(value) : value
  if (typeof value === 'boolean') return value
  return typeof value === 'string' ? textOf(value, schema) : null
}

function celListOf(items: readonly unknown[], schema: Schema): Value {
  const itemSchema = itemsOf(schema)
  if (itemSchema === undefined) return []
  const list = ofSchema(items.map((item) => celValueOf(item, itemSchema)))
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return withSetKind(list, SET)
    case 'map':
      return withSetKind(
        list,
        keyedBy((schema['x-kubernetes-list-map-keys'] ?? []).map((key) => escapeName(key) ?? key)),
      )
    default:
      return list
  }
}

function celObjectOf(value: Readonly<Record<string, unknown>>, schema: Schema): CelMap {
  const additional = additionalOf(schema)
  if (additional !== undefined) {
    return ofSchema(new Map<MapKey, Value>(Object.keys(value).map((key) => [key, celValueOf(value[key], additional)])))
  }
  const fields = new Map<MapKey, Value>()
  const { properties = {} } = isEmbeddedResource(schema) ? withObjectFields(schema) : schema
  for (const [name, property] of Object.entries(properties)) {
    const escaped = escapeName(name)
    if (escaped === undefined || !Object.hasOwn(value, name) || !isVisible(property)) continue
    // A field that is null is as good as none.
    if (value[name] !== null && value[name] !== undefined) fields.set(escaped, celValueOf(value[name], property))
  }
  return ofSchema(fields)
}

/** Values that no schema types cannot be spoken of. */
export function isVisible(schema: Schema): boolean {
  return (schema.type ?? '') !== '' || schema['x-kubernetes-int-or-string'] === true
}

function numberOf(value: number, { type }: Schema): Value {
  return type !== 'number' && Number.isInteger(value) ? BigInt(value) : value
}

function textOf(value: string, { type, format = '' }: Schema): Value {
  if (type !== 'string') return value
  switch (format) {
    case 'date':
      return (
        (isDate(value) ? parseTimestamp(`${value}T00:00:00Z`) : undefined) ??
        new CelError(`Invalid date formatted string ${value}`)
      )
    case 'date-time':
      return timeOf(value) ?? new CelError(`Invalid date-time formatted string ${value}`)
    case 'duration':
      return (isDuration(value) ? parseDuration(value) : undefined) ?? new CelError(`Invalid duration ${value}`)
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'))
    default:
      return value
  }
}

/** Times in lower case, or without seconds, are read as well. */
function timeOf(value: string): Value | undefined {
  if (!isDateTime(value)) return undefined
  const exact = parseTimestamp(value)
  if (exact !== undefined) return exact
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : parseTimestamp(new Date(time).toISOString())
}
