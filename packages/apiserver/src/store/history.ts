// The last writes, in revision order, for watches that start in the past and for lists of an older state. Bounded by count: what
// falls off the end is gone, and a watch or list from before it gets 410 Expired. As etcd does, the server forgets states older
// than five to ten minutes; of older writes a few are left to watches, as the watch cache leaves them. Source: apiserver storage/cacher/watch_cache_history.go,
// storage/etcd3/compact.go.

import { RevisionLog } from './revision-log.ts'
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

/** How often etcd is compacted, to the state of one such time before. */
const COMPACTION_PERIOD_US = 5 * 60 * 1_000_000

/** So many of the newest writes stay for watches, however old they are. */
const LEAST_KEPT = 1000

interface PeriodStart {
  readonly period: number
  /** The newest revision when the period began. */
  readonly revision: number
}

export class History {
  readonly #events: RevisionLog<StoreEvent>
  readonly #capacity: number
  #compacted: number
  /** Of the last periods in which something was written, oldest first. */
  #starts: readonly PeriodStart[]

  constructor(capacity: number, from?: History) {
    this.#capacity = capacity
    this.#events = from === undefined ? new RevisionLog() : new RevisionLog(from.#events)
    this.#compacted = from === undefined ? 0 : from.#compacted
    this.#starts = from === undefined ? [] : from.#starts
  }

  /** The newest revision whose event is gone: watches may start from here, not before. */
  get compacted(): number {
    return this.#compacted
  }

  append(event: StoreEvent, nowUs: number): void {
    const period = Math.floor(nowUs / COMPACTION_PERIOD_US)
    if (period > (this.#starts.at(-1)?.period ?? 0)) {
      this.#starts = [...this.#starts.slice(-2), { period, revision: event.revision - 1 }]
      this.#compact(this.oldestListed(nowUs, event.revision - 1))
    }
    this.#events.append(event)
    if (this.#events.size > this.#capacity) this.#dropBefore(this.#events.oldest + 1)
  }

  /** Drops what no list may ask for any more, but for the newest writes. */
  #compact(revision: number): void {
    const { size, oldest } = this.#events
    const last = Math.min(revision, oldest + size - LEAST_KEPT - 1)
    if (last >= oldest) this.#dropBefore(last + 1)
  }

  #dropBefore(revision: number): void {
    this.#events.dropBefore(revision)
    this.#compacted = revision - 1
  }

  /** Forgets everything up to `revision`: a server knows nothing of what was written before it began to serve. */
  forget(revision: number): void {
    this.#events.dropBefore(revision + 1)
    this.#compacted = Math.max(this.#compacted, revision)
  }

  /** The oldest state that a list may still ask for at a time. */
  oldestListed(nowUs: number, newest: number): number {
    const compactedTo = Math.floor(nowUs / COMPACTION_PERIOD_US) - 1
    if (compactedTo < 1) return this.#compacted
    const start = this.#starts.find(({ period }) => period >= compactedTo)
    return Math.max(this.#compacted, start === undefined ? newest : start.revision)
  }

  /** Events after `revision`, oldest first; undefined when some of them are compacted. */
  since(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#compacted) return undefined
    return this.#events.from(revision + 1)
  }

  clone(): History {
    return new History(this.#capacity, this)
  }
}
