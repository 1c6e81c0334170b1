// What the iptables part of ipvs mode comes to for packets nobody traces or counts, found without a walk through its chains: a packet
// for a cluster IP and one for no service at all. What else asks the sets (load balancers, external addresses, node ports, hairpins)
// is left to the walk. Same marks, same outcome: a property test holds the two together.

import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import { DROP_MARK } from '../iptables/fixed-chains.ts'
import type { PodTraffic } from '../iptables/port-unit.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import { isMasqueraded, wayOfPacket, type Shortcut } from '../iptables/ways.ts'
import type { NodeFacts } from '../services/node-facts.ts'

const ACCEPT: Decision = { kind: 'accept' }
const MASQUERADE: Decision = { kind: 'masquerade', randomFully: true }

export class IpvsShortcuts {
  readonly #ruleset: Ruleset
  readonly #podTraffic: PodTraffic | undefined
  readonly #masqueradeAll: boolean
  readonly #mark: number

  constructor(ruleset: Ruleset, node: NodeFacts) {
    this.#ruleset = ruleset
    this.#podTraffic = ruleset.podTraffic(node)
    this.#masqueradeAll = ruleset.options.masqueradeAll
    this.#mark = ruleset.options.masqueradeMark
  }

  /** What the hook's rules decide. */
  decide(table: 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    if (table === 'nat') {
      if (hook === 'INPUT') return undefined
      return hook === 'POSTROUTING' ? this.#source(packet) : this.#destination(packet, run)
    }
    const { index } = this.#ruleset
    if (hook !== 'FORWARD' && this.#isKubelets(packet)) return 'walk'
    // Only replies of guarded load balancers are dropped on their way out.
    if (hook === 'OUTPUT') return index.isAt(packet.source, packet.sourceWord) ? 'walk' : undefined
    // The firewall is for load balancers' addresses; the rest of FORWARD accepts.
    if (hook === 'FORWARD') return index.isAt(packet.destination, packet.destinationWord) ? 'walk' : undefined
    return this.#passesInput(packet, run) ? undefined : 'walk'
  }

  /** Up to 1.26: what is marked for dropping, or for the loopback network. */
  #isKubelets({ mark, destination }: Packet): boolean {
    if (!this.#ruleset.options.layout.kubeletDrops) return false
    return (mark & DROP_MARK) !== 0 || isLoopback(destination)
  }

  #passesInput(packet: Packet, run: Evaluation): boolean {
    if (run.ipvs.isClusterIp(packet, this.#ruleset)) return true
    const first = this.#ruleset.ways.at(packet.destination, packet.destinationWord)
    if (first === undefined) return true
    const way = wayOfPacket(first, packet)
    // Another port of a service address is refused. Health checks are accepted as everything else is.
    return way !== null && way !== 'several' && way.internalOnly
  }

  #destination(packet: Packet, run: Evaluation): Shortcut {
    const { source, destination, protocol, destinationPort } = packet
    if (isLoopback(source) || isLoopback(destination)) return 'walk'
    const { index, ways } = this.#ruleset
    let isService = run.ipvs.isClusterIp(packet, this.#ruleset)
    if (!isService) {
      const first = ways.at(destination, packet.destinationWord)
      const way = first === undefined ? null : wayOfPacket(first, packet)
      if (way === 'several' || (way !== null && !way.internalOnly)) return 'walk'
      isService = way !== null
    }
    if (index.nodePort(protocol, destinationPort).length > 0 && run.isLocal(destination)) return 'walk'
    // Without a detector of local traffic kube-proxy asks the set of cluster IPs for the source.
    const asksSource = this.#podTraffic === undefined && !this.#masqueradeAll
    if (asksSource && index.isAt(source, packet.sourceWord)) return 'walk'
    if (!isService) return undefined
    if (isMasqueraded(this.#podTraffic, this.#masqueradeAll, packet)) packet.mark = (packet.mark | this.#mark) >>> 0
    return ACCEPT
  }

  #source(packet: Packet): Shortcut {
    // Entries of KUBE-LOOP-BACK have one address for both ends.
    if (packet.isHairpin) return 'walk'
    if ((packet.mark & this.#mark) === 0) return undefined
    if (!this.#ruleset.options.layout.clearsMark) return MASQUERADE
    packet.mark = (packet.mark ^ this.#mark) >>> 0
    return MASQUERADE
  }
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
