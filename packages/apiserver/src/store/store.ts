// The object store: one copy-on-write B-tree ordered like etcd's keys, one revision counter, a bounded history, and watches
// dispatched by index. Objects are plain JSON, deeply frozen; a snapshot of everything is O(1).

import { BTree } from './b-tree.ts'
import { invariant } from '@podwire/engine'
import type { KubeObject, ObjectMeta } from '../objects/kube-object.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { deepFreeze } from './deep-freeze.ts'
import { copyFields } from './share.ts'
import { History, type StoreEvent } from './history.ts'
import type { Listed } from './known-objects.ts'
import { Siblings } from './siblings.ts'
import { namespacePrefix, prefixEnd, storeKey, typePrefix } from './store-key.ts'
import { WatchIndex, type Watcher, type WatchScope } from './watch-index.ts'

export interface StoreOptions {
  /** How many writes watches can look back on. Default 20,000. */
  readonly historyCapacity?: number
  /** The time in microseconds; how long older states can be listed depends on it. Default: time stands still. */
  readonly now?: () => number
  /** Called after each write, in revision order. */
  readonly onWrite?: (event: StoreEvent) => void
}

/** Everything in the store at one revision. Taking and restoring one costs O(1). */
export interface StoreSnapshot {
  readonly revision: number
  readonly tree: BTree<string, KubeObject>
  readonly history: History
}

/** The store as it was at one revision. */
export type PastStore = Pick<Store, 'get' | 'revision' | 'scan'>

/** What a write may say about the object before it gets its revision. */
type Unrevised = KubeObject

/** What is known of one type. A write looks for its object more than once, and for its namespace: the last find is kept. */
class TypeState {
  lastWrite = 0
  namespace: string | undefined = undefined
  name: string | undefined = undefined
  object: KubeObject | undefined = undefined

  found(namespace: string | undefined, name: string, object: KubeObject | undefined): KubeObject | undefined {
    this.namespace = namespace
    this.name = name
    this.object = object
    return object
  }
}

// Equal keys first: that is what a look-up ends with.
const byCodeUnit = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** An event with its objects in the version of a type. */
export function seenAs({ stored }: ResourceType, event: StoreEvent): StoreEvent {
  if (stored === undefined) return event
  const { object, previous } = event
  return {
    ...event,
    object: stored.read(object),
    previous: previous === undefined ? undefined : stored.read(previous),
  }
}

export class Store {
  // Beside the store rather than in weak maps of modules: what these hold outlives no cluster, not even until the next full collection.
  readonly siblings = new Siblings()
  readonly listed = new Map<ResourceType, Listed>()
  #tree = new BTree<string, KubeObject>(undefined, byCodeUnit)
  #history: History
  #revision = 0
  readonly #watches = new WatchIndex()
  readonly #onWrite: ((event: StoreEvent) => void) | undefined
  readonly #now: () => number
  #dispatching = false
  /** By their prefixes. */
  #types = new Map<string, TypeState>()
  #restores = 0

  constructor(options: StoreOptions = {}) {
    this.#history = new History(options.historyCapacity ?? 20_000)
    this.#onWrite = options.onWrite
    this.#now = options.now ?? (() => 0)
  }

  /** The resourceVersion of the newest write. */
  get revision(): number {
    return this.#revision
  }

  get compacted(): number {
    return this.#history.compacted
  }

  get<T extends KubeObject>(type: ResourceType<T>, namespace: string | undefined, name: string): T | undefined {
    const found = this.#find(type, namespace, name)
    // A key holds only objects of its type.
    return (found === undefined || type.stored === undefined ? found : type.stored.read(found)) as T | undefined
  }

