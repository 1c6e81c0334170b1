// Defaults of a schema, and nulls. Source: apiextensions-apiserver pkg/apiserver/schema/defaulting (algorithm.go, prunenulls.go,
// prune.go): a null that may not be one is dropped, or gives way to the default.

import { mutableCopy } from '../../store/share.ts'
import {
  additionalOf,
  asItems,
  isRecord,
  itemsOf,
  memberOf,
  propertyOf,
  type MutableRecord,
  type Schema,
} from './walk.ts'

/** Fills in what is missing, in place. Defaults inside a default are filled in too. */
export function applyDefaults(value: unknown, schema: Schema | undefined): void {
  if (schema === undefined) return
  const items = asItems(value)
  if (items !== undefined) {
    const itemSchema = itemsOf(schema)
    for (const [index, item] of items.entries()) {
      if (isForbiddenNull(item, itemSchema)) items[index] = defaultOf(itemSchema)
      applyDefaults(items[index], itemSchema)
    }
  } else if (isRecord(value)) defaultMembers(value, schema)
}

function defaultMembers(value: MutableRecord, schema: Schema): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined || property.default === null) continue
    if (!Object.hasOwn(value, name) || isForbiddenNull(value[name], property)) value[name] = defaultOf(property)
  }
  const additional = additionalOf(schema)
  for (const key of Object.keys(value)) {
    const property = propertyOf(schema, key)
    if (property === undefined && isForbiddenNull(value[key], additional)) value[key] = defaultOf(additional)
    applyDefaults(value[key], property ?? additional)
  }
}

function defaultOf(schema: Schema | undefined): unknown {
  return mutableCopy(schema?.default ?? null)
}

function isForbiddenNull(value: unknown, schema: Schema | undefined): boolean {
  return value === null && schema !== undefined && schema.nullable !== true
}

/** Drops nulls that may not be there and that no default replaces, in place. */
export function dropForbiddenNulls(value: unknown, schema: Schema | undefined): void {
  for (const item of asItems(value) ?? []) dropForbiddenNulls(item, itemsOf(schema))
  if (!isRecord(value)) return
  for (const key of Object.keys(value)) {
    const member = memberOf(schema, key)
    const hasDefault = member?.default !== undefined && member.default !== null
    if (isForbiddenNull(value[key], member) && !hasDefault) delete value[key]
    else dropForbiddenNulls(value[key], member)
  }
}

/** False when no default is anywhere in the schema: then reading an object never changes it. */
export function hasDefaults(schema: Schema | undefined): boolean {
  if (schema === undefined) return false
  if (schema.default !== undefined && schema.default !== null) return true
  return (
    hasDefaults(itemsOf(schema)) ||
    hasDefaults(additionalOf(schema)) ||
    Object.values(schema.properties ?? {}).some(hasDefaults)
  )
}
