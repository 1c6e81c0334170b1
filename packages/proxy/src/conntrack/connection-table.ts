// The connection table of one node: a hash table of tuples, both of each connection, and a list by age. An entry's end is a moment
// that is looked at when somebody looks at the entry, so that waiting costs no event. A full table first loses what has
// expired, then drops new connections. Departure: Linux evicts unassured entries near the new one's hash bucket (early_drop);
// here it is the oldest unassured one among the eight oldest.

import type { Microseconds } from '@podwire/engine'
import { wordOf } from '../addresses/ip.ts'
import type { Protocol } from '../dataplane/packet.ts'
import type { Connection, TrackedTuple, Tuple } from './connection.ts'

/** kube-proxy's --conntrack-min; 32768 a core beyond four cores. */
export const DEFAULT_CONNTRACK_MAX = 131_072
const EARLY_DROP_RANGE = 8
const SMALLEST = 256
const SMALLEST_PURGE = 4096

export class ConnectionTable {
  /** nf_conntrack_max. */
  max: number
  /** Open addressing: the hash in each slot (0: free), and the tuple it is of. A power of two long, at most half full. */
  #hashes = new Int32Array(SMALLEST)
  #tuples: (TrackedTuple | undefined)[] = emptySlots(SMALLEST)
  #oldest: Connection | undefined
  #newest: Connection | undefined
  /** At this size what has expired is forgotten: twice what was alive the last time. */
  #purgeAtSize = SMALLEST_PURGE
  /** Nothing expires before this, as far as the last complete sweep could see. */
  #fullUntilUs: Microseconds = 0
  #size = 0
  #dropped = 0
  #earlyDropped = 0
  #invalid = 0

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

  /** The connection a packet with this tuple belongs to, as the tuple that matched. */
  find(protocol: Protocol, tuple: Tuple, nowUs: Microseconds): TrackedTuple | undefined {
    const { source, sourcePort, destination, destinationPort } = tuple
    const sourceWord = tuple.sourceWord ?? wordOf(source)
    const destinationWord = tuple.destinationWord ?? wordOf(destination)
    const hash = hashOf(protocol, sourceWord, sourcePort, destinationWord, destinationPort)
    const hashes = this.#hashes
    const mask = hashes.length - 1
    for (let at = hash & mask; hashes[at] !== 0; at = (at + 1) & mask) {
      if (hashes[at] !== hash) continue
      const entry = this.#tuples[at]
      if (
        entry !== undefined &&
        entry.sourcePort === sourcePort &&
        entry.destinationPort === destinationPort &&
        entry.source === source &&
        entry.destination === destination &&
        entry.connection.protocol === protocol
      ) {
        if (entry.connection.expiresAtUs > nowUs) return entry
        this.delete(entry.connection)
        return undefined
      }
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
    if (this.#size >= this.#purgeAtSize) {
      this.#purge(nowUs)
      this.#purgeAtSize = Math.max(SMALLEST_PURGE, 2 * this.#size)
    }
    connection.confirmed = true
    connection.older = this.#newest
    if (this.#newest === undefined) this.#oldest = connection
    else this.#newest.newer = connection
    this.#newest = connection
    this.#size++
    if (4 * this.#size > this.#hashes.length) this.#grow()
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
    this.#purgeAtSize = SMALLEST_PURGE
    this.#fullUntilUs = 0
    this.#size = 0
    this.#hashes = new Int32Array(SMALLEST)
    this.#tuples = emptySlots(SMALLEST)
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
    if (this.#size < this.max) return true
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

  #link(tuple: TrackedTuple): void {
    const { sourceWord, sourcePort, destinationWord, destinationPort, connection } = tuple
    tuple.hash = hashOf(connection.protocol, sourceWord, sourcePort, destinationWord, destinationPort)
    this.#place(tuple)
  }

  #place(tuple: TrackedTuple): void {
    const hashes = this.#hashes
    const mask = hashes.length - 1
    let at = tuple.hash & mask
    while (hashes[at] !== 0) at = (at + 1) & mask
    hashes[at] = tuple.hash
    this.#tuples[at] = tuple
  }

  /** What stands behind the gap and belongs further to the front moves up, so that a search may stop at the first gap. */
  #unlink(tuple: TrackedTuple): void {
    const hashes = this.#hashes
    const tuples = this.#tuples
    const mask = hashes.length - 1
    let gap = tuple.hash & mask
    while (hashes[gap] !== tuple.hash || tuples[gap] !== tuple) {
      if (hashes[gap] === 0) return
      gap = (gap + 1) & mask
    }
    for (let at = (gap + 1) & mask; hashes[at] !== 0; at = (at + 1) & mask) {
      const hash = hashes[at] ?? 0
      if (((at - (hash & mask)) & mask) < ((at - gap) & mask)) continue
      hashes[gap] = hash
      tuples[gap] = tuples[at]
      gap = at
    }
    hashes[gap] = 0
    tuples[gap] = undefined
  }

  /** By four, so that a table that fills up is rarely built anew. */
  #grow(): void {
    const old = this.#tuples
    this.#hashes = new Int32Array(4 * old.length)
    this.#tuples = emptySlots(4 * old.length)
    for (const tuple of old) if (tuple !== undefined) this.#place(tuple)
  }
}

function emptySlots(length: number): (TrackedTuple | undefined)[] {
  const slots: (TrackedTuple | undefined)[] = []
  slots.length = length
  return slots.fill(undefined)
}

/** Never 0, and positive. Of addresses their words: a table that grows or loses an entry looks at no text. */
function hashOf(
  protocol: Protocol,
  sourceWord: number,
  sourcePort: number,
  destinationWord: number,
  destinationPort: number,
): number {
  const addresses = sourceWord ^ Math.imul(destinationWord, 0x9e3779b1)
  const start = protocol === 'tcp' ? 0 : protocol.charCodeAt(0)
  let hash = Math.imul(((sourcePort << 16) | destinationPort) ^ addresses ^ start, 0x85ebca6b)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0xc2b2ae35)
  return ((hash ^ (hash >>> 13)) & 0x3fff_ffff) | 0x4000_0000
}
