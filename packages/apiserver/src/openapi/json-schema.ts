// One type of the wire as an OpenAPI schema, made from the schema tables: types, required fields, descriptions, list types and
// merge keys. v2 and v3 differ in where references point and how a described reference is written.
// Source: kube-openapi pkg/builder and pkg/builder3, as served by kube-apiserver.

import { compareKeys, compareText } from '@podwire/engine'
import { structType } from '../managed-fields/value-type.ts'
import { findSchema, goFieldOrder, type Descriptions, type FieldSchema, type ObjectSchema } from '../schema/index.ts'

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
const RAW_EXTENSION = 'io.k8s.apimachinery.pkg.runtime.RawExtension'

type Dialects = Readonly<Record<Dialect, JsonSchema>>

function named(type: string, name: string, v2: JsonSchema, v3: JsonSchema = v2) {
  return [type, { name, schema: { v2, v3 } }] as const
}

/** Types the tables know by a word and OpenAPI by a name. */
const NAMED_SCALARS: ReadonlyMap<string, { readonly name: string; readonly schema: Dialects }> = new Map([
  named('time', `${META}.Time`, { type: 'string', format: 'date-time' }),
  named('micro-time', `${META}.MicroTime`, { type: 'string', format: 'date-time' }),
  named('raw', RAW_EXTENSION, { type: 'object' }),
  named('fields', `${META}.FieldsV1`, { type: 'object' }),
  named('json', `${EXTENSIONS}.JSON`, {}),
  named('schema-or-array', `${EXTENSIONS}.JSONSchemaPropsOrArray`, {}),
  named('schema-or-bool', `${EXTENSIONS}.JSONSchemaPropsOrBool`, {}),
  named('schema-or-strings', `${EXTENSIONS}.JSONSchemaPropsOrStringArray`, {}),
  named(
    'quantity',
    'io.k8s.apimachinery.pkg.api.resource.Quantity',
    { type: 'string' },
    { oneOf: [{ type: 'string' }, { type: 'number' }] },
  ),
  named(
    'int-or-string',
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    { type: 'string', format: 'int-or-string' },
    { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  ),
])

/** Structs of which one member may be set, where upstream declares it. */
const UNIONS: ReadonlyMap<string, JsonSchema> = new Map([
  ['AppArmorProfile', union({ localhostProfile: 'LocalhostProfile' }, 'type')],
  ['PodSchedulingGroup', union({ podGroupName: 'PodGroupName' })],
  ['SeccompProfile', union({ localhostProfile: 'LocalhostProfile' }, 'type')],
])

function union(members: Readonly<Record<string, string>>, discriminator?: string): JsonSchema {
  return { ...(discriminator === undefined ? {} : { discriminator }), 'fields-to-discriminateBy': members }
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
function referencedName(name: string, field: FieldSchema): string | undefined {
  if (field.type === 'object') return field.ref
  return NAMED_SCALARS.get(name === 'fieldsV1' ? 'fields' : field.type)?.name
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

/** The type of one value, without what is said of the field. */
function typeSchema(field: FieldSchema): JsonSchema {
  const listed = field.enum === undefined ? {} : { enum: field.enum }
  return { ...(PLAIN_SCALARS.get(field.type) ?? { type: 'object' }), ...listed }
}

/** An item of a list or a value of a map. */
function elementSchema(name: string, field: FieldSchema, dialect: Dialect): JsonSchema {
  const reference = referencedName(name, field)
  return reference === undefined ? typeSchema(field) : refTo(reference, dialect)
}

function extensions(field: FieldSchema): JsonSchema {
  const mapType = field.mapType ?? field.structType
  return {
    ...(field.listMapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': field.listMapKeys }),
    ...(field.listType === undefined ? {} : { 'x-kubernetes-list-type': field.listType }),
    ...(mapType === undefined ? {} : { 'x-kubernetes-map-type': mapType }),
    ...(field.patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
    ...(field.patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': field.patchStrategy }),
  }
}

/** Defaults are left out of v2, whose readers stumble over them. */
function fieldSchema(name: string, field: FieldSchema, text: string, dialect: Dialect): JsonSchema {
  const description = text === '' ? {} : { description: text }
  if (field.list === true)
    return { ...description, type: 'array', items: elementSchema(name, field, dialect), ...extensions(field) }
  if (field.map === true) {
    const additionalProperties = elementSchema(name, field, dialect)
    return { ...description, type: 'object', additionalProperties, ...extensions(field) }
  }
  const found = referencedName(name, field)
  if (found !== undefined) return { ...description, ...reference(found, field, text, dialect), ...extensions(field) }
  const { enum: listed, ...type } = typeSchema(field)
  return {
    ...description,
    ...type,
    ...(dialect === 'v3' ? scalarDefault(field) : {}),
    ...(listed === undefined ? {} : { enum: listed }),
    ...extensions(field),
  }
}

/** In OpenAPI 3.0 nothing may stand beside $ref, so a reference that says more is wrapped. */
function reference(name: string, field: FieldSchema, text: string, dialect: Dialect): JsonSchema {
  const target = refTo(name, dialect)
  if (dialect === 'v2') return target
  const more = structDefault(field)
  const alone = text === '' && Object.keys({ ...more, ...extensions(field) }).length === 0
  return alone ? target : { ...more, allOf: [target] }
}

/** A whole type. `kinds` are the group, version and kind it is known as; empty for parts of other types. */
export function objectSchema(
  schema: ObjectSchema,
  descriptions: Descriptions | undefined,
  kinds: readonly GroupVersionKind[],
  dialect: Dialect,
): JsonSchema {
  const fields = [...schema.fields].sort(compareKeys)
  const required = goFieldOrder(schema).filter((name) => schema.fields.get(name)?.required === true)
  const properties = fields.map(([name, field]) => {
    return [name, fieldSchema(name, field, descriptions?.fields[name] ?? '', dialect)] as const
  })
  const union = schema.name.startsWith('io.k8s.api.core.v1.') ? UNIONS.get(schema.struct) : undefined
  return {
    ...(descriptions === undefined || descriptions.description === '' ? {} : { description: descriptions.description }),
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    ...(fields.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    ...(kinds.length === 0
      ? {}
      : { 'x-kubernetes-group-version-kind': kinds.map(({ group, kind, version }) => ({ group, kind, version })) }),
    ...(structType(schema.name).atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(union === undefined ? {} : { 'x-kubernetes-unions': [union] }),
  }
}

/** Names of every schema reachable from `roots`, themselves included, by name. */
export function reachable(roots: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  const queue = [...roots]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    for (const [fieldName, field] of findSchema(name)?.fields ?? []) {
      const next = referencedName(fieldName, field)
      if (next !== undefined) queue.push(next)
    }
  }
  return [...seen].sort(compareText)
}

/** The schema of a type that is written as one value. */
export function namedScalar(name: string, description: string, dialect: Dialect): JsonSchema {
  const text = description === '' ? {} : { description }
  for (const scalar of NAMED_SCALARS.values()) if (scalar.name === name) return { ...text, ...scalar.schema[dialect] }
  return { ...text, type: 'object' }
}
