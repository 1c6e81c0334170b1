// The operations of built-in kinds as OpenAPI lists them: which URL takes which method, with which parameters, bodies and answers.
// document.ts prints them; custom kinds have fewer (custom-operations.ts).
// Source: apiserver endpoints/installer.go (registerResourceHandlers), endpoints/openapi/openapi.go (operation ids and tags).

import { queryParameters } from '../schema/generated/query-parameters.ts'
import { STREAM_SUBRESOURCES } from '../http/served-resources.ts'
import { findKindSchema } from '../protobuf/kind-schema.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource, Subresource } from '../resources/resource.ts'
import { connectOperations, logOperations } from './connect-operations.ts'
import {
  ANYTHING,
  DELETE_OPTIONS,
  type Method,
  NAMESPACE,
  OBJECTS,
  type Operation,
  PATCH,
  type Parameter,
  STATUS,
  WATCH_EVENT,
  collectionPath,
  groupVersionKind,
  nameOf,
  rootOf,
} from './operation.ts'
import { operationId, tagOf } from './operation-id.ts'

const STREAMS: readonly string[] = [
  ...OBJECTS,
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
]
const PATCHES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

const { read: READ, list: LIST, write: WRITE } = queryParameters
const PATCH_OPTIONS: readonly Parameter[] = [
  ...WRITE.filter(({ name }) => !queryParameters.patch.some((own) => own.name === name)),
  ...queryParameters.patch,
]
const DELETE_COLLECTION: readonly Parameter[] = [
  ...queryParameters.delete,
  ...LIST.filter(({ name }) => name !== 'watch' && name !== 'allowWatchBookmarks'),
]

export function withArticle(kind: string): string {
  if (/(?<!s)s$/.test(kind)) return kind
  return /^[AEIOU]/.test(kind) ? `an ${kind}` : `a ${kind}`
}

/** What one verb is, whether of a kind or of a part of it. */
export interface VerbRow {
  readonly method: Method
  readonly action: string
  /** First word of the operation's id. */
  readonly word: string
  readonly options: readonly Parameter[]
  readonly consumes?: readonly string[]
  readonly codes: Operation['codes']
}

export const VERBS = {
  list: { method: 'get', action: 'list', word: 'list', options: LIST, codes: [200] },
  create: { method: 'post', action: 'post', word: 'create', options: WRITE, codes: [200, 201, 202] },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    word: 'deletecollection',
    options: DELETE_COLLECTION,
    codes: [200],
  },
  get: { method: 'get', action: 'get', word: 'read', options: [], codes: [200] },
  update: { method: 'put', action: 'put', word: 'replace', options: WRITE, codes: [200, 201] },
  patch: {
    method: 'patch',
    action: 'patch',
    word: 'patch',
    options: PATCH_OPTIONS,
    consumes: PATCHES,
    codes: [200, 201],
  },
  delete: { method: 'delete', action: 'delete', word: 'delete', options: queryParameters.delete, codes: [200, 202] },
} as const satisfies Readonly<Record<string, VerbRow>>

/** @param part e.g. `status of ` */
export function describe(verb: keyof typeof VERBS, kind: string, part: string, watched = true): string {
  switch (verb) {
    case 'list':
      return `${watched ? 'list or watch' : 'list'} ${part}objects of kind ${kind}`
    case 'create':
      return `create ${part}${withArticle(kind)}`
    case 'deletecollection':
      return `delete collection of ${part}${kind}`
    case 'get':
      return `read ${part}the specified ${kind}`
    case 'update':
      return `replace ${part}the specified ${kind}`
    case 'patch':
      return `partially update ${part}the specified ${kind}`
    case 'delete':
      return `delete ${part}${withArticle(kind)}`
  }
}

function bodyOf(verb: keyof typeof VERBS, schema: string): Operation['body'] {
  if (verb === 'delete' || verb === 'deletecollection') return { schema: DELETE_OPTIONS, optional: true }
  if (verb === 'patch') return { schema: PATCH }
  return verb === 'create' || verb === 'update' ? { schema } : undefined
}

function answerOf(verb: keyof typeof VERBS, { schema, returnsDeletedObject }: Resource): string {
  if (verb === 'list') return `${schema}List`
  if (verb === 'deletecollection') return STATUS
  return verb === 'delete' && !returnsDeletedObject ? STATUS : schema
}

const NAMED: ReadonlySet<string> = new Set(['get', 'update', 'patch', 'delete'])

