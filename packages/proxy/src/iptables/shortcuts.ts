// What a node's iptables come to for packets nobody traces or counts, found without walking chains.

import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import { isLoopback } from '../services/node-facts.ts'
import { BalancerChain } from './balancer-chain.ts'
import { DestinationShortcut } from './destination-shortcut.ts'
import type { NodeTables } from './node-tables.ts'
import type { Choice, Shortcut, Way } from './ways.ts'

export class Shortcuts extends DestinationShortcut {
  readonly #tables: NodeTables
  readonly #mark: number

  constructor(tables: NodeTables) {
    const { ruleset, node } = tables
    const { masqueradeMark: mark } = ruleset.options
    super(ruleset, node, { mark, marksHairpins: true })
    this.#tables = tables
    this.#mark = mark
  }

  /** What the hook's rules decide. */
  decide(table: 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    if (table === 'filter') return this.#passesFilter(hook, packet, run) ? undefined : 'walk'
    if (hook === 'POSTROUTING') return (packet.mark & this.#mark) === 0 ? undefined : 'walk'
    return hook === 'INPUT' ? undefined : this.lead(packet, run)
  }

  /** No rule of the filter table is for this packet. */
  #passesFilter(hook: string, packet: Packet, run: Evaluation): boolean {
    // FORWARD drops what is INVALID.
    if (run.state === 'INVALID') return false
    // INPUT and OUTPUT guard the loopback network.
    if (hook !== 'FORWARD' && isLoopback(packet.destination)) return false
    // The rest is for service addresses, node ports and those of health checks, the marks for dropping included: nothing else gets one.
    const { index } = this.#tables.ruleset
    if (index.isAt(packet.destination, packet.destinationWord)) return false
    return !index.isNodePort(packet.protocol, packet.destinationPort)
  }

  protected override atUnknownPort({ destination }: Packet, run: Evaluation): Shortcut {
    return run.isLocal(destination) ? 'walk' : undefined
  }

  /** The endpoints of the balancer that the one rule for this destination leads to. */
  protected override choice(way: Way, address: string): Choice {
    const known = way.internalOnly ? way.unit.behindClusterIP(this.#tables.node) : undefined
    if (known !== undefined) return known
    // Once the chain of a service masqueraded what came for its other addresses.
    if (!way.internalOnly && this.#tables.ruleset.options.layout.xlb !== undefined) return null
    const { natServices } = this.#tables.rulesOf(way.unit)
    const rules = natServices.filter(({ destination }) => destination?.cidr.address === address)
    const target = rules.length === 1 ? rules[0]?.target : undefined
    const balancer = target?.kind === 'jump' && target.to instanceof BalancerChain ? target.to : undefined
    return balancer === undefined || balancer.sticky ? null : balancer.endpoints
  }
}
