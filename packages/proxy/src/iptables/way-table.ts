// The ways every node takes alike, packed: one search and one draw, for packets that need no rule to be asked. Filled with what
// packets ask for. The words of the targets stand in a way's record; their texts lie elsewhere, and a packet takes one along unread.

import { wordOf } from '../addresses/ip.ts'
import { HEAD, SocketTable } from '../addresses/socket-table.ts'
import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'

const INTERNAL = 1
const GUARDED = 2
const MOST = 0xffff

// The words of a way: where the texts of its targets begin; how many there are, and their port; the targets' words.
const FIRST = HEAD
const COUNT_AND_PORT = HEAD + 1
const TARGETS = HEAD + 2

/** What becomes of packets to one port of one address. */
export interface PackedWay {
  readonly internal: boolean
  readonly guarded: boolean
  /** One of these is drawn with equal odds. */
  readonly targets: readonly { readonly address: string; readonly port: number }[]
}

export class WayTable {
  readonly #ways = new SocketTable()
  readonly #addresses: string[] = []

  /** Place of the way for a packet's destination; -1: there is none. */
  find(packet: Packet): number {
    return this.#ways.find(packet)
  }

  isInternal(place: number): boolean {
    return (this.#ways.flags(place) & INTERNAL) !== 0
  }

  isGuarded(place: number): boolean {
    return (this.#ways.flags(place) & GUARDED) !== 0
  }

  /** One of the targets: a draw, unless there is no choice. */
  draw(place: number, { random }: Evaluation): number {
    const count = this.#word(place + COUNT_AND_PORT) >>> 16
    return count === 1 ? 0 : Math.floor(random.real() * count)
  }

  addressOf(place: number, target: number): string {
    return this.#addresses[this.#word(place + FIRST) + target] ?? ''
  }

  wordOf(place: number, target: number): number {
    return this.#word(place + TARGETS + target)
  }

  portOf(place: number): number {
    return this.#word(place + COUNT_AND_PORT) & MOST
  }

  /** Takes in the way of a packet, which is not there yet, unless it does not fit in. */
  keep(packet: Packet, { internal, guarded, targets }: PackedWay): void {
    const port = targets[0]?.port
    if (port === undefined || targets.length > MOST || targets.some((target) => target.port !== port)) return
    const place = this.#ways.add(packet, TARGETS - HEAD + targets.length)
    if (place < 0) return
    this.#ways.setFlags(place, (internal ? INTERNAL : 0) | (guarded ? GUARDED : 0))
    const { words } = this.#ways
    words[place + FIRST] = this.#addresses.length
    words[place + COUNT_AND_PORT] = (targets.length << 16) | port
    targets.forEach(({ address }, target) => {
      words[place + TARGETS + target] = wordOf(address)
      this.#addresses.push(address)
    })
  }

  #word(at: number): number {
    return this.#ways.words[at] ?? 0
  }
}