  /** Objects of a type in key order, from `startKey` on (exclusive lower bounds are a key plus '\0'). */
  *scan<T extends KubeObject>(type: ResourceType<T>, namespace?: string, startKey?: string): Generator<[string, T]> {
    const prefix = namespacePrefix(type, type.namespaced ? namespace : undefined)
    const end = prefixEnd(prefix)
    for (const [key, object] of this.#tree.entries(startKey ?? prefix)) {
      if (key >= end) return
      yield [key, (type.stored === undefined ? object : type.stored.read(object)) as T]
    }
  }

  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): T[] {
    const prefix = namespacePrefix(type, type.namespaced ? namespace : undefined)
    const items: T[] = []
    this.#tree.forRange(prefix, prefixEnd(prefix), false, (_key, object) => void items.push(object as T))
    const { stored } = type
    return stored === undefined ? items : items.map((object) => stored.read(object) as T)
  }

  /** Differs whenever any object of the type may have changed: for those who keep what they read. */
  versionOf(type: ResourceType): number {
    // Restoring turns revisions back, never this.
    return this.#restores * 2 ** 40 + this.#stateOf(type).lastWrite
  }

  /** Stores a new object or a new version. `object` gets its resourceVersion here and is frozen: the store owns it from here on. */
  put<T extends KubeObject>(type: ResourceType<T>, object: T & Unrevised): T {
    const { namespace, name } = object.metadata
    const key = storeKey(type, namespace, name)
    const previous = this.#find(type, namespace, name)
    const stored = this.#revise(type.stored === undefined ? object : (type.stored.write(object) as T))
    this.#tree.set(key, stored)
    this.#stateOf(type).found(type.namespaced ? namespace : undefined, name, stored)
    this.#commit(type, {
      revision: this.#revision,
      type: previous ? 'MODIFIED' : 'ADDED',
      key,
      object: stored,
      previous,
    })
    return type.stored === undefined ? stored : (type.stored.read(stored) as T)
  }

  /** Stores a new object, as `put` does; undefined when there is one of its name already. */
  create<T extends KubeObject>(type: ResourceType<T>, object: T & Unrevised): T | undefined {
    this.#checkWritable()
    const { namespace, name } = object.metadata
    const key = storeKey(type, namespace, name)
    const written = type.stored === undefined ? object : (type.stored.write(object) as T)
    // One way down the tree, in the place of a look and a write.
    if (!this.#tree.setIfNotPresent(key, written)) return undefined
    const stored = this.#revise(written)
    if (stored !== written) this.#tree.set(key, stored)
    this.#stateOf(type).found(type.namespaced ? namespace : undefined, name, stored)
    this.#commit(type, { revision: this.#revision, type: 'ADDED', key, object: stored, previous: undefined })
    return type.stored === undefined ? stored : (type.stored.read(stored) as T)
  }

  /** Removes an object; returns its last content with the revision of the deletion. */
  remove<T extends KubeObject>(type: ResourceType<T>, last: T): T {
    const { namespace, name } = last.metadata
    const key = storeKey(type, namespace, name)
    const previous = this.#find(type, namespace, name)
    invariant(previous !== undefined, `a stored object to remove at ${key}`)
    const removed = this.#revise(type.stored === undefined ? last : (type.stored.write(last) as T))
    this.#tree.delete(key)
    this.#stateOf(type).found(type.namespaced ? namespace : undefined, name, undefined)
    this.#commit(type, { revision: this.#revision, type: 'DELETED', key, object: removed, previous })
    return type.stored === undefined ? removed : (type.stored.read(removed) as T)
  }

  /** Events after `revision` of one type, oldest first; undefined when that is too far back. */
  eventsSince(type: ResourceType, revision: number): readonly StoreEvent[] | undefined {
    const prefix = typePrefix(type)
    const events = this.#history.since(revision)?.filter((event) => event.key.startsWith(prefix))
    return type.stored === undefined ? events : events?.map((event) => seenAs(type, event))
  }

  /** Calls `notify` during each later write in scope; it must not write itself. Returns how to stop. */
  watch(scope: WatchScope, notify: (event: StoreEvent) => void): () => void {
    return this.add({ scope, notify })
  }

  /** The same for who is a watcher himself. */
  add(watcher: Watcher): () => void {
    return this.#watches.add(watcher)
  }

  /** The store at an older revision: the present one with the writes since undone. undefined when that is too far back. */
  at(revision: number): PastStore | undefined {
    if (revision === this.#revision) return this
    if (revision < this.#history.oldestListed(this.#now(), this.#revision)) return undefined
    const undone = this.#history.since(revision)
    if (undone === undefined) return undefined
    const tree = this.#tree.clone()
    for (const { key, previous } of [...undone].reverse()) {
      if (previous === undefined) tree.delete(key)
      else tree.set(key, previous)
    }
    const past = new Store({ historyCapacity: 0 })
    past.restore({ revision, tree, history: new History(0) })
    return past
  }

  /** What was written up to now happened before the server began: no watch and no list goes back to it. */
  forgetHistory(): void {
    this.#history.forget(this.#revision)
  }

  snapshot(): StoreSnapshot {
    return { revision: this.#revision, tree: this.#tree.clone(), history: this.#history.clone() }
  }

  /** Puts a snapshot in place of the present content. Watches stay, and hear nothing of it. */
  restore(snapshot: StoreSnapshot): void {
    this.#tree = snapshot.tree.clone()
    this.#history = snapshot.history.clone()
    this.#revision = snapshot.revision
    this.#types = new Map()
    this.#restores++
  }

  #stateOf(type: ResourceType): TypeState {
    const prefix = typePrefix(type)
    let state = this.#types.get(prefix)
    if (state === undefined) this.#types.set(prefix, (state = new TypeState()))
    return state
  }

  #find(type: ResourceType, namespace: string | undefined, name: string): KubeObject | undefined {
    const state = this.#stateOf(type)
    const scope = type.namespaced ? namespace : undefined
    if (state.name === name && state.namespace === scope) return state.object
    return state.found(scope, name, this.#tree.get(storeKey(type, namespace, name)))
  }

  /** With the next revision, frozen: the very object where it may still be edited, otherwise a copy. */
  #revise<T extends KubeObject>(object: T): T {
    this.#checkWritable()
    const resourceVersion = String(++this.#revision)
    // What nobody has seen yet gets its version in place: the store is the one place where it gets one.
    const next: { metadata: ObjectMeta } = Object.isExtensible(object) ? object : copyFields(object)
    if (!Object.isExtensible(next.metadata)) next.metadata = copyFields(next.metadata)
    ;(next.metadata as { resourceVersion: string }).resourceVersion = resourceVersion
    return deepFreeze(next as T)
  }

  #checkWritable(): void {
    invariant(!this.#dispatching, 'no write while watchers are told of another')
  }

  #commit(type: ResourceType, event: StoreEvent): void {
    this.#history.append(event, this.#now())
    this.#stateOf(type).lastWrite = event.revision
    this.#dispatching = true
    try {
      this.#onWrite?.(event)
      this.#watches.dispatch(typePrefix(type), event)
    } finally {
      this.#dispatching = false
    }
  }
}
