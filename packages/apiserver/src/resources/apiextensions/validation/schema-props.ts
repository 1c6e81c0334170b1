// A schema of a definition and all schemas in it, field by field.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionOpenAPISchema,
// specStandardValidatorV3).

import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported } from '../../../validation/field-errors.ts'
import { validateListType, validateMapType } from './list-rules.ts'
import { cardinalityInside, type Cardinality, type RuleCosts } from './rule-costs.ts'
import { compileRules, validateRules } from './rules.ts'
import { hasDefault, isNameList, isSchemaList, sortedEntries, type Schema } from './schema-walk.ts'

export interface SchemaPlace {
  readonly path: string
  readonly isRoot: boolean
  /** Inside apiVersion, kind or metadata, of the object itself or of one in it. */
  readonly insideMeta: boolean
  /** Why defaults may not be set; undefined: they may. */
  readonly noDefaults: string | undefined
  /** The first schema above whose parts of an old and a new object do not belong together. */
  readonly uncorrelatable: string | undefined
  /** Rules are compiled here: not inside `not` and its like, and not in a schema that is wrong otherwise. */
  readonly compiles: boolean
  readonly cardinality: Cardinality
  readonly costs: RuleCosts
}

/** Errors of rules come after those of the schema. */
export interface SchemaErrors {
  readonly schema: readonly FieldError[]
  readonly rules: readonly FieldError[]
}

export function validateSchemaProps(schema: Schema, place: SchemaPlace): SchemaErrors {
  const { path } = place
  const inner = innerPlaces(schema, place).map(([below, at]) => validateSchemaProps(below, at))
  const errors = [
    ...validateStandard(schema, place),
    ...(schema.uniqueItems === true ? [forbiddenField(`${path}.uniqueItems`, UNIQUE_ITEMS)] : []),
    ...exclusiveProperties(schema, path),
    ...inner.flatMap((found) => found.schema),
    ...validateUnknownFields(schema, path),
    ...validateMapType(schema, path),
    ...validateListType(schema, path),
    ...validateRules(schema, path),
  ]
  const rules = inner.flatMap((found) => found.rules)
  return {
    schema: errors,
    rules: errors.length > 0 || !place.compiles ? rules : [...rules, ...ownRules(schema, place)],
  }
}

function ownRules(schema: Schema, place: SchemaPlace): readonly FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  return compileRules(schema, { ...place, isRoot: place.isRoot || embedded })
}

const UNIQUE_ITEMS = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string']

/** What OpenAPI v3, as Kubernetes speaks it, does without. */
function validateStandard(schema: Schema, { path, noDefaults, insideMeta }: SchemaPlace): readonly FieldError[] {
  const errors: FieldError[] = []
  const forbid = (field: string, text: string): void => {
    errors.push(forbiddenField(`${path}.${field}`, text))
  }
  const { type = '', items } = schema
  if (type !== '' && !TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES))
  if (hasDefault(schema) && noDefaults !== undefined) forbid('default', `must not be set ${noDefaults}`)
  for (const field of ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const) {
    if (isSaid(schema, field)) forbid(field, `${field} is not supported`)
  }
  if (type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative')
  if (items !== undefined && isSchemaList(items) && items.length > 0) {
    forbid('items', 'items must be a schema object and not an array')
  }
  if (insideMeta && schema['x-kubernetes-embedded-resource'] === true) {
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta')
  }
  return errors
}

/** An empty text or map says nothing, but for dependencies, which Go tells from none. */
function isSaid(
  schema: Schema,
  field: 'additionalItems' | 'definitions' | 'dependencies' | 'id' | 'patternProperties' | '$ref',
): boolean {
  const value = schema[field]
  if (value === undefined || value === '') return false
  return (field !== 'patternProperties' && field !== 'definitions') || Object.keys(value).length > 0
}

/** Properties are for structs, additionalProperties for maps. */
function exclusiveProperties({ properties, additionalProperties }: Schema, path: string): readonly FieldError[] {
  if (additionalProperties === undefined || additionalProperties === true) return []
  if (Object.keys(properties ?? {}).length === 0) return []
  return [forbiddenField(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')]
}

function validateUnknownFields(schema: Schema, path: string): readonly FieldError[] {
  const field = 'x-kubernetes-preserve-unknown-fields'
  return schema[field] === false ? [invalid(`${path}.${field}`, false, 'must be true or undefined')] : []
}

const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

type Inner = readonly (readonly [Schema, SchemaPlace])[]

/** The schemas right inside, in upstream's order. */
function innerPlaces(schema: Schema, place: SchemaPlace): Inner {
  const { path } = place
  const at = (name: string, change: Partial<SchemaPlace> = {}): SchemaPlace => ({
    ...place,
    isRoot: false,
    cardinality: cardinalityInside(schema, place.cardinality),
    path: `${path}.${name}`,
    ...change,
  })
  const junctor = (name: string): SchemaPlace => at(name, { compiles: false })
  const { not, allOf = [], oneOf = [], anyOf = [] } = schema
  return [
    ...additionalProperties(schema, at, place),
    ...properties(schema, at, place),
    ...(not === undefined ? [] : [[not, junctor('not')] as const]),
    ...allOf.map((inner, index) => [inner, junctor(`allOf[${index}]`)] as const),
    ...oneOf.map((inner, index) => [inner, junctor(`oneOf[${index}]`)] as const),
    ...anyOf.map((inner, index) => [inner, junctor(`anyOf[${index}]`)] as const),
    ...sortedEntries(schema.definitions).map(([key, inner]) => [inner, junctor(`definitions[${key}]`)] as const),
    ...items(schema, at, place),
    ...sortedEntries(schema.dependencies).flatMap(([key, inner]) =>
      isNameList(inner) ? [] : [[inner, junctor(`dependencies[${key}]`)] as const],
    ),
  ]
}

type At = (name: string, change?: Partial<SchemaPlace>) => SchemaPlace

function additionalProperties({ additionalProperties: inner }: Schema, at: At, { insideMeta }: SchemaPlace): Inner {
  if (typeof inner !== 'object') return []
  // What a default there would apply to cannot be told without the object.
  const change = insideMeta ? { noDefaults: 'inside additionalProperties applying to object metadata' } : {}
  return [[inner, at('additionalProperties', change)]]
}

function properties(schema: Schema, at: At, place: SchemaPlace): Inner {
  const mapType = schema['x-kubernetes-map-type']
  const correlatable = mapType === undefined || mapType === 'granular' || mapType === 'atomic'
  const uncorrelatable = place.uncorrelatable ?? (correlatable ? undefined : place.path)
  const ofResource = place.isRoot || schema['x-kubernetes-embedded-resource'] === true
  return sortedEntries(schema.properties).map(([key, property]) => {
    const meta = ofResource && META_FIELDS.has(key)
    const change = {
      uncorrelatable,
      ...(meta ? { insideMeta: true } : {}),
      ...(meta && place.isRoot ? { noDefaults: `in top-level ${key}` } : {}),
    }
    return [property, at(`properties[${key}]`, change)] as const
  })
}

/** Items of atomic lists and of sets have no identity: nobody knows which was which. */
function items(schema: Schema, at: At, place: SchemaPlace): Inner {
  const { items: inner } = schema
  if (inner === undefined) return []
  const correlatable = schema['x-kubernetes-list-type'] === 'map'
  const change = { uncorrelatable: place.uncorrelatable ?? (correlatable ? undefined : place.path) }
  if (!isSchemaList(inner)) return [[inner, at('items', change)]]
  return inner.map((item, index) => [item, at(`items[${index}]`, change)] as const)
}
