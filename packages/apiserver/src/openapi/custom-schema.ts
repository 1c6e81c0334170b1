// A custom kind in OpenAPI: its definition's schema with what every object has. Source: apiextensions-apiserver
// pkg/controller/openapi (builder/builder.go, v2/conversion.go), pkg/apiserver/schema/unfold.go.

import { compareKeys, compareText } from '@podwire/engine'
import type { CustomKind } from '../custom-resources/custom-kind.ts'
import {
  additionalOf,
  isEmbeddedResource,
  itemsOf,
  keepsUnknownFields,
  type Schema,
} from '../custom-resources/schema/walk.ts'
import type { Resource } from '../resources/resource.ts'
import { goFieldOrder, schemaOf } from '../schema/index.ts'
import type { FindDescriptions } from './document.ts'
import { refTo, type Dialect, type JsonSchema } from './json-schema.ts'

export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
export const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta'
const VALIDATION_RULE = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ValidationRule'
const CONVENTIONS = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md'

/** The schemas of a custom kind and of its list, by name. */
export function customSchemas(
  resource: Resource,
  custom: CustomKind,
  describe: FindDescriptions,
  dialect: Dialect,
): readonly (readonly [name: string, schema: JsonSchema])[] {
  const typeMeta = typeMetaProperties(describe)
  return [
    [resource.schema, objectSchema(resource, custom, typeMeta, dialect)],
    [`${resource.schema}List`, listSchema(resource, custom, typeMeta, dialect)],
  ]
}

interface TypeMeta {
  readonly apiVersion: JsonSchema
  readonly kind: JsonSchema
}

/** Every kind describes these two alike. */
function typeMetaProperties(describe: FindDescriptions): TypeMeta {
  const fields = describe('io.k8s.api.core.v1.ConfigMap')?.fields ?? {}
  const text = (name: string): JsonSchema => ({ description: fields[name] ?? '', type: 'string' })
  return { apiVersion: text('apiVersion'), kind: text('kind') }
}

function describedRef(name: string, description: string, dialect: Dialect): JsonSchema {
  // In OpenAPI 3.0 nothing may stand beside $ref.
  return dialect === 'v3' ? { description, allOf: [refTo(name, dialect)] } : { description, ...refTo(name, dialect) }
}

function metadataRef(dialect: Dialect): JsonSchema {
  return describedRef(OBJECT_META, `Standard object's metadata. More info: ${CONVENTIONS}#metadata`, dialect)
}

function objectSchema(resource: Resource, custom: CustomKind, typeMeta: TypeMeta, dialect: Dialect): JsonSchema {
  const { group, version, kind, schema } = custom
  const kinds = { 'x-kubernetes-group-version-kind': [{ group, kind, version }] }
  // kubectl would take properties for all there are.
  const open = schema === undefined || (dialect === 'v2' && (keepsUnknownFields(schema) || custom.keepsUnknownFields))
  const selectable = selectableFields(resource)
  if (open) return { type: 'object', ...kinds, ...selectable }
  const published = publish(schema, dialect)
  const properties = { ...(published['properties'] as object | undefined), ...typeMeta, metadata: metadataRef(dialect) }
  return inOrder({ ...published, properties: sorted(properties), ...kinds, ...selectable })
}

function selectableFields({ selectableFields }: Resource): JsonSchema {
  const fields = Object.keys(selectableFields).map((fieldPath) => ({ fieldPath }))
  return fields.length === 0 ? {} : { 'x-kubernetes-selectable-fields': fields }
}

function listSchema(resource: Resource, custom: CustomKind, typeMeta: TypeMeta, dialect: Dialect): JsonSchema {
  const { group, version, kind, listKind } = custom
  const items = {
    description: `List of ${resource.type.resource}. More info: ${CONVENTIONS}`,
    type: 'array',
    items: refTo(resource.schema, dialect),
  }
  const metadata = describedRef(LIST_META, `Standard list metadata. More info: ${CONVENTIONS}#types-kinds`, dialect)
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: { apiVersion: typeMeta.apiVersion, items, kind: typeMeta.kind, metadata },
    'x-kubernetes-group-version-kind': [{ group, kind: listKind, version }],
    ...selectableFields(resource),
  }
}

function sorted<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).sort(compareKeys))
}

const INT_OR_STRING: readonly Schema[] = [{ type: 'integer' }, { type: 'string' }]

