// The few objects that are asked for at every request (limit ranges and quotas, bindings of roles), listed anew only after one of
// their type was written.

import type { KubeObject } from '../objects/kube-object.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import type { Store } from './store.ts'

/** What a store remembers of the lists it gave. */
export interface Listed {
  readonly version: number
  readonly byNamespace: Map<string, readonly KubeObject[]>
}

const MAX_REMEMBERED = 1000

function listedOf(store: Store, type: ResourceType): Listed {
  const version = store.versionOf(type)
  const known = store.listed.get(type)
  if (known !== undefined && known.version === version) return known
  const fresh: Listed = { version, byNamespace: new Map() }
  store.listed.set(type, fresh)
  return fresh
}

/** What `store.list` answers. */
export function knownObjects<T extends KubeObject>(store: Store, type: ResourceType<T>, namespace = ''): readonly T[] {
  const { byNamespace } = listedOf(store, type)
  const known = byNamespace.get(namespace)
  // A list under a type holds objects of that type.
  if (known !== undefined) return known as readonly T[]
  const list = store.list(type, namespace === '' ? undefined : namespace)
  // Requests may name namespaces without end.
  if (byNamespace.size >= MAX_REMEMBERED) byNamespace.clear()
  byNamespace.set(namespace, list)
  return list
}
