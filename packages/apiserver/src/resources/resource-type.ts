// Names one served type: what a client says when it asks for objects, and the TypeScript type it gets back.

import type { KubeObject } from '../objects/kube-object.ts'

/** Versions of a custom kind share what is stored; each reads and writes it its own way. */
export interface StoredForm {
  /** The same object for the same stored one. */
  read(object: KubeObject): KubeObject
  write(object: KubeObject): KubeObject
}

export interface ResourceType<T extends KubeObject = KubeObject> {
  /** '' for core. */
  readonly group: string
  readonly version: string
  /** Plural, lower case, as in URLs: `pods`. */
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  /** How objects of this version differ from what is stored; absent: not at all. */
  readonly stored?: StoredForm
  /** Carries T for the compiler; never read. */
  readonly object?: T
}

export function resourceType<T extends KubeObject>(
  groupVersion: string,
  resource: string,
  kind: string,
  options: { readonly namespaced: boolean },
): ResourceType<T> {
  const slash = groupVersion.indexOf('/')
  return {
    group: slash < 0 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    resource,
    kind,
    namespaced: options.namespaced,
  }
}

/** `v1` or `apps/v1`. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`
}

/** `pods` or `deployments.apps`, as error messages print it. */
export function groupResourceOf(type: ResourceType): string {
  return type.group === '' ? type.resource : `${type.resource}.${type.group}`
}
