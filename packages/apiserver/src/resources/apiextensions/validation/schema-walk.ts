// The schemas inside a schema, and whether one of them has a property. Maps are read in order of their keys, where upstream's
// order is random. Source: apiextensions-apiserver pkg/apis/apiextensions/validation (SchemaHas).

import { compareKeys } from '@podwire/engine'
import type { JSONSchemaProps } from '../../../objects/index.ts'

export type Schema = JSONSchemaProps

export function someSchema(schema: Schema, matches: (schema: Schema) => boolean): boolean {
  return matches(schema) || innerSchemas(schema).some((inner) => someSchema(inner, matches))
}

function innerSchemas(schema: Schema): readonly Schema[] {
  const { items, not, additionalProperties, additionalItems, dependencies = {} } = schema
  return [
    ...(items === undefined ? [] : isSchemaList(items) ? items : [items]),
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(not === undefined ? [] : [not]),
    ...values(schema.properties),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
    ...values(schema.patternProperties),
    ...(typeof additionalItems === 'object' ? [additionalItems] : []),
    ...values(schema.definitions),
    ...values(dependencies).filter((inner): inner is Schema => !isNameList(inner)),
  ]
}

/** Entries of a map of schemas, by key. */
export function sortedEntries<Value>(
  map: Readonly<Record<string, Value>> | undefined,
): readonly (readonly [string, Value])[] {
  return Object.entries(map ?? {}).sort(compareKeys)
}

function values<Value>(map: Readonly<Record<string, Value>> | undefined): readonly Value[] {
  return sortedEntries(map).map(([, value]) => value)
}

export function isSchemaList(items: Schema | readonly Schema[]): items is readonly Schema[] {
  return Array.isArray(items)
}

export function isNameList(dependency: Schema | readonly string[]): dependency is readonly string[] {
  return Array.isArray(dependency)
}

/** `items`, unless it is a list of schemas. */
export function itemsSchema({ items }: Schema): Schema | undefined {
  return items === undefined || isSchemaList(items) ? undefined : items
}

/** A property of the schema; never one of a prototype. */
export function propertySchema({ properties }: Schema, name: string): Schema | undefined {
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
}

/** Present and not null, as Go's pointers to a default. */
export function hasDefault(schema: Schema): boolean {
  return schema.default !== undefined && schema.default !== null
}
