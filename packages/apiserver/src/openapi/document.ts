// OpenAPI documents: one v3 document a group version, and one of every list there is of them; one v2 document of everything.

import { compareKeys } from '@podwire/engine'
import type { Resource } from '../resources/resource.ts'
import { findSchema, type Descriptions } from '../schema/index.ts'
import { customOperationsOf } from './custom-operations.ts'
import { customSchemas, LIST_META, OBJECT_META } from './custom-schema.ts'
import {
  namedScalar,
  objectSchema,
  reachable,
  type Dialect,
  type GroupVersionKind,
  type JsonSchema,
} from './json-schema.ts'
import { allVersions, SCHEME_VERSIONS, type GroupVersion } from './known-versions.ts'
import { DELETE_OPTIONS, WATCH_EVENT, type Operation } from './operation.ts'
import { operationsOf } from './operations.ts'
import { pathsV2, pathsV3, type PathItem } from './path-items.ts'
import { shareParameters } from './shared-parameters.ts'

export type FindDescriptions = (schemaName: string) => Descriptions | undefined

/** What one document, or one part of v2, is about. */
export interface Contents {
  readonly resources: readonly Resource[]
  /** Besides those of the resources. */
  readonly operations: readonly Operation[]
}

const CORE: GroupVersion = { group: '', version: 'v1' }
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
/** Known by every group version there is. */
const EVERYWHERE: readonly (readonly [schema: string, kind: string])[] = [
  [DELETE_OPTIONS, 'DeleteOptions'],
  [WATCH_EVENT, 'WatchEvent'],
]
const OF_CORE: readonly string[] = ['APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions', 'Status']

function operationsIn({ resources, operations }: Contents): readonly Operation[] {
  return [
    ...operations,
    ...resources.flatMap((resource) =>
      resource.custom === undefined ? operationsOf(resource) : customOperationsOf(resource),
    ),
  ]
}

/** Which kinds a schema is. @param versions the group versions that are told of, core first */
function kindsOf(
  resources: readonly Resource[],
  operations: readonly Operation[],
  versions: readonly GroupVersion[],
): ReadonlyMap<string, readonly GroupVersionKind[]> {
  const kinds = new Map<string, readonly GroupVersionKind[]>()
  for (const { answer, kind, action } of operations) {
    const isObject = action === 'get' || action === 'put' || action === 'post'
    if (isObject && answer !== undefined && kind !== undefined) kinds.set(answer, [kind])
  }
  // A custom kind's parts call themselves after it.
  kinds.set('io.k8s.api.autoscaling.v1.Scale', [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }])
  // A kind of its own also where it is a part of a StatefulSet.
  kinds.set('io.k8s.api.core.v1.PersistentVolumeClaim', [{ ...CORE, kind: 'PersistentVolumeClaim' }])
  for (const { type, schema } of resources) {
    const { group, version, kind } = type
    kinds.set(`${schema}List`, [{ group, version, kind: `${kind}List` }])
  }
  for (const kind of OF_CORE) kinds.set(`${META}.${kind}`, [{ ...CORE, kind }])
  for (const [schema, kind] of EVERYWHERE)
    kinds.set(
      schema,
      versions.map((version) => ({ ...version, kind })),
    )
  return kinds
}

function schemas(
  { resources }: Contents,
  operations: readonly Operation[],
  versions: readonly GroupVersion[],
  describe: FindDescriptions,
  dialect: Dialect,
): Record<string, JsonSchema> {
  const kinds = kindsOf(resources, operations, versions)
  const custom = new Map(
    resources.flatMap((resource) =>
      resource.custom === undefined ? [] : customSchemas(resource, resource.custom, describe, dialect),
    ),
  )
  const roots = operations.flatMap(({ body, answer }) => [body?.schema, answer])
  if (custom.size > 0) roots.push(OBJECT_META, LIST_META)
  const found: Record<string, JsonSchema> = {}
  for (const name of reachable(roots.filter((root) => root !== undefined))) {
    const schema = findSchema(name)
    const text = describe(name)
    found[name] =
      custom.get(name) ??
      (schema === undefined
        ? namedScalar(name, text?.description ?? '', dialect)
        : objectSchema(schema, text, kinds.get(name) ?? [], dialect))
  }
  return found
}

/** Custom kinds have a server of their own, which has not changed since. */
const CUSTOM_INFO = { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' }
const SECURITY = { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' }

/** @param version e.g. `1.36` */
export function documentV3(contents: Contents, own: GroupVersion, describe: FindDescriptions, version: string): object {
  const operations = operationsIn(contents)
  const isCustom = contents.resources.some(({ custom }) => custom !== undefined)
  const versions = isCustom ? SCHEME_VERSIONS : own.group === '' ? [CORE] : [CORE, own]
  return {
    openapi: '3.0.0',
    info: isCustom ? CUSTOM_INFO : { title: 'Kubernetes', version },
    paths: pathsV3(operations),
    components: {
      ...unlessEmpty('schemas', schemas(contents, operations, versions, describe, 'v3')),
      ...(isCustom ? {} : { securitySchemes: { BearerToken: SECURITY } }),
    },
  }
}

function unlessEmpty(name: string, record: Readonly<Record<string, unknown>>): JsonSchema {
  return Object.keys(record).length === 0 ? {} : { [name]: record }
}

export interface DocumentV2 {
  readonly swagger: '2.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Record<string, PathItem>
  readonly definitions: Record<string, JsonSchema>
  readonly parameters: Record<string, JsonSchema>
  readonly securityDefinitions: Record<string, JsonSchema>
  readonly security: readonly JsonSchema[]
}

/** What one group version adds to the v2 document. */
export type PartV2 = Pick<DocumentV2, 'paths' | 'definitions'>

export function partV2(contents: Contents, describe: FindDescriptions): PartV2 {
  const operations = operationsIn(contents)
  return { paths: pathsV2(operations), definitions: schemas(contents, operations, [CORE], describe, 'v2') }
}

/** @param served group versions of built-in kinds */
export function documentV2(parts: readonly PartV2[], served: readonly GroupVersion[], version: string): DocumentV2 {
  const merged: PartV2 = { paths: {}, definitions: {} }
  for (const part of parts) {
    Object.assign(merged.paths, part.paths)
    Object.assign(merged.definitions, part.definitions)
  }
  const versions = allVersions(served)
  for (const [schema, kind] of EVERYWHERE) {
    const kinds = {
      'x-kubernetes-group-version-kind': versions.map(({ group, version }) => ({ group, kind, version })),
    }
    if (merged.definitions[schema] !== undefined)
      merged.definitions[schema] = { ...merged.definitions[schema], ...kinds }
  }
  const sorted = <Value>(record: Record<string, Value>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).sort(compareKeys))
  const { paths, parameters } = shareParameters(sorted(merged.paths))
  const { type, description, name, in: location } = SECURITY
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths,
    definitions: sorted(merged.definitions),
    parameters,
    securityDefinitions: { BearerToken: { description, type, name, in: location } },
    security: [{ BearerToken: [] }],
  }
}
