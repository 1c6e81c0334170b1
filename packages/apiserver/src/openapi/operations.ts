// The operations of a resource as paths: which URL takes which verb, with which query parameters and body. The dialects print
// them; kubectl reads from them which kinds take `fieldValidation` and which patches a kind understands.

import type { Resource } from '../resources/resource.ts'
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

function templates({ schema, custom }: Resource): readonly Template[] {
  return ROWS.map(([method, action, verb, named, parameters, taken]) => {
    const consumes = custom === undefined ? taken : taken.filter((type) => !NOT_FOR_CUSTOM_KINDS.has(type))
    const answer = method === 'delete' ? STATUS : action === 'list' ? `${schema}List` : schema
    const body = method === 'delete' ? DELETE_OPTIONS : method === 'post' || method === 'put' ? schema : undefined
    return { method, action, verb, named, parameters, consumes, body, answer }
  })
}

function operationId(template: Template, resource: Resource): string {
  const { group, version, kind, namespaced } = resource.type
  const words = (group === '' ? 'core' : (group.split('.')[0] ?? '')).replace(/^./, (letter) => letter.toUpperCase())
  const action = template.action === 'post' ? 'create' : template.action === 'get' ? 'read' : template.action
  return `${action}${words}${version.replace(/^v/, 'V')}${namespaced ? 'Namespaced' : ''}${kind}`
}

export function operationsOf(resource: Resource): readonly Operation[] {
  const { resource: plural, namespaced } = resource.type
  const base = `${rootOf(resource)}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
  const namespace = namespaced ? ['namespace'] : []
  const operations: Operation[] = []
  for (const template of templates(resource)) {
    if (!resource.verbs.some((verb) => verb === template.verb)) continue
    operations.push({
      path: template.named ? `${base}/{name}` : base,
      method: template.method,
      action: template.action,
      kind: groupVersionKind(resource),
      id: operationId(template, resource),
      parameters: template.parameters,
      pathParameters: template.named ? ['name', ...namespace] : namespace,
      consumes: template.consumes,
      bodySchema: template.body,
      answerSchema: template.answer,
    })
  }
  return operations
}
