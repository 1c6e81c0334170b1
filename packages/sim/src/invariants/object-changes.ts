// Which API objects have changed since the invariants were last checked. At first that is all of them.

import { type KubeObject, objectChanged, type ResourceType, type StoreEvent } from '@podwire/apiserver'
import type { Cluster } from '../sdk/cluster.ts'

export interface ObjectChange<T extends KubeObject = KubeObject> {
  /** Names the object among those of its type. */
  readonly key: string
  /** undefined: it is gone. */
  readonly object: T | undefined
  /** What it was last. */
  readonly last: T
}

export class ObjectChanges implements Disposable {
  readonly #byType = new Map<string, Map<string, ObjectChange>>()
  readonly #subscriptions: Disposable[] = []

  constructor({ composition }: Cluster) {
    const { engine, server } = composition
    this.keep(engine.bus.subscribe(objectChanged, ({ payload }) => this.#note(payload)))
    for (const { type } of server.registry.all()) {
      if (type.stored !== undefined) continue
      const prefix = prefixOf(type)
      for (const [key, object] of server.store.scan(type)) this.#of(prefix).set(key, { key, object, last: object })
    }
  }

  /** In the order of their last change. */
  of<T extends KubeObject>(type: ResourceType<T>): Iterable<ObjectChange<T>> {
    // Keys with this prefix hold only objects of the type.
    return (this.#byType.get(prefixOf(type))?.values() ?? []) as Iterable<ObjectChange<T>>
  }

  all(): Iterable<ObjectChange> {
    return [...this.#byType.values()].flatMap((changes) => [...changes.values()])
  }

  /** A subscription of an invariant: it ends with the watch. */
  keep(subscription: Disposable): void {
    this.#subscriptions.push(subscription)
  }

  /** They have been looked at. */
  clear(): void {
    this.#byType.clear()
  }

  [Symbol.dispose](): void {
    for (const one of this.#subscriptions) one[Symbol.dispose]()
  }

  #note({ key, type, object }: StoreEvent): void {
    const changes = this.#of(key.slice(0, key.indexOf('/', key.indexOf('/', 1) + 1) + 1))
    changes.delete(key)
    changes.set(key, { key, object: type === 'DELETED' ? undefined : object, last: object })
  }

  #of(prefix: string): Map<string, ObjectChange> {
    let changes = this.#byType.get(prefix)
    if (changes === undefined) this.#byType.set(prefix, (changes = new Map()))
    return changes
  }
}

/** `/apps/deployments/`, as keys of the store begin. */
const prefixOf = (type: ResourceType): string => `/${type.group}/${type.resource}/`
