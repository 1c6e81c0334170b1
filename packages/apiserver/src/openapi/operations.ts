// The operations of a resource as paths: which URL takes which verb, with which query parameters and body. The dialects print
// them; kubectl reads from them which kinds take `fieldValidation` and which patches a kind understands.

import { findKindSchema } from '../protobuf/kind-schema.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource, Subresource } from '../resources/resource.ts'
import type { GroupVersionKind } from './json-schema.ts'

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch'

export interface Operation {
  readonly path: string
  readonly method: Method
  /** `x-kubernetes-action`: get, list, post, put, patch, delete, deletecollection. */
  readonly action: string
  readonly kind: GroupVersionKind
  readonly id: string
  readonly parameters: readonly string[]
  readonly pathParameters: readonly string[]
  /** Media types of the body; empty without one. */
  readonly consumes: readonly string[]
  /** Name of the schema of the body; undefined for patches, which are any object. */
  readonly bodySchema: string | undefined
  /** Name of the schema of the answer. */
  readonly answerSchema: string
}

const ANY_BODY: readonly string[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const PATCHES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]
/** Custom kinds have neither merge keys nor field numbers. */
const NOT_FOR_CUSTOM_KINDS: ReadonlySet<string> = new Set([
  'application/strategic-merge-patch+json',
  'application/vnd.kubernetes.protobuf',
])
const WRITE = ['dryRun', 'fieldManager', 'fieldValidation']
const LIST = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
]
const DELETE = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy']

/** Types of query parameters that are no strings. */
export const PARAMETER_TYPES: ReadonlyMap<string, 'boolean' | 'integer'> = new Map([
  ['allowWatchBookmarks', 'boolean'],
  ['sendInitialEvents', 'boolean'],
  ['watch', 'boolean'],
  ['force', 'boolean'],
  ['orphanDependents', 'boolean'],
  ['limit', 'integer'],
  ['timeoutSeconds', 'integer'],
  ['gracePeriodSeconds', 'integer'],
])

const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'
const STATUS = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'

export function groupVersionKind(resource: Resource): GroupVersionKind {
  const { group, version, kind } = resource.type
  return { group, version, kind }
}

/** `/api/v1` or `/apis/apps/v1`. */
export function rootOf(resource: Resource): string {
  const { group, version } = resource.type
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
}

interface Template {
  readonly method: Method
  readonly action: string
  readonly verb: string
  readonly named: boolean
  readonly parameters: readonly string[]
  readonly consumes: readonly string[]
  readonly body: string | undefined
  readonly answer: string
}

type Row = readonly [
  method: Method,
  action: string,
  verb: string,
  named: boolean,
  parameters: readonly string[],
  consumes: readonly string[],
]

const ROWS: readonly Row[] = [
  ['get', 'list', 'list', false, LIST, []],
  ['post', 'post', 'create', false, WRITE, ANY_BODY],
  ['delete', 'deletecollection', 'deletecollection', false, [...LIST, ...DELETE], ANY_BODY],
  ['get', 'get', 'get', true, [], []],
  ['put', 'put', 'update', true, WRITE, ANY_BODY],
  ['patch', 'patch', 'patch', true, [...WRITE, 'force'], PATCHES],
  ['delete', 'delete', 'delete', true, DELETE, ANY_BODY],
]

/** kubectl applies by a strategic patch wherever one path of a kind takes it. */
function consumedBy({ custom }: Resource, types: readonly string[]): readonly string[] {
  return custom === undefined ? types : types.filter((type) => !NOT_FOR_CUSTOM_KINDS.has(type))
}

function templates(resource: Resource): readonly Template[] {
  const { schema } = resource
  return ROWS.map(([method, action, verb, named, parameters, taken]) => {
    const consumes = consumedBy(resource, taken)
    const answer = method === 'delete' ? STATUS : action === 'list' ? `${schema}List` : schema
    const body = method === 'delete' ? DELETE_OPTIONS : method === 'post' || method === 'put' ? schema : undefined
    return { method, action, verb, named, parameters, consumes, body, answer }
  })
}

