// What may stand in `allOf`, `anyOf`, `oneOf` and `not` of a structural schema: restrictions of values, never structure.
// Source: apiextensions-apiserver pkg/apiserver/schema/validation.go (validateValueValidation, validateNestedValueValidation).

import { compileGoRegexp } from '../../../validation/go-regexp.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid } from '../../../validation/field-errors.ts'
import { hasDefault, itemsSchema, propertySchema, sortedEntries, type Schema } from './schema-walk.ts'

export type Level = 'field' | 'item' | 'root'

/** Junctors that are `integer or string` and so may name types. */
export interface TypedJunctors {
  readonly anyOf: boolean
  /** `anyOf` in the first of them. */
  readonly allOf: boolean
}

const UNTYPED: TypedJunctors = { anyOf: false, allOf: false }

interface Place {
  readonly level: Level
  readonly path: string
  readonly typed: TypedJunctors
}

export function validateJunctors(schema: Schema, { level, path, typed }: Place): readonly FieldError[] {
  const errors: FieldError[] = []
  const nested = (inner: Schema, at: string, innerTyped = UNTYPED): void => {
    errors.push(...validateNested(inner, { level, path: `${path}.${at}`, typed: innerTyped }))
  }
  const { allOf = [], anyOf = [], oneOf = [], not, pattern = '' } = schema
  if (!typed.anyOf) for (const [index, inner] of anyOf.entries()) nested(inner, `anyOf[${index}]`)
  for (const [index, inner] of allOf.entries()) {
    nested(inner, `allOf[${index}]`, { anyOf: index === 0 && typed.allOf, allOf: false })
  }
  for (const [index, inner] of oneOf.entries()) nested(inner, `oneOf[${index}]`)
  if (not !== undefined) nested(not, 'not')
  const regexp = pattern === '' ? undefined : compileGoRegexp(pattern)
  if (regexp !== undefined && 'error' in regexp) {
    const text = `must be a valid regular expression, but isn't: ${regexp.error}`
    errors.push(invalid(`${path}.pattern`, pattern, text))
  }
  return errors
}

const EMPTY = 'must be empty to be structural'
const UNDEFINED = 'must be undefined to be structural'
const FALSE = 'must be false to be structural'

/** What is structure, and how its absence is asked for. */
const STRUCTURE: readonly (readonly [keyof Schema, string])[] = [
  ['title', EMPTY],
  ['description', EMPTY],
  ['nullable', FALSE],
  ['x-kubernetes-preserve-unknown-fields', FALSE],
  ['x-kubernetes-embedded-resource', FALSE],
  ['x-kubernetes-int-or-string', FALSE],
  ['x-kubernetes-list-map-keys', EMPTY],
  ['x-kubernetes-list-type', UNDEFINED],
  ['x-kubernetes-map-type', UNDEFINED],
  ['x-kubernetes-validations', EMPTY],
]

function validateNested(schema: Schema, place: Place): readonly FieldError[] {
  const { level, path } = place
  const errors: FieldError[] = [...validateJunctors(schema, place)]
  const items = itemsSchema(schema)
  if (items !== undefined) {
    errors.push(...validateNested(items, { level, path: `${path}.items`, typed: UNTYPED }))
  }
  for (const [key, property] of sortedEntries(schema.properties)) {
    const at = `${path}.properties[${key}]`
    errors.push(...validateNested(property, { level: 'field', path: at, typed: UNTYPED }))
  }
  if (schema.type !== undefined) errors.push(forbiddenField(`${path}.type`, EMPTY))
  const { additionalProperties } = schema
  if (additionalProperties !== undefined && additionalProperties !== false) {
    errors.push(forbiddenField(`${path}.additionalProperties`, UNDEFINED))
  }
  if (hasDefault(schema)) errors.push(forbiddenField(`${path}.default`, UNDEFINED))
  for (const [name, text] of STRUCTURE) {
    const value = schema[name]
    const isEmpty = Array.isArray(value) && value.length === 0
    if (value !== undefined && !isEmpty) errors.push(forbiddenField(`${path}.${name}`, text))
  }
  if (propertySchema(schema, 'metadata') !== undefined) {
    errors.push(forbiddenField(`${path}.properties[metadata]`, 'must not be specified in a nested context'))
  }
  return errors
}
