// The ways every node takes alike, packed: one search and one draw, for packets that need no rule to be asked. Filled with what
// packets ask for.

import { sameAnew } from '../addresses/ip.ts'
import { SocketTable } from '../addresses/socket-table.ts'
import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'

const INTERNAL = 1
const GUARDED = 2
const MOST = 0xffff

/** What becomes of packets to one port of one address. */
export interface PackedWay {
  readonly internal: boolean
  readonly guarded: boolean
  /** One of these is drawn with equal odds. */
  readonly targets: readonly { readonly address: string; readonly port: number }[]
}

export class WayTable {
  /** Each with the place of its first target; their number and their port. */
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

  /** The address of one target: a draw, unless there is no choice. */
  draw(place: number, { random }: Evaluation): string {
    const count = this.#ways.second(place) >>> 16
    const first = this.#ways.first(place)
    return this.#addresses[count === 1 ? first : first + Math.floor(random.real() * count)] ?? ''
  }

  targetPort(place: number): number {
    return this.#ways.second(place) & MOST
  }

  /** Takes in the way of a packet, which is not there yet, unless it does not fit in. */
  keep(packet: Packet, { internal, guarded, targets }: PackedWay): void {
    const port = targets[0]?.port
    if (port === undefined || targets.length > MOST || targets.some((target) => target.port !== port)) return
    const isKept = this.#ways.set(packet, {
      flags: (internal ? INTERNAL : 0) | (guarded ? GUARDED : 0),
      first: this.#addresses.length,
      second: (targets.length << 16) | port,
    })
    if (isKept) for (const { address } of targets) this.#addresses.push(sameAnew(address))
  }
}