const ACTION_WORDS: ReadonlyMap<string, string> = new Map([
  ['get', 'read'],
  ['post', 'create'],
  ['put', 'replace'],
])

function operationId(action: string, { type }: Resource, ending: string): string {
  const { group, version, kind, namespaced } = type
  const words = (group === '' ? 'core' : (group.split('.')[0] ?? '')).replace(/^./, (letter) => letter.toUpperCase())
  const everywhere = ending === EVERYWHERE
  const verb = ACTION_WORDS.get(action) ?? action
  const scope = namespaced && !everywhere ? 'Namespaced' : ''
  return `${verb}${words}${version.replace(/^v/, 'V')}${scope}${kind}${ending}`
}

const EVERYWHERE = 'ForAllNamespaces'

function baseOf(resource: Resource): string {
  const { resource: plural, namespaced } = resource.type
  return `${rootOf(resource)}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
}

function mainOperations(resource: Resource): readonly Operation[] {
  const namespace = resource.type.namespaced ? ['namespace'] : []
  return templates(resource)
    .filter(({ verb }) => resource.verbs.some((own) => own === verb))
    .map((template) => ({
      path: template.named ? `${baseOf(resource)}/{name}` : baseOf(resource),
      method: template.method,
      action: template.action,
      kind: groupVersionKind(resource),
      id: operationId(template.action, resource, ''),
      parameters: template.parameters,
      pathParameters: template.named ? ['name', ...namespace] : namespace,
      consumes: template.consumes,
      bodySchema: template.body,
      answerSchema: template.answer,
    }))
}

/** The list of all namespaces. */
function listEverywhere(resource: Resource): readonly Operation[] {
  if (!resource.type.namespaced || !resource.verbs.includes('list')) return []
  return mainOperations(resource)
    .filter(({ action }) => action === 'list')
    .map((operation) => ({
      ...operation,
      path: `${rootOf(resource)}/${resource.type.resource}`,
      id: operationId('list', resource, EVERYWHERE),
      pathParameters: [],
    }))
}

const SUBRESOURCE_METHODS: ReadonlyMap<string, readonly [Method, readonly string[], readonly string[]]> = new Map([
  ['get', ['get', [], []]],
  ['create', ['post', WRITE, ANY_BODY]],
  ['update', ['put', WRITE, ANY_BODY]],
  ['patch', ['patch', [...WRITE, 'force'], PATCHES]],
])

/** Streams (exec, log …) are not among them: their bodies are no objects. */
function subresourceOperations(
  resource: Resource,
  { name, group, version, kind, verbs }: Subresource,
): readonly Operation[] {
  const { type, schema, custom } = resource
  const own = { ...type, group: group ?? type.group, version: version ?? type.version }
  const whole = kind === type.kind ? schema : findKindSchema(apiVersionOf(own), kind)?.name
  if (whole === undefined) return []
  const ending = name.replace(/^./, (letter) => letter.toUpperCase())
  return verbs.flatMap((verb) => {
    const row = SUBRESOURCE_METHODS.get(verb)
    if (row === undefined) return []
    const [method, parameters, consumes] = row
    return [
      {
        path: `${baseOf(resource)}/{name}/${name}`,
        method,
        action: method,
        kind: custom === undefined ? { group: own.group, version: own.version, kind } : groupVersionKind(resource),
        id: operationId(method, resource, ending),
        parameters,
        pathParameters: type.namespaced ? ['name', 'namespace'] : ['name'],
        consumes: consumedBy(resource, consumes),
        bodySchema: method === 'post' || method === 'put' ? whole : undefined,
        answerSchema: whole,
      },
    ]
  })
}

function statusOf({ type, status }: Resource): readonly Subresource[] {
  return status ? [{ name: 'status', kind: type.kind, verbs: ['get', 'patch', 'update'] }] : []
}

export function operationsOf(resource: Resource): readonly Operation[] {
  const parts = [...resource.subresources, ...statusOf(resource)]
  return [
    ...mainOperations(resource),
    ...listEverywhere(resource),
    ...parts.flatMap((part) => subresourceOperations(resource, part)),
  ]
}
