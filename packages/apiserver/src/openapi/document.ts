// OpenAPI documents: one v3 document a group version, one v2 document of everything.

import { compareKeys } from '@podwire/engine'
import type { Resource } from '../resources/resource.ts'
import { customSchemas, LIST_META, OBJECT_META } from './custom-schema.ts'
import { findSchema, type Descriptions } from '../schema/index.ts'
import {
  namedScalar,
  objectSchema,
  reachable,
  refTo,
  type Dialect,
  type GroupVersionKind,
  type JsonSchema,
} from './json-schema.ts'
import { groupVersionKind, operationsOf, PARAMETER_TYPES, type Operation } from './operations.ts'

export type FindDescriptions = (schemaName: string) => Descriptions | undefined

const ANSWERS: readonly string[] = ['application/json', 'application/yaml']

/** Which kinds a schema is; DeleteOptions and Status belong to every group and are left without. */
function kindsOf(resources: readonly Resource[]): ReadonlyMap<string, readonly GroupVersionKind[]> {
  const kinds = new Map<string, GroupVersionKind[]>()
  for (const resource of resources) {
    const kind = groupVersionKind(resource)
    kinds.set(resource.schema, [...(kinds.get(resource.schema) ?? []), kind])
    kinds.set(`${resource.schema}List`, [{ ...kind, kind: `${kind.kind}List` }])
  }
  return kinds
}

export function schemas(
  resources: readonly Resource[],
  describe: FindDescriptions,
  dialect: Dialect,
): Record<string, JsonSchema> {
  const kinds = kindsOf(resources)
  const custom = new Map(
    resources.flatMap((resource) =>
      resource.custom === undefined ? [] : customSchemas(resource, resource.custom, describe, dialect),
    ),
  )
  const roots = resources.flatMap(operationsOf).flatMap(({ bodySchema, answerSchema }) => [bodySchema, answerSchema])
  if (custom.size > 0) roots.push(OBJECT_META, LIST_META)
  const found: Record<string, JsonSchema> = {}
  for (const name of reachable(roots.filter((root) => root !== undefined))) {
    const own = custom.get(name)
    if (own !== undefined) {
      found[name] = own
      continue
    }
    const schema = findSchema(name)
    const scalar = schema === undefined ? namedScalar(name, dialect) : undefined
    if (schema !== undefined) found[name] = objectSchema(schema, describe(name), kinds.get(name) ?? [], dialect)
    else found[name] = scalar ?? { type: 'object' }
  }
  return found
}

function parametersV3(names: readonly string[], location: 'path' | 'query'): readonly object[] {
  return names.map((name) => ({
    name,
    in: location,
    ...(location === 'path' ? { required: true } : {}),
    schema: { type: PARAMETER_TYPES.get(name) ?? 'string', uniqueItems: true },
  }))
}

function operationV3(operation: Operation): object {
  const body = operation.bodySchema === undefined ? { type: 'object' } : refTo(operation.bodySchema, 'v3')
  const content = (types: readonly string[], schema: object): object =>
    Object.fromEntries(types.map((type) => [type, { schema }]))
  return {
    operationId: operation.id,
    parameters: parametersV3(operation.parameters, 'query'),
    ...(operation.consumes.length === 0 ? {} : { requestBody: { content: content(operation.consumes, body) } }),
    responses: { '200': { description: 'OK', content: content(ANSWERS, refTo(operation.answerSchema, 'v3')) } },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  }
}

function operationV2(operation: Operation): object {
  const query = operation.parameters.map((name) => ({
    name,
    in: 'query',
    type: PARAMETER_TYPES.get(name) ?? 'string',
    uniqueItems: true,
  }))
  const schema = operation.bodySchema === undefined ? { type: 'object' } : refTo(operation.bodySchema, 'v2')
  const body = operation.consumes.length === 0 ? [] : [{ name: 'body', in: 'body', schema }]
  return {
    operationId: operation.id,
    consumes: operation.consumes.length === 0 ? ['*/*'] : operation.consumes,
    produces: ANSWERS,
    parameters: [...body, ...query],
    responses: { '200': { description: 'OK', schema: refTo(operation.answerSchema, 'v2') } },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  }
}

export function paths(resources: readonly Resource[], dialect: Dialect): Record<string, Record<string, unknown>> {
  const found: Record<string, Record<string, unknown>> = {}
  for (const operation of resources.flatMap(operationsOf)) {
    const item = (found[operation.path] ??= {})
    item[operation.method] = dialect === 'v2' ? operationV2(operation) : operationV3(operation)
    item['parameters'] =
      dialect === 'v3'
        ? parametersV3(operation.pathParameters, 'path')
        : operation.pathParameters.map((name) => ({
            name,
            in: 'path',
            required: true,
            type: 'string',
            uniqueItems: true,
          }))
  }
  return found
}

export function documentV3(resources: readonly Resource[], describe: FindDescriptions, version: string): object {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: paths(resources, 'v3'),
    components: { schemas: schemas(resources, describe, 'v3') },
  }
}

export interface DocumentV2 {
  readonly swagger: '2.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Record<string, Record<string, unknown>>
  readonly definitions: Record<string, JsonSchema>
}

/** What one group version adds to the v2 document. */
export type PartV2 = Pick<DocumentV2, 'paths' | 'definitions'>

export function partV2(resources: readonly Resource[], describe: FindDescriptions): PartV2 {
  return { paths: paths(resources, 'v2'), definitions: schemas(resources, describe, 'v2') }
}

export function documentV2(parts: readonly PartV2[], version: string): DocumentV2 {
  const merged: PartV2 = { paths: {}, definitions: {} }
  for (const part of parts) {
    Object.assign(merged.paths, part.paths)
    Object.assign(merged.definitions, part.definitions)
  }
  const sorted = <Value>(record: Record<string, Value>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).sort(compareKeys))
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: sorted(merged.paths),
    definitions: sorted(merged.definitions),
  }
}
