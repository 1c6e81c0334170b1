// Defaults of CustomResourceDefinitions, and the form they are stored in: what Go leaves out when it writes a zero value
// (`omitempty`) is dropped here, as the real server's round trip through its structs drops it.
// Source: apiextensions-apiserver pkg/apis/apiextensions/v1 (defaults.go, types.go, types_jsonschema.go, conversion.go).

import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'

type Fields = Record<string, unknown>

export function defaultDefinition(definition: Mutable<CustomResourceDefinition>): void {
  const spec = (definition.spec ??= emptySpec())
  // Required lists and structs may still be missing in what a client sent.
  spec.names ??= { plural: '', kind: '' }
  if (spec.preserveUnknownFields === false) delete spec.preserveUnknownFields
  defaultNames(spec.names)
  spec.conversion ??= { strategy: 'None' }
  defaultConversion(spec.conversion)
  for (const version of spec.versions ?? []) dropVersionZeros(version)
  const storage = (spec.versions ?? []).find((version) => version.storage)
  if (storage === undefined || (definition.status?.storedVersions ?? []).length > 0) return
  definition.status ??= {}
  definition.status.storedVersions = [storage.name]
}

function emptySpec(): Mutable<CustomResourceDefinition>['spec'] {
  return {
    group: '',
    scope: '',
    names: { plural: '', kind: '' },
  } as unknown as Mutable<CustomResourceDefinition>['spec']
}

function defaultNames(names: Mutable<CustomResourceDefinitionNames>): void {
  const kind = names.kind ?? ''
  if ((names.singular ?? '') === '') names.singular = kind.toLowerCase()
  if ((names.listKind ?? '') === '' && kind !== '') names.listKind = `${kind}List`
  dropZeros(names as unknown as Fields, ['singular', 'listKind'])
}

function defaultConversion(conversion: Mutable<CustomResourceConversion>): void {
  const { webhook } = conversion
  if (webhook === undefined) return
  const service = webhook.clientConfig?.service
  if (service !== undefined) service.port ??= 443
  if (webhook.clientConfig === undefined && (webhook.conversionReviewVersions ?? []).length === 0) {
    delete conversion.webhook
  }
}

function dropVersionZeros(version: Mutable<CustomResourceDefinitionVersion>): void {
  if (version.deprecated === false) delete version.deprecated
  for (const column of version.additionalPrinterColumns ?? []) {
    dropZeros(column as unknown as Fields, ['format', 'description', 'priority'])
  }
  const schema = version.schema?.openAPIV3Schema
  if (schema !== undefined) dropSchemaZeros(schema)
}

/** Fields of a schema that Go holds by value. */
const HELD_BY_VALUE: readonly string[] = [
  'id',
  '$schema',
  'description',
  'type',
  'format',
  'title',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'pattern',
  'uniqueItems',
  'nullable',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
]

function dropSchemaZeros(schema: Mutable<JSONSchemaProps>): void {
  dropZeros(schema as unknown as Fields, HELD_BY_VALUE)
  if (schema.externalDocs !== undefined) dropZeros(schema.externalDocs as unknown as Fields, ['description', 'url'])
  for (const rule of schema['x-kubernetes-validations'] ?? []) {
    dropZeros(rule as unknown as Fields, ['message', 'messageExpression', 'fieldPath'])
  }
  for (const inner of innerSchemas(schema)) dropSchemaZeros(inner)
}

function innerSchemas(schema: Mutable<JSONSchemaProps>): readonly Mutable<JSONSchemaProps>[] {
  const { items, additionalItems, additionalProperties, not } = schema
  const single = [additionalItems, additionalProperties, not].filter((inner) => typeof inner === 'object')
  const maps = [schema.properties, schema.patternProperties, schema.definitions]
  const dependencies = Object.values(schema.dependencies ?? {}).filter((inner) => !Array.isArray(inner))
  return [
    ...single,
    ...(items === undefined ? [] : Array.isArray(items) ? items : [items]),
    ...[schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => list ?? []),
    ...maps.flatMap((map) => Object.values(map ?? {})),
    ...dependencies,
  ] as readonly Mutable<JSONSchemaProps>[]
}

function dropZeros(fields: Fields, names: readonly string[]): void {
  for (const name of names) {
    const value = fields[name]
    if (value === '' || value === 0 || value === false) delete fields[name]
  }
}
