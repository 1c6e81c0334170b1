// The connection table of one node: a hash table of tuples, both of each connection, and a list by age. An entry's end is a moment
// that is looked at when somebody looks at the entry, so that waiting costs no event. A full table first loses what has
// expired, then drops new connections. Departure: Linux evicts unassured entries near the new one's hash bucket (early_drop);
// here it is the oldest unassured one among the eight oldest.

import type { Microseconds } from '@podwire/engine'
import type { Protocol } from '../dataplane/packet.ts'
import type { Connection, TrackedTuple, Tuple } from './connection.ts'

/** kube-proxy's --conntrack-min; 32768 a core beyond four cores. */
export const DEFAULT_CONNTRACK_MAX = 131_072
const EARLY_DROP_RANGE = 8
const SMALLEST = 256

export class ConnectionTable {
  readonly max: number
  /** A power of two long. */
  #buckets: (TrackedTuple | undefined)[] = emptyBuckets(SMALLEST)
  #oldest: Connection | undefined
  #newest: Connection | undefined
  /** Where the sweep goes on. */
  #sweepAt: Connection | undefined
  /** Nothing expires before this, as far as the last complete sweep could see. */
  #fullUntilUs: Microseconds = 0
  #size = 0
  #dropped = 0

  constructor(max: number = DEFAULT_CONNTRACK_MAX) {
    this.max = max
  }

  /** Entries, expired ones that nobody looked at included: nf_conntrack_count. */
  get size(): number {
    return this.#size
  }

  /** How many new connections found no room. */
  get dropped(): number {
    return this.#dropped
  }

  /** The connection a packet with this tuple belongs to, as the tuple that matched. */
  find(protocol: Protocol, tuple: Tuple, nowUs: Microseconds): TrackedTuple | undefined {
    const { source, sourcePort, destination, destinationPort } = tuple
    const hash = hashOf(source, sourcePort, destination, destinationPort)
    let entry = this.#buckets[hash & (this.#buckets.length - 1)]
    while (entry !== undefined) {
      if (
        entry.hash === hash &&
        entry.sourcePort === sourcePort &&
        entry.destinationPort === destinationPort &&
        entry.connection.protocol === protocol &&
        entry.source === source &&
        entry.destination === destination
      ) {
        if (entry.connection.expiresAtUs > nowUs) return entry
        this.delete(entry.connection)
        return undefined
      }
      entry = entry.next
    }
    return undefined
  }

  /** Asks for room for one more; a refusal is counted. */
  reserve(nowUs: Microseconds): boolean {
    if (this.#size < this.max || this.#makeRoom(nowUs)) return true
    this.#dropped++
    return false
  }

  /** Takes a connection in under both of its tuples. */
  insert(connection: Connection, nowUs: Microseconds): void {
    this.#sweep(nowUs)
    connection.confirmed = true
    connection.older = this.#newest
    if (this.#newest === undefined) this.#oldest = connection
    else this.#newest.newer = connection
    this.#newest = connection
    this.#size++
    if (2 * this.#size > this.#buckets.length) this.#grow()
    this.#link(connection.original)
    this.#link(connection.reply)
  }

  delete(connection: Connection): void {
    if (!connection.confirmed || connection.gone) return
    connection.gone = true
    this.#size--
    const { older, newer } = connection
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (this.#sweepAt === connection) this.#sweepAt = newer
    // Whoever still holds the entry must not hold its neighbours as well.
    connection.older = undefined
    connection.newer = undefined
    this.#unlink(connection.original)
    this.#unlink(connection.reply)
  }

  clear(): void {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) entry.gone = true
    this.#oldest = undefined
    this.#newest = undefined
    this.#sweepAt = undefined
    this.#fullUntilUs = 0
    this.#size = 0
    this.#buckets = emptyBuckets(SMALLEST)
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

  /** Two entries are looked at for each new one, so that what has expired does not pile up. */
  #sweep(nowUs: Microseconds): void {
    for (let i = 0; i < 2; i++) {
      const entry = this.#sweepAt ?? this.#oldest
      if (entry === undefined) return
      this.#sweepAt = entry.newer
      if (entry.expiresAtUs <= nowUs) this.delete(entry)
    }
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
    if (this.#size < this.max) return true
    let candidate = this.#oldest
    for (let looked = 0; candidate !== undefined && looked < EARLY_DROP_RANGE; looked++) {
      if (!candidate.assured) {
        this.delete(candidate)
        return true
      }
      candidate = candidate.newer
    }
    return false
  }

  #link(tuple: TrackedTuple): void {
    tuple.hash = hashOf(tuple.source, tuple.sourcePort, tuple.destination, tuple.destinationPort)
    const place = tuple.hash & (this.#buckets.length - 1)
    tuple.next = this.#buckets[place]
    this.#buckets[place] = tuple
  }

  #unlink(tuple: TrackedTuple): void {
    const place = tuple.hash & (this.#buckets.length - 1)
    let before: TrackedTuple | undefined
    let entry = this.#buckets[place]
    while (entry !== undefined && entry !== tuple) {
      before = entry
      entry = entry.next
    }
    if (entry === undefined) return
    if (before === undefined) this.#buckets[place] = tuple.next
    else before.next = tuple.next
    tuple.next = undefined
  }

  /** By four, so that a table that fills up is rarely built anew. */
  #grow(): void {
    const old = this.#buckets
    this.#buckets = emptyBuckets(4 * old.length)
    const mask = this.#buckets.length - 1
    for (let entry of old) {
      while (entry !== undefined) {
        const { next }: { next: TrackedTuple | undefined } = entry
        const place = entry.hash & mask
        entry.next = this.#buckets[place]
        this.#buckets[place] = entry
        entry = next
      }
    }
  }
}

function emptyBuckets(length: number): (TrackedTuple | undefined)[] {
  const buckets: (TrackedTuple | undefined)[] = []
  for (let i = 0; i < length; i++) buckets.push(undefined)
  return buckets
}

/** Ports differ most, then the ends of addresses. */
function hashOf(source: string, sourcePort: number, destination: string, destinationPort: number): number {
  const addresses = endOf(source) ^ Math.imul(endOf(destination), 0x9e3779b1)
  let hash = Math.imul(((sourcePort << 16) | destinationPort) ^ addresses, 0x85ebca6b)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 13)) & 0x3fff_ffff
}

/** The last four characters: an IPv4 address's last octet and more. */
function endOf(address: string): number {
  const end = address.length - 1
  return (
    address.charCodeAt(end) |
    (address.charCodeAt(end - 1) << 7) |
    (address.charCodeAt(end - 2) << 14) |
    (address.charCodeAt(end - 3) << 21)
  )
}
