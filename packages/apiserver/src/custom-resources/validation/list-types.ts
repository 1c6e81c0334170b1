// Lists that are sets or are keyed may not have an element twice. Source: apiextensions-apiserver
// pkg/apiserver/schema/listtype/validation.go: of elements that repeat, the second one is told, and only once.

import { compareText } from '@podwire/engine'
import type { FieldError } from '../../validation/field-error.ts'
import { goJson } from '../../objects/go-json.ts'
import { duplicate, invalid } from '../../validation/field-errors.ts'
import { additionalOf, asItems, childPath, isRecord, itemsOf, propertyOf, type Schema } from '../schema/walk.ts'

export function validateListTypes(value: unknown, schema: Schema, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  visit(value, schema, path, errors)
  return errors
}

function visit(value: unknown, schema: Schema, path: string, errors: FieldError[]): void {
  const items = asItems(value)
  if (items !== undefined) {
    checkList(items, schema, path, errors)
    const itemSchema = itemsOf(schema)
    if (itemSchema === undefined) return
    for (const [index, item] of items.entries()) visit(item, itemSchema, `${path}[${index}]`, errors)
  } else if (isRecord(value)) {
    const additional = additionalOf(schema)
    for (const key of Object.keys(value)) {
      const property = propertyOf(schema, key)
      if (property !== undefined) visit(value[key], property, childPath(path, key), errors)
      else if (additional !== undefined) visit(value[key], additional, `${path}[${key}]`, errors)
    }
  }
}

function checkList(items: readonly unknown[], schema: Schema, path: string, errors: FieldError[]): void {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') {
    for (const index of repeated(items)) errors.push(duplicate(`${path}[${index}]`, items[index]))
  } else if (type === 'map') {
    const stray = items.findIndex((item) => item !== null && !isRecord(item))
    if (stray >= 0) {
      errors.push(invalid(`${path}[${stray}]`, items[stray], 'must be an object for an array of list-type map'))
      return
    }
    const keys = items.map((item) => keyOf(item, schema['x-kubernetes-list-map-keys'] ?? []))
    for (const index of repeated(keys)) errors.push(duplicate(`${path}[${index}]`, keys[index]))
  }
}

/** Keys that an item does not have are not part of it. */
function keyOf(item: unknown, names: readonly string[]): object {
  const present = isRecord(item) ? names.filter((name) => Object.hasOwn(item, name)) : []
  return Object.fromEntries(
    present.sort(compareText).map((name) => [name, (item as Readonly<Record<string, unknown>>)[name]]),
  )
}

function repeated(values: readonly unknown[]): readonly number[] {
  const times = new Map<string, number>()
  const found: number[] = []
  for (const [index, value] of values.entries()) {
    const text = sortedJson(value)
    const before = times.get(text) ?? 0
    times.set(text, before + 1)
    if (before === 1) found.push(index)
  }
  return found
}

function sortedJson(value: unknown): string {
  return goJson(sorted(value))
}

function sorted(value: unknown): unknown {
  const items = asItems(value)
  if (items !== undefined) return items.map(sorted)
  if (!isRecord(value)) return value ?? null
  return Object.keys(value)
    .sort(compareText)
    .map((key) => [key, sorted(value[key])])
}
