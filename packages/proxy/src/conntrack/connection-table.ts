// The connection table of one node: its connections by both of their tuples, and in a list by age. An entry's end is a moment
// that is looked at when somebody looks at the entry, so that waiting costs no event. A full table first loses what has
// expired, then drops new connections. Departure: Linux evicts unassured entries near the new one's hash bucket (early_drop);
// here it is the oldest unassured one among the eight oldest.

import type { Microseconds } from '@podwire/engine'
import type { Protocol } from '../dataplane/packet.ts'
import type { Connection, Tuple } from './connection.ts'
import { TupleIndex } from './tuple-index.ts'

/** kube-proxy's --conntrack-min; 32768 a core beyond four cores. */
export const DEFAULT_CONNTRACK_MAX = 131_072
const EARLY_DROP_RANGE = 8
const SMALLEST_PURGE = 4096

export class ConnectionTable {
  /** nf_conntrack_max. */
  max: number
  #index = new TupleIndex()
  #oldest: Connection | undefined
  #newest: Connection | undefined
  /** At this size what has expired is forgotten: twice what was alive the last time. */
  #purgeAtSize = SMALLEST_PURGE
  /** Nothing expires before this, as far as the last complete sweep could see. */
  #fullUntilUs: Microseconds = 0
  #dropped = 0
  #earlyDropped = 0
  #invalid = 0

  constructor(max: number = DEFAULT_CONNTRACK_MAX) {
    this.max = max
  }

  /** Entries, expired ones that nobody looked at included: nf_conntrack_count. */
  get size(): number {
    return this.#index.size
  }

  /** How many new connections found no room. */
  get dropped(): number {
    return this.#dropped
  }

  /** How many entries had to make room for a newer one. */
  get earlyDropped(): number {
    return this.#earlyDropped
  }

  /** How many packets belonged to no connection and could start none. */
  get invalid(): number {
    return this.#invalid
  }

  noteInvalid(): void {
    this.#invalid++
  }

  /** The connection a packet with this tuple belongs to. */
  find(protocol: Protocol, tuple: Tuple, nowUs: Microseconds): Connection | undefined {
    return this.#unlessExpired(this.#index.find(protocol, tuple), nowUs)
  }

  /** The connection whose packets look like the answers to `connection`, which is not in the table. */
  answeredAs(connection: Connection, nowUs: Microseconds): Connection | undefined {
    return this.#unlessExpired(this.#index.findReplyOf(connection), nowUs)
  }

  #unlessExpired(connection: Connection | undefined, nowUs: Microseconds): Connection | undefined {
    if (connection === undefined || connection.expiresAtUs > nowUs) return connection
    this.delete(connection)
    return undefined
  }

  /** Asks for room for one more; a refusal is counted. */
  reserve(nowUs: Microseconds): boolean {
    if (this.#index.size < this.max || this.#makeRoom(nowUs)) return true
    this.#dropped++
    return false
  }

  /** Takes a connection in under both of its tuples. */
  insert(connection: Connection, nowUs: Microseconds): void {
    if (this.#index.size >= this.#purgeAtSize) {
      this.#purge(nowUs)
      this.#purgeAtSize = Math.max(SMALLEST_PURGE, 2 * this.#index.size)
    }
    connection.confirmed = true
    connection.older = this.#newest
    if (this.#newest === undefined) this.#oldest = connection
    else this.#newest.newer = connection
    this.#newest = connection
    this.#index.add(connection)
  }

  delete(connection: Connection): void {
    if (!connection.confirmed || connection.gone) return
    connection.gone = true
    const { older, newer } = connection
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    // Whoever still holds the entry must not hold its neighbours as well.
    connection.older = undefined
    connection.newer = undefined
    this.#index.remove(connection)
  }

  clear(): void {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) entry.gone = true
    this.#oldest = undefined
    this.#newest = undefined
    this.#purgeAtSize = SMALLEST_PURGE
    this.#fullUntilUs = 0
    this.#index = new TupleIndex()
  }

  /** Live entries, oldest first. The one just given may be deleted. */
  *connections(nowUs: Microseconds): IterableIterator<Connection> {
    let entry = this.#oldest
    while (entry !== undefined) {
      const { newer } = entry
      if (entry.expiresAtUs > nowUs) yield entry
      entry = newer
    }
  }

  /** Entries that began at `sinceUs` or later, newest first, whether they have expired or not. */
  *begunSince(sinceUs: Microseconds): IterableIterator<Connection> {
    for (let entry = this.#newest; entry !== undefined && entry.startedAtUs >= sinceUs; entry = entry.older) yield entry
  }

  /** Forgets what has expired; returns when the next one does. */
  #purge(nowUs: Microseconds): Microseconds {
    let next = Infinity
    let entry = this.#oldest
    while (entry !== undefined) {
      const { newer } = entry
      if (entry.expiresAtUs <= nowUs) this.delete(entry)
      else next = Math.min(next, entry.expiresAtUs)
      entry = newer
    }
    return next
  }

  #makeRoom(nowUs: Microseconds): boolean {
    if (nowUs >= this.#fullUntilUs) this.#fullUntilUs = this.#purge(nowUs)
    if (this.#index.size < this.max) return true
    let candidate = this.#oldest
    for (let looked = 0; candidate !== undefined && looked < EARLY_DROP_RANGE; looked++) {
      if (!candidate.assured) {
        this.delete(candidate)
        this.#earlyDropped++
        return true
      }
      candidate = candidate.newer
    }
    return false
  }
}
