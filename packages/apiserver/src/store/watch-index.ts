// Who wants to hear of a write. Watches are found by type, namespace, name and `spec.nodeName`, never by asking every watcher:
// a thousand kubelets watching their own pods cost a pod's write one lookup.

import type { KubeObject } from '../objects/kube-object.ts'
import type { StoreEvent } from './history.ts'

/** What a watch narrows itself to. Absent members mean "any". */
export interface WatchScope {
  /** From typePrefix(): the type watched. */
  readonly prefix: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  /** From the field selector `spec.nodeName=…`. */
  readonly nodeName?: string | undefined
}

export interface Watcher {
  readonly scope: WatchScope
  /** Called during the write, in revision order. Must not write itself. */
  notify(event: StoreEvent): void
}

/** Watchers of one type by one property. The most selective property of a scope decides where it is filed. */
class TypeWatchers {
  readonly any = new Set<Watcher>()
  readonly byNamespace = new Map<string, Set<Watcher>>()
  readonly byName = new Map<string, Set<Watcher>>()
  readonly byNode = new Map<string, Set<Watcher>>()
}

export class WatchIndex {
  readonly #types = new Map<string, TypeWatchers>()

  add(watcher: Watcher): () => void {
    const { prefix, namespace, name, nodeName } = watcher.scope
    const type = this.#types.get(prefix) ?? new TypeWatchers()
    this.#types.set(prefix, type)
    if (name !== undefined) return file(type.byName, `${namespace ?? ''}/${name}`, watcher)
    if (nodeName !== undefined) return file(type.byNode, nodeName, watcher)
    if (namespace !== undefined) return file(type.byNamespace, namespace, watcher)
    type.any.add(watcher)
    return () => void type.any.delete(watcher)
  }

  /** Tells every watcher that can be interested, each once. */
  dispatch(prefix: string, event: StoreEvent): void {
    const type = this.#types.get(prefix)
    if (type === undefined) return
    const { namespace, name } = event.object.metadata
    tell(type.any, event)
    if (namespace !== undefined) tell(type.byNamespace.get(namespace), event)
    if (type.byName.size > 0) {
      tell(type.byName.get(`${namespace ?? ''}/${name}`), event)
      // A watch by name over all namespaces.
      if (namespace !== undefined) tell(type.byName.get(`/${name}`), event)
    }
    if (type.byNode.size === 0) return
    const node = nodeNameOf(event.object)
    const before = event.previous === undefined ? node : nodeNameOf(event.previous)
    tell(type.byNode.get(node), event)
    if (before !== node) tell(type.byNode.get(before), event)
  }
}

function file(index: Map<string, Set<Watcher>>, key: string, watcher: Watcher): () => void {
  const watchers = index.get(key) ?? new Set()
  index.set(key, watchers.add(watcher))
  return () => {
    watchers.delete(watcher)
    if (watchers.size === 0) index.delete(key)
  }
}

function tell(watchers: Set<Watcher> | undefined, event: StoreEvent): void {
  if (watchers !== undefined) for (const watcher of watchers) watcher.notify(event)
}

function nodeNameOf(object: KubeObject): string {
  const spec = 'spec' in object ? object.spec : undefined
  const nodeName = typeof spec === 'object' && spec !== null && 'nodeName' in spec ? spec.nodeName : undefined
  return typeof nodeName === 'string' ? nodeName : ''
}
