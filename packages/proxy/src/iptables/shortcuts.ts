// What a node's tables come to for packets nobody traces or counts, found without walking chains. Everything that is not plainly
// one service port's business is left to the walk. Same draws, same marks, same outcome: a property test holds the two together.

import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import { BalancerChain } from './balancer-chain.ts'
import type { NodeTables } from './node-tables.ts'
import type { PodTraffic } from './port-unit.ts'
import {
  draw,
  isMasqueraded,
  NodeChoices,
  packAgain,
  wayOfPacket,
  type Choice,
  type Shortcut,
  type Way,
} from './ways.ts'

export class Shortcuts {
  readonly #tables: NodeTables
  readonly #choices: NodeChoices
  readonly #podTraffic: PodTraffic | undefined
  readonly #masqueradeAll: boolean
  readonly #mark: number

  constructor(tables: NodeTables) {
    const { ruleset, node } = tables
    this.#tables = tables
    this.#choices = new NodeChoices((way, address) => this.#choice(way, address))
    this.#podTraffic = ruleset.podTraffic(node)
    this.#masqueradeAll = ruleset.options.masqueradeAll
    this.#mark = ruleset.options.masqueradeMark
  }

  /** What the hook's rules decide. */
  decide(table: 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    if (table === 'filter') return this.#passesFilter(hook, packet, run) ? undefined : 'walk'
    if (hook === 'POSTROUTING') return (packet.mark & this.#mark) === 0 ? undefined : 'walk'
    return hook === 'INPUT' ? undefined : this.#destination(packet, run)
  }

  #passesFilter(hook: string, packet: Packet, run: Evaluation): boolean {
    // INPUT and OUTPUT guard the loopback network; FORWARD drops what is INVALID, and the rest is for service addresses.
    if (hook !== 'FORWARD' || run.state === 'INVALID') return false
    const { index } = this.#tables.ruleset
    if (index.at(packet.destination).length > 0) return false
    return index.nodePort(packet.protocol, packet.destinationPort).length === 0
  }

  #destination(packet: Packet, run: Evaluation): Shortcut {
    const { destination } = packet
    const { ways } = this.#tables.ruleset
    const { packed } = ways
    const place = packed.find(packet)
    if (place >= 0)
      return this.#enter(packed.isInternal(place), packed.draw(place, run), packed.targetPort(place), packet)
    const first = ways.at(destination)
    const way = first === undefined ? null : wayOfPacket(first, packet)
    // Node ports: only packets for an address of the node come that far.
    if (way === null) return run.isLocal(destination) ? 'walk' : undefined
    if (way === 'several') return 'walk'
    packAgain(ways, packet, way)
    const endpoints = this.#choices.at(way, destination)
    if (endpoints === null) return 'walk'
    const endpoint = draw(endpoints, run)
    return endpoint === undefined ? undefined : this.#enter(way.internal, endpoint.address, endpoint.port, packet)
  }

  #enter(internal: boolean, address: string, port: number, packet: Packet): Decision {
    if (internal && isMasqueraded(this.#podTraffic, this.#masqueradeAll, packet)) this.#markForMasquerade(packet)
    if (packet.source === address) this.#markForMasquerade(packet)
    return { kind: 'dnat', address, port }
  }

  #markForMasquerade(packet: Packet): void {
    packet.mark = (packet.mark | this.#mark) >>> 0
  }

  /** The endpoints of the balancer that the one rule for this destination leads to. */
  #choice(way: Way, address: string): Choice {
    // Once the chain of a service masqueraded what came for its other addresses.
    if (!way.internalOnly && this.#tables.ruleset.options.layout.xlb !== undefined) return null
    const { natServices } = this.#tables.rulesOf(way.unit)
    const rules = natServices.filter(({ destination }) => destination?.cidr.address === address)
    const target = rules.length === 1 ? rules[0]?.target : undefined
    const balancer = target?.kind === 'jump' && target.to instanceof BalancerChain ? target.to : undefined
    return balancer === undefined || balancer.sticky ? null : balancer.endpoints
  }
}
