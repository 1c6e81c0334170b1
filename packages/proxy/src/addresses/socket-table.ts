// What is known of an IPv4 address, protocol and port, packed: a search touches a few neighbouring words, where maps and objects would
// be fetched from all over the memory. Among thousands of Services that is most of what a new connection costs.
// Entries are never taken out: who has to forget starts a new table. IPv6 has no room in it.

import { parseIpv4 } from './ip.ts'
import type { Packet, Protocol } from '../dataplane/packet.ts'

/** Words of an entry: address; port, protocol and flags; two of the owner's. */
const WORDS = 4
const SMALLEST = 16

const PROTOCOL_SHIFT = 16
const TAKEN = 1 << 18
const KEY = (1 << 19) - 1
const FLAG_SHIFT = 19

/** What the owner keeps of a socket: 12 bits, and two words. */
export interface SocketFacts {
  readonly flags: number
  readonly first: number
  readonly second: number
}

type Socket = Pick<Packet, 'destination' | 'destinationPort' | 'protocol'>

export class SocketTable {
  /** Open addressing; a power of two of entries, at most half of them taken. */
  #words = new Int32Array(WORDS * SMALLEST)
  #size = 0
  // A packet asks at several hooks.
  #lastDestination = ''
  #lastKey = 0
  #lastPlace = -1

  /** Place of the entry for a packet's destination; -1: there is none. */
  find({ destination, destinationPort, protocol }: Socket): number {
    const key = keyOf(protocol, destinationPort)
    if (key === this.#lastKey && destination === this.#lastDestination) return this.#lastPlace
    const address = parseIpv4(destination)
    if (address < 0) return -1
    const place = this.#place(address | 0, key)
    if (this.#words[place + 1] === 0) return -1
    this.#lastDestination = destination
    this.#lastKey = key
    this.#lastPlace = place
    return place
  }

  flags(place: number): number {
    return (this.#words[place + 1] ?? 0) >>> FLAG_SHIFT
  }

  first(place: number): number {
    return this.#words[place + 2] ?? 0
  }

  second(place: number): number {
    return this.#words[place + 3] ?? 0
  }

  /** @returns false when it has no room in this table */
  set({ destination, destinationPort, protocol }: Socket, { flags, first, second }: SocketFacts): boolean {
    const address = parseIpv4(destination)
    if (address < 0) return false
    if (2 * WORDS * (this.#size + 1) > this.#words.length) this.#grow()
    const key = keyOf(protocol, destinationPort)
    const place = this.#place(address | 0, key)
    if (this.#words[place + 1] === 0) this.#size++
    this.#words[place] = address | 0
    this.#words[place + 1] = key | (flags << FLAG_SHIFT)
    this.#words[place + 2] = first
    this.#words[place + 3] = second
    return true
  }

  /** Where it is, or would be. */
  #place(address: number, key: number): number {
    const words = this.#words
    const last = words.length - WORDS
    let place = (hashOf(address, key) * WORDS) & last
    for (;;) {
      const found = words[place + 1] ?? 0
      if (found === 0 || (words[place] === address && (found & KEY) === key)) return place
      place = (place + WORDS) & last
    }
  }

  #grow(): void {
    const old = this.#words
    this.#lastKey = 0
    this.#words = new Int32Array(2 * old.length)
    for (let from = 0; from < old.length; from += WORDS) {
      const [address = 0, key = 0] = old.subarray(from, from + WORDS)
      if (key !== 0) this.#words.set(old.subarray(from, from + WORDS), this.#place(address, key & KEY))
    }
  }
}

/** Never 0. */
function keyOf(protocol: Protocol, port: number): number {
  const number = protocol === 'tcp' ? 0 : protocol === 'udp' ? 1 : protocol === 'sctp' ? 2 : 3
  return port | (number << PROTOCOL_SHIFT) | TAKEN
}

/** Below 2^29, so that it can be multiplied. */
function hashOf(address: number, key: number): number {
  const hash = Math.imul(address ^ Math.imul(key, 0x9e3779b1), 0x85ebca6b)
  return (hash ^ (hash >>> 15)) & 0x1fff_ffff
}
