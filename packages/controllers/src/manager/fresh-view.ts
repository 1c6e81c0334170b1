// An informer's view plus this controller's own writes that the informer has not delivered yet. Writes are stored when the
// client returns, so a controller never has to decide on a state older than its own last decision: no double creates, no
// conflicts with itself. Upstream reaches the same by expectations (replica controllers) and by retried conflicts.

import type { Informer, InformerChange, KubeObject } from '@podwire/apiserver'
import { objectKey, objectKeyOf } from '@podwire/apiserver'

interface OwnWrite<T> {
  readonly revision: number
  /** undefined: this controller removed the object. */
  readonly object: T | undefined
}

type IndexKeys<T> = (object: T) => readonly string[]

/** What the view shows under a name changes: before, and from now on; undefined: nothing. */
type ViewChange<T> = (before: T | undefined, after: T | undefined) => void

const revisionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion)

export class FreshView<T extends KubeObject> {
  readonly #informer: Informer<T>
  readonly #indexes = new Map<string, IndexKeys<T>>()
  readonly #own = new Map<string, OwnWrite<T>>()
  readonly #onChange: ViewChange<T> | undefined

  /** @param onChange told of each change of what the view shows, own writes included */
  constructor(informer: Informer<T>, onChange?: ViewChange<T>) {
    this.#informer = informer
    this.#onChange = onChange
    informer.onChange((change) => this.#delivered(change))
  }

  /** Adds an index to the informer and to the own writes. Informers are shared: same name, same keys. */
  addIndex(index: string, keys: IndexKeys<T>): void {
    this.#indexes.set(index, keys)
    this.#informer.addIndex(index, keys)
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.byKey(objectKeyOf(namespace, name))
  }

  /** @param key the object's `objectKey` */
  byKey(key: string): T | undefined {
    const own = this.#own.size === 0 ? undefined : this.#own.get(key)
    return own === undefined ? this.#informer.byKey(key) : own.object
  }

  byIndex(index: string, key: string): readonly T[] {
    const known = this.#informer.byIndex(index, key)
    if (this.#own.size === 0) return known
    const keys = this.#indexes.get(index)
    const result: T[] = []
    for (const object of known) if (!this.#own.has(objectKey(object))) result.push(object)
    for (const { object } of this.#own.values()) {
      if (object !== undefined && keys?.(object).includes(key) === true) result.push(object)
    }
    return result
  }

  /** Remembers an object as the client returned it from a write. */
  wrote(object: T): T {
    const key = objectKey(object)
    const revision = revisionOf(object)
    const known = this.#informer.byKey(key)
    if (known === undefined || revisionOf(known) < revision) this.#show(key, known, { revision, object })
    return object
  }

  /** Remembers that `object` is gone. */
  removed(object: T): void {
    const key = objectKey(object)
    const known = this.#informer.byKey(key)
    this.#show(key, known, known === undefined ? undefined : { revision: revisionOf(known), object: undefined })
  }

  /** An own write takes the place of what the informer knows; undefined: it knows nothing, and there is none. */
  #show(key: string, known: T | undefined, write: OwnWrite<T> | undefined): void {
    const own = this.#own.get(key)
    if (write === undefined) this.#own.delete(key)
    else this.#own.set(key, write)
    this.#onChange?.(own === undefined ? known : own.object, write?.object)
  }

  #delivered(change: InformerChange<T>): void {
    const { object } = change
    const gone = change.type === 'deleted'
    const known = gone ? change.last : change.old
    if (this.#own.size === 0) return this.#onChange?.(known, gone ? undefined : object)
    const key = objectKey(object)
    const own = this.#own.get(key)
    if (own === undefined) return this.#onChange?.(known, gone ? undefined : object)
    // A tombstone waits for the deletion; a written object for its own or a later revision.
    if (own.object === undefined ? gone || revisionOf(object) > own.revision : revisionOf(object) >= own.revision) {
      this.#own.delete(key)
      this.#onChange?.(own.object, gone ? undefined : object)
    }
  }
}
