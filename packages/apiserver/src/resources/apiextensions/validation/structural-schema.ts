// Structural schemas: types everywhere, nothing said about fields in `allOf` and its like that is not said outside of them,
// metadata left to the server. Source: apiextensions-apiserver pkg/apiserver/schema/validation.go (ValidateStructural).

import { compareKeys } from '@podwire/engine'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, required } from '../../../validation/field-errors.ts'
import { sameValue } from '../../compare.ts'
import { itemsSchema, propertySchema, sortedEntries, type Schema } from './schema-walk.ts'
import { validateCompleteness } from './structural-completeness.ts'
import { validateJunctors, type Level, type TypedJunctors } from './value-validation.ts'

/** Sorted by their text, as upstream sorts them. */
export function validateStructural(schema: Schema, path: string): readonly FieldError[] {
  const errors = [...validateInvariants(schema, 'root', path), ...validateCompleteness(schema, path)]
  const keyed = errors.map((error) => [`${error.field}: ${error.body}`, error] as const)
  return keyed.sort(compareKeys).map(([, error]) => error)
}

function validateInvariants(schema: Schema, level: Level, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const { type = '', additionalProperties } = schema
  const items = itemsSchema(schema)
  if (type === 'array' && items === undefined) errors.push(required(`${path}.items`, 'must be specified'))
  if (items !== undefined) errors.push(...validateInvariants(items, 'item', `${path}.items`))
  for (const [key, property] of sortedEntries(schema.properties)) {
    errors.push(...validateInvariants(property, 'field', `${path}.properties[${key}]`))
  }
  if (additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`
    if (level === 'root') errors.push(forbiddenField(at, 'must not be used at the root'))
    if (typeof additionalProperties === 'object') errors.push(...validateInvariants(additionalProperties, 'field', at))
  }
  errors.push(
    ...validateExtensions(schema, path),
    ...validateJunctors(schema, { level, path, typed: typedJunctors(schema) }),
    ...validateType(schema, level, path),
    ...validateMetadata(schema, level, path),
  )
  return errors
}

function validateExtensions(schema: Schema, path: string): readonly FieldError[] {
  if (schema['x-kubernetes-int-or-string'] !== true) return []
  const excluded = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const
  return excluded
    .filter((name) => schema[name] === true)
    .map((name) => invalid(`${path}.${name}`, true, 'must be false if x-kubernetes-int-or-string is true'))
}

const INT_OR_STRING: readonly Schema[] = [{ type: 'integer' }, { type: 'string' }]

/** Where `anyOf: [integer, string]` may name types: at once, or in the first of `allOf`. */
function typedJunctors({ anyOf, allOf }: Schema): TypedJunctors {
  return { anyOf: sameValue(anyOf, INT_OR_STRING), allOf: sameValue(allOf?.[0]?.anyOf, INT_OR_STRING) }
}

const MISSING_TYPES: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function validateType(schema: Schema, level: Level, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const { type = '' } = schema
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const untyped =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true
  if (embedded && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true'
    errors.push(type === '' ? required(`${path}.type`, text) : invalid(`${path}.type`, type, text))
  } else if (type === '' && !untyped) errors.push(required(`${path}.type`, MISSING_TYPES[level]))
  if (embedded && schema.additionalProperties !== undefined) {
    const text = 'must not be used if x-kubernetes-embedded-resource is set'
    errors.push(forbiddenField(`${path}.additionalProperties`, text))
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(invalid(`${path}.type`, type, 'must be object at the root'))
  }
  return errors
}

/** kind and apiVersion are texts; metadata may narrow names at the root, and is the server's everywhere. */
function validateMetadata(schema: Schema, level: Level, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const checked = level === 'root' || embedded
  for (const name of checked ? ['kind', 'apiVersion'] : []) {
    const type = propertySchema(schema, name)?.type ?? ''
    if (propertySchema(schema, name) !== undefined && type !== 'string') {
      errors.push(invalid(`${path}.properties[${name}].type`, type, 'must be string'))
    }
  }
  const metadata = propertySchema(schema, 'metadata')
  const at = `${path}.properties[metadata]`
  if (metadata !== undefined && checked && metadata.type !== 'object') {
    errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'))
  }
  if (metadata !== undefined && level === 'root' && !narrowsNamesOnly(metadata)) {
    const text = 'must not specify anything other than name and generateName, but metadata is implicitly specified'
    errors.push(forbiddenField(at, text))
  }
  if (
    embedded &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true &&
    sortedEntries(schema.properties).length === 0
  ) {
    const text =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.push(required(`${path}.properties`, text))
  }
  return errors
}

function narrowsNamesOnly(metadata: Schema): boolean {
  const { type: _, default: __, properties = {}, ...others } = metadata
  const names = Object.keys(properties)
  return names.every((name) => name === 'name' || name === 'generateName') && sameValue(others, {})
}