/** One schema and all in it, as the dialect has them. */
function publish(schema: Schema, dialect: Dialect): JsonSchema {
  const { properties, items: _items, additionalProperties, ...rest } = schema
  const items = itemsOf(schema)
  const additional = additionalOf(schema)
  const rules = schema['x-kubernetes-validations']
  const whole: Record<string, unknown> = {
    ...rest,
    ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules.map((rule) => ruleInOrder(rule, dialect)) }),
    ...(schema['x-kubernetes-int-or-string'] === true && dialect === 'v3' ? intOrString(schema) : {}),
    ...(items === undefined ? {} : { items: publish(items, dialect) }),
    ...(additional === undefined ? {} : { additionalProperties: publish(additional, dialect) }),
    ...(typeof additionalProperties === 'boolean' ? { additionalProperties } : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: sorted(
            Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, publish(inner, dialect)])),
          ),
        }),
  }
  if (dialect === 'v2') restrictToV2(whole, schema)
  if (isEmbeddedResource(schema) && !(dialect === 'v2' && keepsUnknownFields(schema))) embed(whole, dialect)
  return inOrder(whole)
}

/** v2 has been through a map. */
function ruleInOrder(rule: object, dialect: Dialect): object {
  if (dialect === 'v2') return Object.fromEntries(Object.entries(rule).sort(compareKeys))
  const fields = goFieldOrder(schemaOf(VALIDATION_RULE))
  return Object.fromEntries(Object.entries(rule).sort(([a], [b]) => fields.indexOf(a) - fields.indexOf(b)))
}

/** Keys as Go's struct has them. */
const KEYS: readonly string[] = [
  'description',
  'type',
  'nullable',
  'format',
  'title',
  'default',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'multipleOf',
  'enum',
  'maxProperties',
  'minProperties',
  'required',
  'items',
  'allOf',
  'oneOf',
  'anyOf',
  'not',
  'properties',
  'additionalProperties',
  'externalDocs',
  'example',
]

/** Extensions come last, by name. */
function inOrder(schema: JsonSchema): JsonSchema {
  const rank = (key: string): number => (KEYS.includes(key) ? KEYS.indexOf(key) : KEYS.length)
  return Object.fromEntries(Object.entries(schema).sort(([a], [b]) => rank(a) - rank(b) || compareText(a, b)))
}

/** Spelled out for clients that do not know the extension. */
function intOrString(schema: Schema): Pick<Schema, 'anyOf' | 'allOf'> {
  if (schema.anyOf === undefined) return { anyOf: INT_OR_STRING }
  const isSpelledOut = JSON.stringify(schema.anyOf) === JSON.stringify(INT_OR_STRING)
  return isSpelledOut ? {} : { allOf: [{ anyOf: INT_OR_STRING }, ...(schema.allOf ?? [])] }
}

/** OpenAPI v2 has no alternatives and no null, and kubectl's reader of it no fields that nobody named. */
function restrictToV2(whole: Record<string, unknown>, schema: Schema): void {
  for (const unknown of ['allOf', 'anyOf', 'oneOf', 'not', 'nullable', 'default']) delete whole[unknown]
  const nullable = schema.nullable === true
  if (nullable || keepsUnknownFields(schema)) {
    delete whole['items']
    delete whole['properties']
  }
  const untyped =
    nullable ||
    (whole['type'] === 'array' && whole['items'] === undefined) ||
    (whole['type'] === 'object' && keepsUnknownFields(schema))
  if (untyped) delete whole['type']
  const { properties = {}, required = [] } = schema
  const kept = required.filter((name) => properties[name]?.nullable !== true)
  if (additionalOf(schema)?.nullable === true || kept.length === 0) delete whole['required']
  else whole['required'] = kept
}

function embed(whole: Record<string, unknown>, dialect: Dialect): void {
  const required = (whole['required'] ?? []) as readonly string[]
  const missing = ['kind', 'apiVersion'].filter((name) => !required.includes(name))
  whole['required'] = [...required, ...missing]
  whole['properties'] = sorted({
    ...(whole['properties'] as Record<string, JsonSchema> | undefined),
    apiVersion: {
      description: `apiVersion defines the versioned schema of this representation of an object. More info: ${CONVENTIONS}#resources`,
      type: 'string',
    },
    kind: {
      description: `kind is a string value representing the type of this object. In CamelCase. More info: ${CONVENTIONS}#types-kinds`,
      type: 'string',
    },
    metadata: metadataRef(dialect),
  })
}
