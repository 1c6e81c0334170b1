// Defaults in a schema: each has no fields its schema does not know, and is a valid value.
// Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go (ValidateDefaults), surroundingobject.go.

import { validateDefault as validateRulesOf } from '../../../custom-resources/cel/compiled-rules.ts'
import { coerceEmbedded, validateEmbedded } from '../../../custom-resources/schema/embedded-resources.ts'
import { prune } from '../../../custom-resources/schema/prune.ts'
import { validateValue } from '../../../custom-resources/validation/validate-value.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid } from '../../../validation/field-errors.ts'
import { TypeMismatch } from '../../../decode/convert.ts'
import { mutableCopy } from '../../../store/share.ts'
import { sameValue } from '../../compare.ts'
import { hasDefault, itemsSchema, sortedEntries, type Schema } from './schema-walk.ts'

interface Surroundings {
  /** The resource the default is part of. */
  readonly resource: Schema
  /** Inside its apiVersion, kind or metadata. */
  readonly insideMeta: boolean
  /** Puts a value where it stands in the resource. */
  readonly wrap: (value: unknown) => unknown
}

const EMBEDDED = { 'x-kubernetes-embedded-resource': true } as const

function rootOf(resource: Schema): Surroundings {
  return { resource, insideMeta: false, wrap: (value) => value }
}

export function validateDefaults(schema: Schema, path: string): readonly FieldError[] {
  const resource = { ...schema, ...EMBEDDED }
  return validateInside(resource, path, rootOf(resource))
}

function validateInside(schema: Schema, path: string, around: Surroundings): readonly FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const { resource, insideMeta, wrap } = embedded ? rootOf(schema) : around
  const errors: FieldError[] = []
  if (hasDefault(schema)) {
    const at = `${path}.default`
    errors.push(...(insideMeta ? validateMetaDefault(schema, at, { resource, wrap }) : validateDefault(schema, at)))
  }
  const items = itemsSchema(schema)
  if (items !== undefined) {
    const inner = { resource, insideMeta, wrap: (value: unknown) => wrap([value]) }
    errors.push(...validateInside(items, `${path}.items`, inner))
  }
  for (const [key, property] of sortedEntries(schema.properties)) {
    const meta = embedded && (key === 'metadata' || key === 'apiVersion' || key === 'kind')
    const inner = { resource, insideMeta: insideMeta || meta, wrap: (value: unknown) => wrap({ [key]: value }) }
    errors.push(...validateInside(property, `${path}.properties[${key}]`, inner))
  }
  return errors
}

function validateDefault(schema: Schema, path: string): readonly FieldError[] {
  const value = schema.default
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const pruned = mutableCopy(value)
  prune(pruned, schema, { root: embedded })
  const unknown = sameValue(pruned, value) ? [] : [invalid(path, value, 'must not have unknown fields')]
  return [...unknown, ...firstOf(embeddedErrors(value, schema, path), () => valueErrors(schema, path, embedded))]
}

/** A default inside metadata is judged by what it makes of the whole. */
function validateMetaDefault(
  schema: Schema,
  path: string,
  { resource, wrap }: Pick<Surroundings, 'resource' | 'wrap'>,
): readonly FieldError[] {
  const value = schema.default
  const object = { apiVersion: 'validation/v1', kind: 'Validation', ...(wrap(mutableCopy(value)) as object) }
  const messages = embeddedErrors(object, { ...resource, ...EMBEDDED }, '').map(
    ({ field, body }) => `${field}: ${body}`,
  )
  if (messages.length === 0) return valueErrors(schema, path, false)
  const why = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`
  return [invalid(path, value, `must result in valid metadata: ${why}`)]
}

/** A default may be anything where numbers and strings are taken alike: structural schemas name no type there. */
function ofAnyType(schema: Schema): Schema {
  const { 'x-kubernetes-int-or-string': _, properties, ...rest } = schema
  const items = itemsSchema(schema)
  const entries = Object.entries(properties ?? {}).map(([key, property]) => [key, ofAnyType(property)] as const)
  return {
    ...rest,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(entries) }),
    ...(items === undefined ? {} : { items: ofAnyType(items) }),
  }
}

/** The default as any value would be, by its schema and then by the schema's rules. */
function valueErrors(schema: Schema, path: string, isRoot: boolean): readonly FieldError[] {
  return firstOf(validateValue(schema.default, ofAnyType(schema), path), () =>
    validateRulesOf(schema.default, schema, path, isRoot),
  )
}

/** Metadata of embedded resources in a value: first its types, then what it says. */
function embeddedErrors(value: unknown, schema: Schema, path: string): readonly FieldError[] {
  const below = (field: string): string => (path === '' ? field : `${path}.${field}`)
  try {
    coerceEmbedded(mutableCopy(value), schema)
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error
    const [field = '', ...body] = error.message.split(': ')
    return [{ reason: 'FieldValueInvalid', field: below(field), body: body.join(': ') }]
  }
  return validateEmbedded(value, schema).map((found) => ({ ...found, field: below(found.field) }))
}

function firstOf(found: readonly FieldError[], next: () => readonly FieldError[]): readonly FieldError[] {
  return found.length > 0 ? found : next()
}
