// What the kube-proxy table of a node comes to for packets nobody traces, found without walking its chains. Everything that is not
// plainly one service port's business is left to the walk. Same draws, same marks, same outcome.

import { cidrContains, type Cidr } from '../addresses/cidr.ts'
import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { PodTraffic } from '../iptables/port-unit.ts'
import {
  draw,
  isMasqueraded,
  NodeChoices,
  packAgain,
  wayOfPacket,
  type Choice,
  type Shortcut,
  type Way,
} from '../iptables/ways.ts'
import { nftRulesOf } from './compile-port.ts'
import type { NodeNftTable } from './node-table.ts'
import { NFT_MASQUERADE_MARK } from './options.ts'

export class NftShortcuts {
  readonly #table: NodeNftTable
  readonly #serviceCidrs: readonly Cidr[]
  readonly #choices: NodeChoices
  readonly #podTraffic: PodTraffic | undefined
  readonly #masqueradeAll: boolean

  constructor(table: NodeNftTable, serviceCidrs: readonly Cidr[]) {
    this.#table = table
    this.#serviceCidrs = serviceCidrs
    this.#choices = new NodeChoices((way, address) => this.#choice(way, address))
    this.#podTraffic = table.ruleset.podTraffic(table.node)
    this.#masqueradeAll = table.ruleset.options.masqueradeAll
  }

  /** What the chains of a hook decide: filters in front of DNAT, nat, the other filters. */
  decide(stage: 'early' | 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    if (stage === 'early') return this.#isGuarded(packet) ? 'walk' : undefined
    if (stage === 'filter') return this.#passesFilter(hook, packet) ? undefined : 'walk'
    if (hook === 'INPUT') return undefined
    return hook === 'POSTROUTING' ? 'walk' : this.#destination(packet, run)
  }

  #isGuarded(packet: Packet): boolean {
    const { ways } = this.#table.ruleset
    const place = ways.packed.find(packet)
    if (place >= 0) return ways.packed.isGuarded(place)
    const first = ways.at(packet.destination)
    if (first === undefined) return false
    const way = wayOfPacket(first, packet)
    return way === 'several' || (way !== null && way.guarded)
  }

  /** INPUT looks at node ports as well. */
  #passesFilter(hook: string, { destination }: Packet): boolean {
    if (hook === 'INPUT' || this.#table.ruleset.index.at(destination).length > 0) return false
    for (const cidr of this.#serviceCidrs) if (cidrContains(cidr, destination)) return false
    return true
  }

  #destination(packet: Packet, run: Evaluation): Shortcut {
    const { destination } = packet
    const { ways } = this.#table.ruleset
    const { packed } = ways
    const place = packed.find(packet)
    if (place >= 0)
      return this.#enter(packed.isInternal(place), packed.draw(place, run), packed.targetPort(place), packet)
    const first = ways.at(destination)
    if (first === undefined) return run.isLocal(destination) ? 'walk' : undefined
    const way = wayOfPacket(first, packet)
    if (way === null || way === 'several') return 'walk'
    packAgain(ways, packet, way)
    const endpoints = this.#choices.at(way, destination)
    if (endpoints === null) return 'walk'
    const endpoint = draw(endpoints, run)
    return endpoint === undefined ? undefined : this.#enter(way.internal, endpoint.address, endpoint.port, packet)
  }

  #enter(internal: boolean, address: string, port: number, packet: Packet): Decision {
    if (internal && isMasqueraded(this.#podTraffic, this.#masqueradeAll, packet))
      packet.mark = (packet.mark | NFT_MASQUERADE_MARK) >>> 0
    return { kind: 'dnat', address, port }
  }

  /** The endpoints of the service or local chain that the map's element for this destination names. */
  #choice({ unit }: Way, address: string): Choice {
    if (unit.port.affinitySeconds !== undefined) return null
    const { serviceIps, chains } = nftRulesOf(unit, this.#table.node)
    const verdict = serviceIps.find((one) => one.address === address)?.verdict
    if (verdict?.kind !== 'goto') return null
    const balancer = chains.find(({ name }) => name === verdict.chain)
    const last = balancer?.rules.at(-1)?.statements.at(-1)
    if (balancer?.rules.length !== 1 || last?.kind !== 'dnat-map') return null
    return last.targets
  }
}
