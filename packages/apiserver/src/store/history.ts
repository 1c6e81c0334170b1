// The last writes, in revision order, for watches that start in the past. Bounded by count: what falls off the end is
// compacted, and a watch or list from before it gets 410 Expired, as from etcd.

import { BTree } from './b-tree.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { WatchEventType } from '../client/client.ts'

export interface StoreEvent {
  readonly revision: number
  readonly type: WatchEventType
  readonly key: string
  /** For DELETED: the last content, carrying the revision of the deletion. */
  readonly object: KubeObject
  /** What it replaced or removed. */
  readonly previous: KubeObject | undefined
}

const byNumber = (a: number, b: number): number => a - b

export class History {
  readonly #events: BTree<number, StoreEvent>
  readonly #capacity: number
  #compacted: number

  constructor(capacity: number, compacted = 0, events = new BTree<number, StoreEvent>(undefined, byNumber)) {
    this.#capacity = capacity
    this.#compacted = compacted
    this.#events = events
  }

  /** The newest revision whose event is gone: watches may start from here, not before. */
  get compacted(): number {
    return this.#compacted
  }

  append(event: StoreEvent): void {
    this.#events.set(event.revision, event)
    if (this.#events.size <= this.#capacity) return
    const oldest = this.#events.minKey()
    if (oldest === undefined) return
    this.#events.delete(oldest)
    this.#compacted = oldest
  }

  /** Events after `revision`, oldest first; undefined when some of them are compacted. */
  since(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#compacted) return undefined
    const newest = this.#events.maxKey()
    return newest === undefined ? [] : this.#events.getRange(revision + 1, newest, true).map(([, event]) => event)
  }

  clone(): History {
    return new History(this.#capacity, this.#compacted, this.#events.clone())
  }
}
