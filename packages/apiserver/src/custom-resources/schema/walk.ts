// How a value is read against a schema: which schema a member or an item has. Source: apiextensions-apiserver
// pkg/apiserver/schema (structural.go): the schemas of definitions are structural, so these three questions are all there are.

import type { JSONSchemaProps } from '../../objects/index.ts'

export type Schema = JSONSchemaProps

/** Plain JSON that may be edited in place. */
export type MutableRecord = Record<string, unknown>

export function isRecord(value: unknown): value is MutableRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asItems(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? (value as unknown[]) : undefined
}

export function propertyOf(schema: Schema | undefined, name: string): Schema | undefined {
  const properties = schema?.properties
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
}

/** The schema of members without a name of their own; `true` allows any. */
export function additionalOf(schema: Schema | undefined): Schema | undefined {
  const additional = schema?.additionalProperties
  return typeof additional === 'object' ? additional : undefined
}

/** The schema of a member: its own, or that of additional ones. */
export function memberOf(schema: Schema | undefined, name: string): Schema | undefined {
  return propertyOf(schema, name) ?? additionalOf(schema)
}

export function itemsOf(schema: Schema | undefined): Schema | undefined {
  const items = schema?.items
  // Lists of schemas are refused when a definition is created.
  return items === undefined || Array.isArray(items) ? undefined : (items as Schema)
}

export function keepsUnknownFields(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true
}

export function isEmbeddedResource(schema: Schema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true
}

/** A member's path: `spec.size`; at the root its name alone. */
export function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
