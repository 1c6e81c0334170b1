// JSON as rules see it: whole numbers are ints, times are timestamps, and only what the schema describes is there. Source:
// apiserver pkg/cel/common/values*.go, apiextensions-apiserver pkg/apiserver/schema/cel/values.go.

import { asItems, additionalOf, isEmbeddedResource, isRecord, itemsOf, type Schema } from '../schema/walk.ts'
import { isDate, isDateTime, isDuration } from '../validation/time-formats.ts'
import { escapeName } from './field-names.ts'
import { durationOf } from './load-cel.ts'

/** Of metadata, rules see the names alone. */
const METADATA: Schema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } }

/** A schema with what every whole object has. */
export function withObjectFields(schema: Schema): Schema {
  const text: Schema = { type: 'string' }
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata: METADATA } }
}

export function celValueOf(value: unknown, schema: Schema): unknown {
  if (value === null || value === undefined) return null
  const items = asItems(value)
  if (items !== undefined) {
    const itemSchema = itemsOf(schema)
    return itemSchema === undefined ? [] : items.map((item) => celValueOf(item, itemSchema))
  }
  if (isRecord(value)) return celObjectOf(value, schema)
  if (typeof value === 'number') return numberOf(value, schema)
  return typeof value === 'string' ? textOf(value, schema) : value
}

function celObjectOf(value: Readonly<Record<string, unknown>>, schema: Schema): unknown {
  const additional = additionalOf(schema)
  if (additional !== undefined) {
    return new Map(Object.keys(value).map((key) => [key, celValueOf(value[key], additional)]))
  }
  const fields = new Map<string, unknown>()
  const { properties = {} } = isEmbeddedResource(schema) ? withObjectFields(schema) : schema
  for (const [name, property] of Object.entries(properties)) {
    const escaped = escapeName(name)
    if (escaped === undefined || !Object.hasOwn(value, name) || !isVisible(property)) continue
    fields.set(escaped, celValueOf(value[name], property))
  }
  return fields
}

/** Values that no schema types cannot be spoken of. */
export function isVisible(schema: Schema): boolean {
  return (schema.type ?? '') !== '' || schema['x-kubernetes-int-or-string'] === true
}

function numberOf(value: number, { type }: Schema): number | bigint {
  return type !== 'number' && Number.isInteger(value) ? BigInt(value) : value
}

function textOf(value: string, { type, format = '' }: Schema): unknown {
  if (type !== 'string') return value
  switch (format) {
    case 'date':
      return isDate(value) ? new Date(`${value}T00:00:00Z`) : value
    case 'date-time':
    case 'datetime':
      return isDateTime(value) ? new Date(value) : value
    case 'duration':
      return isDuration(value) ? durationOf(value) : value
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'))
    default:
      return value
  }
}
