// What the kube-proxy table of a node comes to for packets nobody traces, found without walking its chains.

import { cidrContains, type Cidr } from '../addresses/cidr.ts'
import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import { DestinationShortcut } from '../iptables/destination-shortcut.ts'
import { wayOfPacket, type Choice, type Shortcut, type Way } from '../iptables/ways.ts'
import { nftRulesOf } from './compile-port.ts'
import type { NodeNftTable } from './node-table.ts'
import { NFT_MASQUERADE_MARK } from './options.ts'

export class NftShortcuts extends DestinationShortcut {
  readonly #table: NodeNftTable
  readonly #serviceCidrs: readonly Cidr[]

  constructor(table: NodeNftTable, serviceCidrs: readonly Cidr[]) {
    super(table.ruleset, table.node, { mark: NFT_MASQUERADE_MARK, marksHairpins: false })
    this.#table = table
    this.#serviceCidrs = serviceCidrs
  }

  /** What the chains of a hook decide: filters in front of DNAT, nat, the other filters. */
  decide(stage: 'early' | 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    if (stage === 'early') return this.#isGuarded(packet) ? 'walk' : undefined
    if (stage === 'filter') return this.#passesFilter(hook, packet) ? undefined : 'walk'
    if (hook === 'INPUT') return undefined
    return hook === 'POSTROUTING' ? 'walk' : this.lead(packet, run)
  }

  #isGuarded(packet: Packet): boolean {
    const { packed } = this.ways
    const place = packed.find(packet)
    if (place >= 0) return packed.isGuarded(place)
    const first = this.ways.at(packet.destination)
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
    if (balancer?.rules.length !== 1 || last?.kind !== 'dnat-map') return null
    return last.targets
  }
}
