// What the kube-proxy table of a node comes to for packets nobody traces, found without walking its chains.

import { cidrHolds, type Cidr } from '../addresses/cidr.ts'
import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import { DestinationShortcut } from '../iptables/destination-shortcut.ts'
import { wayOfPacket, type Choice, type Shortcut, type Way } from '../iptables/ways.ts'
import { BASE_CHAINS_BEHIND_DNAT } from './base-chains.ts'
import { nftRulesOf } from './compile-port.ts'
import type { NftLayout } from './layout.ts'
import type { NodeNftTable } from './node-table.ts'
import { NFT_MASQUERADE_MARK } from './options.ts'

export class NftShortcuts extends DestinationShortcut {
  readonly #table: NodeNftTable
  readonly #serviceCidrs: readonly Cidr[]
  readonly #layout: NftLayout

  constructor(table: NodeNftTable, serviceCidrs: readonly Cidr[]) {
    const { nftables: layout } = table.ruleset.options
    super(table.ruleset, table.node, { mark: NFT_MASQUERADE_MARK, marksHairpins: layout.endpointChains })
    this.#layout = layout
    this.#table = table
    this.#serviceCidrs = serviceCidrs
  }

  /** What the chains of a hook decide: filters in front of DNAT, nat, the other filters. */
  decide(stage: 'early' | 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    if (stage === 'early') return this.#passesEarly(hook, packet) ? undefined : 'walk'
    if (stage === 'filter') return this.#passesFilter(hook, packet, run) ? undefined : 'walk'
    if (hook === 'INPUT') return undefined
    return hook === 'POSTROUTING' ? 'walk' : this.lead(packet, run)
  }

  /** Up to 1.33 what the node sends is checked for endpoints here too. */
  #passesEarly(hook: string, packet: Packet): boolean {
    if (hook === 'OUTPUT' && this.#layout.baseChains !== BASE_CHAINS_BEHIND_DNAT) return false
    return !this.#isGuarded(packet)
  }

  #isGuarded(packet: Packet): boolean {
    const { packed } = this.ways
    const place = packed.find(packet)
    if (place >= 0) return packed.isGuarded(place)
    const first = this.ways.at(packet.destination, packet.destinationWord)
    if (first === undefined) return false
    const way = wayOfPacket(first, packet)
    return way === 'several' || (way !== null && way.guarded)
  }

  /** INPUT looks at node ports as well. */
  #passesFilter(hook: string, packet: Packet, run: Evaluation): boolean {
    if (this.#layout.dropsInvalid && run.state === 'INVALID') return false
    const { family, destination, destinationWord: word } = packet
    if (hook === 'INPUT' || this.#table.ruleset.index.isAt(destination, word)) return false
    for (const cidr of this.#serviceCidrs) if (cidrHolds(cidr, family, destination, word)) return false
    return true
  }

  /** Cluster IPs are masqueraded whatever the port. */
  protected override atUnknownPort(): Shortcut {
    return 'walk'
  }

  /** The endpoints of the service or local chain that the map's element for this destination names. */
  protected override choice({ unit }: Way, address: string): Choice {
    if (unit.port.affinitySeconds !== undefined) return null
    const { serviceIps, chains } = nftRulesOf(unit, this.#table.node)
    const verdict = serviceIps.find((one) => one.address === address)?.verdict
    if (verdict?.kind !== 'goto') return null
    const balancer = chains.find(({ name }) => name === verdict.chain)
    const last = balancer?.rules.at(-1)?.statements.at(-1)
    if (last?.kind === 'dnat-map') return balancer?.rules.length === 1 ? last.targets : null
    if (last?.kind !== 'numgen-vmap') return null
    // Every endpoint chain ends with its own address; in front of that it marks hairpins.
    const ends = new Map(chains.map(({ name, rules }) => [name, rules.at(-1)?.statements.at(-1)]))
    return last.verdicts.flatMap((goesTo) => {
      const end = goesTo.kind === 'goto' ? ends.get(goesTo.chain) : undefined
      return end?.kind === 'dnat' ? [end.target] : []
    })
  }
}
