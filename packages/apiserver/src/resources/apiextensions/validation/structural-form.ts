// What keeps a schema from being read as a structural one at all. The structural form itself is the schema as it is on the
// wire. Source: apiextensions-apiserver pkg/apiserver/schema/convert.go (NewStructural).

import { isSchemaList, sortedEntries, type Schema } from './schema-walk.ts'

/** Why, of the first place where it fails; undefined when it can be read. */
export function structuralError(schema: Schema): string | undefined {
  return unsupportedField(schema) ?? junctorError(schema) ?? extensionError(schema) ?? innerError(schema)
}

function unsupportedField(schema: Schema): string | undefined {
  const entries = (map: object | undefined): boolean => Object.keys(map ?? {}).length > 0
  const unsupported = [
    [(schema.id ?? '') !== '', 'id'],
    [(schema.$schema ?? '') !== '', 'schema'],
    [(schema.$ref ?? '') !== '', '$ref'],
    [entries(schema.patternProperties), 'patternProperties'],
    [entries(schema.dependencies), 'dependencies'],
    [schema.additionalItems !== undefined, 'additionalItems'],
    [entries(schema.definitions), 'definitions'],
  ] as const
  const found = unsupported.find(([is]) => is)
  return found === undefined ? undefined : `OpenAPIV3Schema '${found[1]}' is not supported`
}

/** Inside `not`, `allOf`, `anyOf` and `oneOf` the same holds. */
function junctorError({ not, allOf = [], anyOf = [], oneOf = [] }: Schema): string | undefined {
  return firstError([...(not === undefined ? [] : [not]), ...allOf, ...anyOf, ...oneOf])
}

function extensionError(schema: Schema): string | undefined {
  if (schema['x-kubernetes-preserve-unknown-fields'] !== false) return undefined
  return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined"
}

function innerError({ items, properties, additionalProperties }: Schema): string | undefined {
  if (items !== undefined && isSchemaList(items)) return "OpenAPIV3Schema 'items' must be a schema, but is an array"
  return firstError([
    ...(items === undefined ? [] : [items]),
    ...sortedEntries(properties).map(([, property]) => property),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ])
}

function firstError(schemas: readonly Schema[]): string | undefined {
  for (const schema of schemas) {
    const error = structuralError(schema)
    if (error !== undefined) return error
  }
  return undefined
}
