// One type of the wire as an OpenAPI schema, made from the schema tables: types, required fields, descriptions, list types and
// merge keys. v2 and v3 differ in where references point and how a described reference is written.
// Source: kube-openapi pkg/builder and pkg/builder3, as served by kube-apiserver.

import { compareKeys, compareText } from '@podwire/engine'
import { structType } from '../managed-fields/value-type.ts'
import { findSchema, type Descriptions, type FieldSchema, type ObjectSchema } from '../schema/index.ts'

export type Dialect = 'v2' | 'v3'

export interface JsonSchema {
  readonly [key: string]: unknown
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'

/** Types the tables know by a word and OpenAPI by a name. */
const NAMED_SCALARS: ReadonlyMap<
  string,
  { readonly name: string; readonly schema: Readonly<Record<Dialect, JsonSchema>> }
> = new Map([
  named('time', `${META}.Time`, { type: 'string', format: 'date-time' }),
  named('micro-time', `${META}.MicroTime`, { type: 'string', format: 'date-time' }),
  named('raw', `${META}.FieldsV1`, { type: 'object' }),
  named('json', `${EXTENSIONS}.JSON`, {
    description:
      'JSON represents any valid JSON value. These types are supported: bool, int64, float64, string, []interface{}, ' +
      'map[string]interface{} and nil.',
  }),
  named('schema-or-array', `${EXTENSIONS}.JSONSchemaPropsOrArray`, {
    description:
      'JSONSchemaPropsOrArray represents a value that can either be a JSONSchemaProps or an array of JSONSchemaProps. ' +
      'Mainly here for serialization purposes.',
  }),
  named('schema-or-bool', `${EXTENSIONS}.JSONSchemaPropsOrBool`, {
    description:
      'JSONSchemaPropsOrBool represents JSONSchemaProps or a boolean value. Defaults to true for the boolean property.',
  }),
  named('schema-or-strings', `${EXTENSIONS}.JSONSchemaPropsOrStringArray`, {
    description: 'JSONSchemaPropsOrStringArray represents a JSONSchemaProps or a string array.',
  }),
  named(
    'quantity',
    'io.k8s.apimachinery.pkg.api.resource.Quantity',
    { type: 'string' },
    {
      oneOf: [{ type: 'string' }, { type: 'number' }],
    },
  ),
  named(
    'int-or-string',
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    { type: 'string', format: 'int-or-string' },
    {
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    },
  ),
])

function named(type: string, name: string, v2: JsonSchema, v3: JsonSchema = v2) {
  return [type, { name, schema: { v2, v3 } }] as const
}

const PLAIN_SCALARS: ReadonlyMap<string, JsonSchema> = new Map([
  ['string', { type: 'string' }],
  ['bool', { type: 'boolean' }],
  ['int32', { type: 'integer', format: 'int32' }],
  ['int64', { type: 'integer', format: 'int64' }],
  ['double', { type: 'number', format: 'double' }],
  ['bytes', { type: 'string', format: 'byte' }],
  ['strings', { type: 'array', items: { type: 'string' } }],
])

export function refTo(name: string, dialect: Dialect): JsonSchema {
  return { $ref: dialect === 'v2' ? `#/definitions/${name}` : `#/components/schemas/${name}` }
}

/** The name of the schema a field refers to, or undefined for plain scalars. */
export function referencedName(field: FieldSchema): string | undefined {
  return field.type === 'object' ? field.ref : NAMED_SCALARS.get(field.type)?.name
}

/** Zero values of what Go holds by value; structs are a `{}`. */
const ZEROS: ReadonlyMap<string, string | number | boolean> = new Map<string, string | number | boolean>([
  ['string', ''],
  ['bool', false],
  ['int32', 0],
  ['int64', 0],
  ['double', 0],
])

/** Whole structs by value default to an empty one; types with a format of their own to nothing. */
function structDefault(field: FieldSchema): JsonSchema {
  return field.type === 'object' && field.pointer !== true ? { default: {} } : {}
}

function scalarDefault(field: FieldSchema): JsonSchema {
  if (field.default !== undefined) return { default: field.default }
  return field.always === true && field.pointer !== true ? zeroDefault(field) : {}
}

function zeroDefault({ type }: FieldSchema): JsonSchema {
  return ZEROS.has(type) ? { default: ZEROS.get(type) } : {}
}

/** In OpenAPI 3.0 nothing may stand beside $ref, so a reference that says more is wrapped. */
function wrapped(reference: JsonSchema, more: JsonSchema): JsonSchema {
  return Object.keys(more).length === 0 ? reference : { allOf: [reference], ...more }
}

/** The type of one value, without what is said of the field. */
function typeSchema(field: FieldSchema): JsonSchema {
  const listed = field.enum === undefined ? {} : { enum: field.enum }
  return { ...(PLAIN_SCALARS.get(field.type) ?? { type: 'object' }), ...listed }
}

/** An item of a list or a value of a map. Defaults are left out of v2, whose readers stumble over them. */
function elementSchema(field: FieldSchema, dialect: Dialect): JsonSchema {
  const name = referencedName(field)
  if (dialect === 'v2') return name === undefined ? typeSchema(field) : refTo(name, dialect)
  if (name !== undefined) return wrapped(refTo(name, dialect), field.type === 'object' ? { default: {} } : {})
  return { ...typeSchema(field), ...zeroDefault(field) }
}

function extensions(field: FieldSchema): JsonSchema {
  return {
    ...(field.listType === undefined ? {} : { 'x-kubernetes-list-type': field.listType }),
    ...(field.listMapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': field.listMapKeys }),
    ...(field.mapType === undefined ? {} : { 'x-kubernetes-map-type': field.mapType }),
    ...(field.patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
    ...(field.patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': field.patchStrategy }),
  }
}

function fieldSchema(field: FieldSchema, description: string, dialect: Dialect): JsonSchema {
  const more = { ...(description === '' ? {} : { description }), ...extensions(field) }
  if (field.list === true) return { type: 'array', items: elementSchema(field, dialect), ...more }
  if (field.map === true) return { type: 'object', additionalProperties: elementSchema(field, dialect), ...more }
  const name = referencedName(field)
  if (dialect === 'v2') return { ...(name === undefined ? typeSchema(field) : refTo(name, dialect)), ...more }
  if (name !== undefined) return wrapped(refTo(name, dialect), { ...structDefault(field), ...more })
  return { ...typeSchema(field), ...scalarDefault(field), ...more }
}

/** A whole type. `kinds` are the group, version and kind it is known as; empty for parts of other types. */
export function objectSchema(
  schema: ObjectSchema,
  descriptions: Descriptions | undefined,
  kinds: readonly GroupVersionKind[],
  dialect: Dialect,
): JsonSchema {
  const fields = [...schema.fields].sort(compareKeys)
  const required = fields.filter(([, field]) => field.required === true).map(([name]) => name)
  return {
    ...(descriptions === undefined || descriptions.description === '' ? {} : { description: descriptions.description }),
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(
      fields.map(([name, field]) => [name, fieldSchema(field, descriptions?.fields[name] ?? '', dialect)]),
    ),
    ...(kinds.length === 0 ? {} : { 'x-kubernetes-group-version-kind': kinds }),
    ...(structType(schema.name).atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  }
}

/** Names of every schema reachable from `roots`, themselves included, by name. */
export function reachable(roots: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  const queue = [...roots]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    for (const field of findSchema(name)?.fields.values() ?? []) {
      const next = referencedName(field)
      if (next !== undefined) queue.push(next)
    }
  }
  return [...seen].sort(compareText)
}

/** The schema of a scalar that has a name of its own, or undefined. */
export function namedScalar(name: string, dialect: Dialect): JsonSchema | undefined {
  for (const scalar of NAMED_SCALARS.values()) if (scalar.name === name) return scalar.schema[dialect]
  return undefined
}
