// Operations of custom kinds: what their definition asks for, in fewer formats, and without the watch paths of old.
// Source: apiextensions-apiserver pkg/controller/openapi/builder/builder.go (generateBuilder, buildRoute).

import { queryParameters } from '../schema/generated/query-parameters.ts'
import type { Resource, Subresource } from '../resources/resource.ts'
import { operationId, tagOf } from './operation-id.ts'
import {
  collectionPath,
  DELETE_OPTIONS,
  groupVersionKind,
  nameOf,
  NAMESPACE,
  PATCH,
  rootOf,
  STATUS,
  type Operation,
  type Parameter,
} from './operation.ts'
import { describe, statusOf, VERBS, type VerbRow } from './operations.ts'

type CustomVerb = keyof typeof VERBS

const FORMATS: readonly string[] = ['application/json', 'application/yaml']
/** Without merge keys there is no strategic patch. */
const PATCHES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
]
const CODES: Readonly<Record<CustomVerb, Operation['codes']>> = {
  list: [200],
  create: [200, 201, 202],
  deletecollection: [200],
  get: [200],
  update: [200, 201],
  patch: [200],
  delete: [200, 202],
}
/** Of reads the resource version is an option, and of collections all of a list's. */
const RESOURCE_VERSION = queryParameters.list.filter(({ name }) => name === 'resourceVersion')
const OPTIONS: Partial<Record<CustomVerb, readonly Parameter[]>> = {
  get: RESOURCE_VERSION,
  deletecollection: queryParameters.list,
}
const SCALE = 'io.k8s.api.autoscaling.v1.Scale'

interface Part {
  readonly name: string
  readonly schema: string
}

function operation(resource: Resource, verb: CustomVerb, part?: Part): Operation {
  const { type } = resource
  const row: VerbRow = VERBS[verb]
  const schema = part?.schema ?? resource.schema
  const onItem = part !== undefined || ['get', 'update', 'patch', 'delete'].includes(verb)
  const ending = (part?.name ?? '').replace(/^./, (letter) => letter.toUpperCase())
  const bodies: Partial<Record<CustomVerb, Operation['body']>> = {
    create: { schema },
    update: { schema },
    patch: { schema: PATCH },
    delete: { schema: DELETE_OPTIONS, optional: true },
  }
  const body = bodies[verb]
  return {
    path: `${collectionPath(resource)}${onItem ? '/{name}' : ''}${part === undefined ? '' : `/${part.name}`}`,
    method: row.method,
    tag: tagOf(type),
    id: operationId(row.word, type, `${type.namespaced ? 'Namespaced' : ''}${type.kind}${ending}`),
    description: describe(verb, type.kind, part === undefined ? '' : `${part.name} of `, false),
    action: row.action,
    kind: groupVersionKind(resource),
    parameters: [
      ...queryParameters.read,
      ...(OPTIONS[verb] ?? row.options),
      ...(onItem ? [nameOf(type.kind)] : []),
      ...(type.namespaced ? [NAMESPACE] : []),
    ],
    consumes: verb === 'patch' ? PATCHES : FORMATS,
    produces: FORMATS,
    ...(body === undefined ? {} : { body }),
    answer: verb === 'list' ? `${schema}List` : verb.startsWith('delete') ? STATUS : schema,
    codes: CODES[verb],
  }
}

function listEverywhere(resource: Resource): readonly Operation[] {
  const { type } = resource
  if (!type.namespaced) return []
  const list = operation(resource, 'list')
  return [
    {
      ...list,
      path: `${rootOf(resource)}/${type.resource}`,
      id: operationId('list', type, `${type.kind}ForAllNamespaces`),
      parameters: list.parameters.filter((parameter) => parameter !== NAMESPACE),
    },
  ]
}

export function customOperationsOf(resource: Resource): readonly Operation[] {
  const parts: readonly Subresource[] = [...statusOf(resource), ...resource.subresources]
  return [
    ...(Object.keys(VERBS) as CustomVerb[]).map((verb) => operation(resource, verb)),
    ...listEverywhere(resource),
    ...parts.flatMap(({ name }) => {
      const part = { name, schema: name === 'scale' ? SCALE : resource.schema }
      return (['get', 'update', 'patch'] as const).map((verb) => operation(resource, verb, part))
    }),
  ]
}
