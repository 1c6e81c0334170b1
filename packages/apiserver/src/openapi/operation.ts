// What an operation of OpenAPI is made of: its shape, and the parts that all kinds of operations share.
// Source: apiserver endpoints/installer.go (registerResourceHandlers).

import type { Resource } from '../resources/resource.ts'
import type { GroupVersionKind } from './json-schema.ts'

export type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch'

export interface Parameter {
  readonly name: string
  /** Absent: query. */
  readonly in?: 'path'
  readonly type: 'string' | 'boolean' | 'integer'
  readonly description: string
}

export interface Operation {
  readonly path: string
  readonly method: Method
  readonly tag: string
  readonly id: string
  readonly description: string
  /** `x-kubernetes-action`: get, list, post, put, patch, delete, deletecollection, watch, watchlist, connect. */
  readonly action?: string
  readonly kind?: GroupVersionKind
  readonly parameters: readonly Parameter[]
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  /** Name of the schema of the body. */
  readonly body?: { readonly schema: string; readonly optional?: true }
  /** Name of the schema of the answer; absent: text. */
  readonly answer?: string
  readonly codes: readonly (200 | 201 | 202)[]
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
export const DELETE_OPTIONS = `${META}.DeleteOptions`
export const STATUS = `${META}.Status`
export const PATCH = `${META}.Patch`
export const WATCH_EVENT = `${META}.WatchEvent`

export const OBJECTS: readonly string[] = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
]
export const ANYTHING: readonly string[] = ['*/*']

export function groupVersionKind(resource: Resource): GroupVersionKind {
  const { group, version, kind } = resource.type
  return { group, version, kind }
}

/** `/api/v1` or `/apis/apps/v1`. */
export function rootOf(resource: Resource): string {
  const { group, version } = resource.type
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
}

export const NAMESPACE: Parameter = {
  name: 'namespace',
  in: 'path',
  type: 'string',
  description: 'object name and auth scope, such as for teams and projects',
}

export function nameOf(kind: string): Parameter {
  return { name: 'name', in: 'path', type: 'string', description: `name of the ${kind}` }
}

export function collectionPath(resource: Resource): string {
  const { resource: plural, namespaced } = resource.type
  return `${rootOf(resource)}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
}
