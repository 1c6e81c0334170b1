// Where a connection table finds its connections: open addressing over both tuples of each. A slot has the tuple's hash and the
// connection's place in a list, both in arrays of numbers, so that a table that grows copies no references and the garbage
// collector looks at none of its slots.

import { wordOf } from '../addresses/ip.ts'
import type { Protocol } from '../dataplane/packet.ts'
import type { Connection, Tuple } from './connection.ts'

const SMALLEST = 256

export class TupleIndex {
  /** The hash in each slot; 0: it is free. A power of two long, at most half full. */
  #hashes = new Int32Array(SMALLEST)
  /** Of each taken slot: its connection's place, doubled, and one more for the reply tuple. */
  #marks = new Int32Array(SMALLEST)
  readonly #connections: (Connection | undefined)[] = []
  readonly #freePlaces: number[] = []
  #size = 0

  /** How many connections there are in it. */
  get size(): number {
    return this.#size
  }

  /** @param connection one that is not in it, and whose tuples stay as they are while it is */
  add(connection: Connection): void {
    const place = this.#freePlaces.pop() ?? this.#connections.length
    connection.place = place
    this.#connections[place] = connection
    this.#size++
    if (4 * this.#size > this.#hashes.length) this.#grow()
    this.#enter(originalHash(connection), 2 * place)
    this.#enter(replyHash(connection), 2 * place + 1)
  }

  /** @param connection one that is in it */
  remove(connection: Connection): void {
    const { place } = connection
    this.#connections[place] = undefined
    this.#freePlaces.push(place)
    this.#size--
    this.#leave(originalHash(connection), 2 * place)
    this.#leave(replyHash(connection), 2 * place + 1)
  }

  find(protocol: Protocol, tuple: Tuple): Connection | undefined {
    const { source, sourcePort, destination, destinationPort } = tuple
    const sourceWord = tuple.sourceWord ?? wordOf(source)
    const destinationWord = tuple.destinationWord ?? wordOf(destination)
    const hash = hashOf(protocol, sourceWord, sourcePort, destinationWord, destinationPort)
    return this.#search(hash, protocol, source, sourcePort, destination, destinationPort)
  }

  /** The connection that has the reply tuple of `connection`. */
  findReplyOf(connection: Connection): Connection | undefined {
    const { protocol, replySource, replySourcePort, replyDestination, replyDestinationPort } = connection
    const hash = replyHash(connection)
    return this.#search(hash, protocol, replySource, replySourcePort, replyDestination, replyDestinationPort)
  }

  #search(
    hash: number,
    protocol: Protocol,
    source: string,
    sourcePort: number,
    destination: string,
    destinationPort: number,
  ): Connection | undefined {
    const hashes = this.#hashes
    const mask = hashes.length - 1
    for (let at = hash & mask; hashes[at] !== 0; at = (at + 1) & mask) {
      if (hashes[at] !== hash) continue
      const mark = this.#marks[at] ?? 0
      const found = this.#connections[mark >> 1]
      if (found === undefined || found.protocol !== protocol) continue
      const matches =
        (mark & 1) === 0
          ? found.sourcePort === sourcePort &&
            found.destinationPort === destinationPort &&
            found.source === source &&
            found.destination === destination
          : found.replySourcePort === sourcePort &&
            found.replyDestinationPort === destinationPort &&
            found.replySource === source &&
            found.replyDestination === destination
      if (matches) return found
    }
    return undefined
  }

  #enter(hash: number, mark: number): void {
    const hashes = this.#hashes
    const mask = hashes.length - 1
    let at = hash & mask
    while (hashes[at] !== 0) at = (at + 1) & mask
    hashes[at] = hash
    this.#marks[at] = mark
  }

  /** What stands behind the gap and belongs further to the front moves up, so that a search may stop at the first gap. */
  #leave(hash: number, mark: number): void {
    const hashes = this.#hashes
    const marks = this.#marks
    const mask = hashes.length - 1
    let gap = hash & mask
    while (hashes[gap] !== hash || marks[gap] !== mark) {
      if (hashes[gap] === 0) return
      gap = (gap + 1) & mask
    }
    for (let at = (gap + 1) & mask; hashes[at] !== 0; at = (at + 1) & mask) {
      const moved = hashes[at] ?? 0
      if (((at - (moved & mask)) & mask) < ((at - gap) & mask)) continue
      hashes[gap] = moved
      marks[gap] = marks[at] ?? 0
      gap = at
    }
    hashes[gap] = 0
  }

  /** By four, so that a table that fills up is rarely built anew. */
  #grow(): void {
    const hashes = this.#hashes
    const marks = this.#marks
    this.#hashes = new Int32Array(4 * hashes.length)
    this.#marks = new Int32Array(4 * hashes.length)
    for (let at = 0; at < hashes.length; at++) {
      const hash = hashes[at] ?? 0
      if (hash !== 0) this.#enter(hash, marks[at] ?? 0)
    }
  }
}

function originalHash({ protocol, sourceWord, sourcePort, destinationWord, destinationPort }: Connection): number {
  return hashOf(protocol, sourceWord, sourcePort, destinationWord, destinationPort)
}

function replyHash(connection: Connection): number {
  const { protocol, replySourceWord, replySourcePort, replyDestinationWord, replyDestinationPort } = connection
  return hashOf(protocol, replySourceWord, replySourcePort, replyDestinationWord, replyDestinationPort)
}

/** Never 0, and positive. Of addresses their words: a table that loses an entry looks at no text. */
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
