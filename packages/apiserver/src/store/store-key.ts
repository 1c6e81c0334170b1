// Keys like etcd's, so that a kind, a namespace of a kind and one object are all prefixes of one ordered index.

import type { ResourceType } from '../resources/resource-type.ts'

const prefixes = new WeakMap<object, string>()

/** `/apps/deployments/`: every object of a type starts with it. Versions of a type share their storage. */
export function typePrefix(type: Pick<ResourceType, 'group' | 'resource'>): string {
  let prefix = prefixes.get(type)
  if (prefix === undefined) prefixes.set(type, (prefix = `/${type.group}/${type.resource}/`))
  return prefix
}

/** `/apps/deployments/default/`, or the type's prefix for cluster-scoped types and "all namespaces". */
export function namespacePrefix(type: Pick<ResourceType, 'group' | 'resource'>, namespace: string | undefined): string {
  return namespace === undefined || namespace === '' ? typePrefix(type) : `${typePrefix(type)}${namespace}/`
}

export function storeKey(
  type: Pick<ResourceType, 'group' | 'resource' | 'namespaced'>,
  namespace: string | undefined,
  name: string,
): string {
  return type.namespaced ? `${typePrefix(type)}${namespace ?? ''}/${name}` : `${typePrefix(type)}${name}`
}

/** The smallest text greater than every text that starts with `prefix`. */
export function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}
