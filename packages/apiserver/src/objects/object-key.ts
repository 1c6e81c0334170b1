// The key of one object in queues, caches and maps. Every component that hears of an object makes it, so the texts are kept: one that
// was made before has its hash already and is found by being the same, not by being compared.

import type { KubeObject } from './kube-object.ts'

/** namespace/name, or name alone for cluster-scoped objects: the key of queues and maps. */
export function objectKey(object: KubeObject): string {
  const { namespace, name } = object.metadata
  return objectKeyOf(namespace, name)
}

/** @param namespace undefined: cluster-scoped */
export function objectKeyOf(namespace: string | undefined, name: string): string {
  if (namespace === undefined) return name
  const known = keys.get(name)
  if (known?.namespace === namespace) return known.key
  return remember(namespace, name)
}

/** The other way. */
export function splitObjectKey(key: string): { readonly namespace?: string; readonly name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

class Known {
  readonly namespace: string
  readonly key: string

  constructor(namespace: string, key: string) {
    this.namespace = namespace
    this.key = key
  }
}

/** By name: objects of one name are mostly of one namespace. */
const keys = new Map<string, Known>()
/** Thousands of pods ran no faster with more of them kept. */
const MOST_KEPT = 1000

function remember(namespace: string, name: string): string {
  if (keys.size >= MOST_KEPT) keys.clear()
  const key = `${namespace}/${name}`
  keys.set(name, new Known(namespace, key))
  return key
}
