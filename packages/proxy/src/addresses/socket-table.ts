// What is known of an IPv4 address, protocol and port, packed: a search touches one slot and one record of neighbouring words, where
// maps and objects would be fetched from all over the memory. Among thousands of Services that is most of what a new connection costs,
// so slots are small (those of 10,000 sockets stay in the processor's caches), and a record holds all that the owner keeps of a socket.
// Records are never taken out: who has to forget starts a new table. IPv6 has no room in it.

import type { IpFamily, Protocol } from '../dataplane/packet.ts'

/** A slot: 0 when it is free, else the number of a block and bits of the hash. */
const BLOCK_BITS = 20
const MOST_BLOCKS = 1 << BLOCK_BITS
/** Words of a block. A record begins with one. */
const BLOCK = 8
const SMALLEST = 16

const PROTOCOL_SHIFT = 16
const TAKEN = 1 << 18
const KEY = (1 << 19) - 1
const FLAG_SHIFT = 19

/** The words of a record in front of the owner's: its address; port, protocol and flags. */
export const HEAD = 2

/** What is looked for: a packet's destination. */
export interface Socket {
  readonly family: IpFamily
  readonly destinationWord: number
  readonly destinationPort: number
  readonly protocol: Protocol
}

export class SocketTable {
  /** Open addressing; a power of two of slots, at most three quarters of them taken. */
  #slots = new Int32Array(SMALLEST)
  #size = 0
  #words = new Int32Array(BLOCK * SMALLEST)
  /** The first block has no record: no slot is 0. */
  #end = BLOCK
  // A packet asks at several hooks.
  #lastWord = 0
  #lastKey = 0
  #lastPlace = -1

  /** The records: those of `find` and `add` begin at their places. Another array when records have been added since. */
  get words(): Int32Array {
    return this.#words
  }

  /** Place of the record for a packet's destination; -1: there is none. */
  find({ family, destinationWord, destinationPort, protocol }: Socket): number {
    const key = keyOf(protocol, destinationPort)
    if (family !== 'ipv4') return -1
    if (key === this.#lastKey && destinationWord === this.#lastWord) return this.#lastPlace
    const place = this.#search(destinationWord, key)
    if (place < 0) return -1
    this.#lastWord = destinationWord
    this.#lastKey = key
    this.#lastPlace = place
    return place
  }

  /** 12 bits of the owner's. */
  flags(place: number): number {
    return (this.#words[place + 1] ?? 0) >>> FLAG_SHIFT
  }

  setFlags(place: number, flags: number): void {
    this.#words[place + 1] = ((this.#words[place + 1] ?? 0) & KEY) | (flags << FLAG_SHIFT)
  }

  /**
   * A record for a socket, its words 0. One that it had is left behind.
   * @param length how many words the owner wants
   * @returns its place; -1: it has no room in this table
   */
  add({ family, destinationWord, destinationPort, protocol }: Socket, length: number): number {
    const place = this.#end
    const end = place + Math.ceil((HEAD + length) / BLOCK) * BLOCK
    if (family !== 'ipv4' || end > MOST_BLOCKS * BLOCK) return -1
    if (end > this.#words.length) this.#extend(end)
    if (4 * (this.#size + 1) > 3 * this.#slots.length) this.#grow()
    const key = keyOf(protocol, destinationPort)
    this.#words[place] = destinationWord
    this.#words[place + 1] = key
    this.#end = end
    const before = this.#search(destinationWord, key)
    if (before < 0) this.#size++
    this.#enter(destinationWord, key, place, before)
    this.#lastKey = 0
    return place
  }

  #search(word: number, key: number): number {
    const hash = hashOf(word, key)
    const slots = this.#slots
    const words = this.#words
    const last = slots.length - 1
    for (let at = hash & last; ; at = (at + 1) & last) {
      const slot = slots[at] ?? 0
      if (slot === 0) return -1
      if ((slot ^ hash) >>> BLOCK_BITS !== 0) continue
      const place = (slot & (MOST_BLOCKS - 1)) * BLOCK
      if (words[place] === word && ((words[place + 1] ?? 0) & KEY) === key) return place
    }
  }

  /** @param before place of the record whose slot it takes; -1: a free one */
  #enter(word: number, key: number, place: number, before: number): void {
    const hash = hashOf(word, key)
    const slots = this.#slots
    const last = slots.length - 1
    const taken = before < 0 ? 0 : (hash & -MOST_BLOCKS) | (before / BLOCK)
    let at = hash & last
    while (slots[at] !== taken) at = (at + 1) & last
    slots[at] = (hash & -MOST_BLOCKS) | (place / BLOCK)
  }

  #extend(end: number): void {
    const old = this.#words
    this.#words = new Int32Array(Math.max(end, 2 * old.length))
    this.#words.set(old)
  }

  #grow(): void {
    const old = this.#slots
    const words = this.#words
    this.#slots = new Int32Array(2 * old.length)
    for (const slot of old) {
      const place = (slot & (MOST_BLOCKS - 1)) * BLOCK
      if (slot !== 0) this.#enter(words[place] ?? 0, (words[place + 1] ?? 0) & KEY, place, -1)
    }
  }
}

/** Never 0. */
function keyOf(protocol: Protocol, port: number): number {
  const number = protocol === 'tcp' ? 0 : protocol === 'udp' ? 1 : protocol === 'sctp' ? 2 : 3
  return port | (number << PROTOCOL_SHIFT) | TAKEN
}

/** Its upper bits stand in slots, the lower ones say which. */
function hashOf(word: number, key: number): number {
  const hash = Math.imul(word ^ Math.imul(key, 0x9e3779b1), 0x85ebca6b)
  return Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
}