function mainOperation(resource: Resource, verb: keyof typeof VERBS): Operation {
  const { schema, verbs } = resource
  const { kind, namespaced } = resource.type
  const row: VerbRow = VERBS[verb]
  const body = bodyOf(verb, schema)
  return {
    path: NAMED.has(verb) ? `${collectionPath(resource)}/{name}` : collectionPath(resource),
    method: row.method,
    tag: tagOf(resource.type),
    id: operationId(row.word, resource.type, `${namespaced ? 'Namespaced' : ''}${kind}`),
    description: describe(verb, kind, '', verbs.includes('watch')),
    action: row.action,
    kind: groupVersionKind(resource),
    parameters: [
      ...READ,
      ...row.options,
      ...(NAMED.has(verb) ? [nameOf(kind)] : []),
      ...(namespaced ? [NAMESPACE] : []),
    ],
    consumes: row.consumes ?? ANYTHING,
    produces: verb === 'list' ? STREAMS : OBJECTS,
    ...(body === undefined ? {} : { body }),
    answer: answerOf(verb, resource),
    codes: row.codes,
  }
}

const DEPRECATED = ". deprecated: use the 'watch' parameter with a list operation instead"
const BY_NAME = ", filtered to a single item with the 'fieldSelector' parameter."

/** A list across namespaces, and the watch paths of old. */
function furtherReads(resource: Resource): readonly Operation[] {
  if (!resource.verbs.includes('list')) return []
  const { kind, namespaced, resource: plural } = resource.type
  const list = mainOperation(resource, 'list')
  const root = rootOf(resource)
  const everywhere = list.parameters.filter((parameter) => parameter !== NAMESPACE)
  const id = (word: string, rest: string): string => operationId(word, resource.type, rest)
  const found: Operation[] = []
  if (namespaced) {
    const path = `${root}/${plural}`
    found.push({ ...list, path, id: id('list', `${kind}ForAllNamespaces`), parameters: everywhere })
  }
  if (!resource.verbs.includes('watch')) return found
  const scope = namespaced ? 'Namespaced' : ''
  const watch: Operation = {
    ...list,
    path: list.path.replace(root, `${root}/watch`),
    id: id('watch', `${scope}${kind}List`),
    description: `watch individual changes to a list of ${kind}${DEPRECATED}.`,
    action: 'watchlist',
    answer: WATCH_EVENT,
  }
  found.push(watch, {
    ...watch,
    path: `${watch.path}/{name}`,
    id: id('watch', `${scope}${kind}`),
    description: `watch changes to an object of kind ${kind}${DEPRECATED}${BY_NAME}`,
    action: 'watch',
    parameters: [...watch.parameters, nameOf(kind)],
  })
  if (namespaced) {
    const path = `${root}/watch/${plural}`
    found.push({ ...watch, path, id: id('watch', `${kind}ListForAllNamespaces`), parameters: everywhere })
  }
  return found
}

function subresourceOperations(resource: Resource, part: Subresource): readonly Operation[] {
  const { type, schema } = resource
  if (STREAM_SUBRESOURCES.has(part.name)) return []
  const own = { group: part.group ?? type.group, version: part.version ?? type.version, kind: part.kind }
  const whole = part.kind === type.kind ? schema : findKindSchema(apiVersionOf({ ...type, ...own }), part.kind)?.name
  if (whole === undefined) return []
  return part.verbs.map((verb) => {
    const row: VerbRow = VERBS[verb]
    const body = bodyOf(verb, whole)
    const ending = part.name.replace(/^./, (letter) => letter.toUpperCase())
    return {
      path: `${collectionPath(resource)}/{name}/${part.name}`,
      method: row.method,
      tag: tagOf(type),
      id: operationId(row.word, type, `${type.namespaced ? 'Namespaced' : ''}${type.kind}${ending}`),
      description: describe(verb, type.kind, `${part.name} of `),
      action: row.action,
      kind: own,
      parameters: [...READ, ...row.options, nameOf(part.kind), ...(type.namespaced ? [NAMESPACE] : [])],
      consumes: row.consumes ?? ANYTHING,
      produces: OBJECTS,
      ...(body === undefined ? {} : { body }),
      answer: whole,
      codes: row.codes,
    }
  })
}

export function statusOf({ type, status }: Resource): readonly Subresource[] {
  return status ? [{ name: 'status', kind: type.kind, verbs: ['get', 'patch', 'update'] }] : []
}

export function operationsOf(resource: Resource): readonly Operation[] {
  const verbs = (Object.keys(VERBS) as (keyof typeof VERBS)[]).filter((verb) => resource.verbs.includes(verb))
  const parts = [...resource.subresources, ...statusOf(resource)]
  return [
    ...verbs.map((verb) => mainOperation(resource, verb)),
    ...furtherReads(resource),
    ...parts.flatMap((part) => subresourceOperations(resource, part)),
    ...logOperations(resource),
    ...connectOperations(resource),
  ]
}
