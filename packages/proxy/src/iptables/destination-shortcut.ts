// Where a packet's destination leads when no rule need be asked: to one of the endpoints behind the one service port it is for. What
// iptables and nftables mode have in common; each knows by itself which rules stand behind an address. Everything that is not plainly
// one service port's business is left to the walk. Same draws, same marks, same outcome: property tests hold the two together.

import { wordOf } from '../addresses/ip.ts'
import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import type { PodTraffic } from './port-unit.ts'
import type { Ruleset } from './ruleset.ts'
import {
  draw,
  isMasqueraded,
  NodeChoices,
  packAgain,
  wayOfPacket,
  type Choice,
  type Shortcut,
  type Way,
  type Ways,
} from './ways.ts'

export interface ShortcutMarks {
  /** What asks for masquerading. */
  readonly mark: number
  /** An endpoint that reaches itself is marked on its way there; otherwise it is known when it leaves. */
  readonly marksHairpins: boolean
}

export abstract class DestinationShortcut {
  protected readonly ways: Ways
  readonly #choices: NodeChoices
  readonly #podTraffic: PodTraffic | undefined
  readonly #masqueradeAll: boolean
  readonly #masqueradeMark: number
  readonly #marksHairpins: boolean

  protected constructor(ruleset: Ruleset, node: NodeFacts, { mark, marksHairpins }: ShortcutMarks) {
    this.ways = ruleset.ways
    this.#choices = new NodeChoices((way, address) => this.choice(way, address))
    this.#podTraffic = ruleset.podTraffic(node)
    this.#masqueradeAll = ruleset.options.masqueradeAll
    this.#masqueradeMark = mark
    this.#marksHairpins = marksHairpins
  }

  /** The endpoints that the rules for this destination draw from; null: only they can tell. */
  protected abstract choice(way: Way, address: string): Choice

  /** For a port that no service has at this address of a service. */
  protected abstract atUnknownPort(packet: Packet, run: Evaluation): Shortcut

  /** What the nat rules make of the destination. */
  protected lead(packet: Packet, run: Evaluation): Shortcut {
    const { ways } = this
    const { packed } = ways
    const place = packed.find(packet)
    if (place >= 0) {
      const target = packed.draw(place, run)
      this.#mark(packet, packed.isInternal(place), packed.addressOf(place, target), packed.wordOf(place, target))
      return {
        kind: 'dnat',
        address: packed.addressOf(place, target),
        word: packed.wordOf(place, target),
        port: packed.portOf(place),
      }
    }
    const { destination } = packet
    const first = ways.at(destination, packet.destinationWord)
    // Node ports: only packets for an address of the node come that far.
    if (first === undefined) return run.isLocal(destination) ? 'walk' : undefined
    const way = wayOfPacket(first, packet)
    if (way === null) return this.atUnknownPort(packet, run)
    if (way === 'several') return 'walk'
    packAgain(ways, packet, way)
    const endpoints = this.#choices.at(way, destination)
    if (endpoints === null) return 'walk'
    const endpoint = draw(endpoints, run)
    if (endpoint === undefined) return undefined
    const { address, port } = endpoint
    const word = wordOf(address)
    this.#mark(packet, way.internal, address, word)
    return { kind: 'dnat', address, word, port }
  }

  #mark(packet: Packet, internal: boolean, address: string, word: number): void {
    if (
      (internal && isMasqueraded(this.#podTraffic, this.#masqueradeAll, packet)) ||
      (this.#marksHairpins && packet.sourceWord === word && packet.source === address)
    )
      packet.mark = (packet.mark | this.#masqueradeMark) >>> 0
  }
}
