// Values of the internal version as error texts show them: Go's structs as JSON, with Go's field names in Go's order and every
// field that is empty. Source: apiextensions-apiserver pkg/apis/apiextensions (types.go, types_jsonschema.go).

import { compareKeys } from '@podwire/engine'
import type {
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
  ValidationRule,
} from '../../objects/index.ts'

type Printed = Readonly<Record<string, unknown>>

export function printedVersions(versions: readonly CustomResourceDefinitionVersion[] | undefined): unknown {
  return versions?.map(printedVersion) ?? null
}

function printedVersion(version: CustomResourceDefinitionVersion): Printed {
  const { schema, subresources, additionalPrinterColumns, selectableFields } = version
  return {
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: schema === undefined ? null : { OpenAPIV3Schema: orNull(schema.openAPIV3Schema, printedSchema) },
    Subresources: orNull(subresources, printedSubresources),
    AdditionalPrinterColumns:
      additionalPrinterColumns?.map((column) => ({
        Name: column.name,
        Type: column.type,
        Format: column.format ?? '',
        Description: column.description ?? '',
        Priority: column.priority ?? 0,
        JSONPath: column.jsonPath,
      })) ?? null,
    SelectableFields: selectableFields?.map(({ jsonPath }) => ({ JSONPath: jsonPath })) ?? null,
  }
}

function printedSubresources({ status, scale }: CustomResourceSubresources): Printed {
  return {
    Status: status === undefined ? null : {},
    Scale:
      scale === undefined
        ? null
        : {
            SpecReplicasPath: scale.specReplicasPath,
            StatusReplicasPath: scale.statusReplicasPath,
            LabelSelectorPath: scale.labelSelectorPath ?? null,
          },
  }
}

export function printedRule(rule: ValidationRule): Printed {
  return {
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  }
}

/** Go's fields of a schema in their order, by their name on the wire. */
export const SCHEMA_FIELDS: ReadonlyMap<keyof JSONSchemaProps, string> = new Map([
  ['id', 'ID'],
  ['$schema', 'Schema'],
  ['$ref', 'Ref'],
  ['description', 'Description'],
  ['type', 'Type'],
  ['nullable', 'Nullable'],
  ['format', 'Format'],
  ['title', 'Title'],
  ['default', 'Default'],
  ['maximum', 'Maximum'],
  ['exclusiveMaximum', 'ExclusiveMaximum'],
  ['minimum', 'Minimum'],
  ['exclusiveMinimum', 'ExclusiveMinimum'],
  ['maxLength', 'MaxLength'],
  ['minLength', 'MinLength'],
  ['pattern', 'Pattern'],
  ['maxItems', 'MaxItems'],
  ['minItems', 'MinItems'],
  ['uniqueItems', 'UniqueItems'],
  ['multipleOf', 'MultipleOf'],
  ['enum', 'Enum'],
  ['maxProperties', 'MaxProperties'],
  ['minProperties', 'MinProperties'],
  ['required', 'Required'],
  ['items', 'Items'],
  ['allOf', 'AllOf'],
  ['oneOf', 'OneOf'],
  ['anyOf', 'AnyOf'],
  ['not', 'Not'],
  ['properties', 'Properties'],
  ['additionalProperties', 'AdditionalProperties'],
  ['patternProperties', 'PatternProperties'],
  ['dependencies', 'Dependencies'],
  ['additionalItems', 'AdditionalItems'],
  ['definitions', 'Definitions'],
  ['externalDocs', 'ExternalDocs'],
  ['example', 'Example'],
  ['x-kubernetes-preserve-unknown-fields', 'XPreserveUnknownFields'],
  ['x-kubernetes-embedded-resource', 'XEmbeddedResource'],
  ['x-kubernetes-int-or-string', 'XIntOrString'],
  ['x-kubernetes-list-map-keys', 'XListMapKeys'],
  ['x-kubernetes-list-type', 'XListType'],
  ['x-kubernetes-map-type', 'XMapType'],
  ['x-kubernetes-validations', 'XValidations'],
])

const TEXTS: ReadonlySet<string> = new Set(['id', '$schema', 'description', 'type', 'format', 'title', 'pattern'])
const FLAGS: ReadonlySet<string> = new Set([
  'nullable',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'uniqueItems',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
])

export function printedSchema(schema: JSONSchemaProps): Printed {
  const fields = [...SCHEMA_FIELDS].map(([name, goName]) => [goName, printedField(schema, name)] as const)
  return Object.fromEntries(fields)
}

function printedField(schema: JSONSchemaProps, name: keyof JSONSchemaProps): unknown {
  switch (name) {
    case 'not':
      return orNull(schema.not, printedSchema)
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return schema[name]?.map(printedSchema) ?? null
    case 'properties':
    case 'patternProperties':
    case 'definitions':
      return orNull(schema[name], (map) => printedMap(map, printedSchema))
    case 'items':
      return orNull(schema.items, printedItems)
    case 'additionalItems':
    case 'additionalProperties':
      return orNull(schema[name], printedSchemaOrBool)
    case 'dependencies':
      return orNull(schema.dependencies, (map) =>
        printedMap(map, (value) =>
          isList(value) ? { Schema: null, Property: value } : { Schema: printedSchema(value), Property: null },
        ),
      )
    case 'externalDocs':
      return orNull(schema.externalDocs, ({ description = '', url = '' }) => ({ Description: description, URL: url }))
    case 'x-kubernetes-validations':
      return schema[name]?.map(printedRule) ?? null
    default:
      return schema[name] ?? (TEXTS.has(name) ? '' : FLAGS.has(name) ? false : null)
  }
}

/** JSONSchemaPropsOrArray. */
export function printedItems(items: NonNullable<JSONSchemaProps['items']>): Printed {
  return isList(items)
    ? { Schema: null, JSONSchemas: items.map(printedSchema) }
    : { Schema: printedSchema(items), JSONSchemas: null }
}

function printedSchemaOrBool(value: JSONSchemaProps | boolean): Printed {
  return typeof value === 'boolean' ? { Allows: value, Schema: null } : { Allows: true, Schema: printedSchema(value) }
}

function printedMap<T>(map: Readonly<Record<string, T>>, print: (value: T) => unknown): Printed {
  const entries = Object.entries(map).sort(compareKeys)
  return Object.fromEntries(entries.map(([key, value]) => [key, print(value)]))
}

function orNull<T>(value: T | undefined, print: (value: T) => unknown): unknown {
  return value === undefined ? null : print(value)
}

function isList<Value>(value: Value): value is Extract<Value, readonly unknown[]> {
  return Array.isArray(value)
}
