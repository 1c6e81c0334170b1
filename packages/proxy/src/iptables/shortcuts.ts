// What a node's tables come to for packets nobody traces or counts, found without walking chains: the service port behind a
// destination is looked up once in a version of the rules, and remembered for all nodes that get the same rules for it.
// Everything that is not plainly one service port's business is left to the walk. Same draws, same marks, same outcome.

import { cidrContains } from '../addresses/cidr.ts'
import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { Endpoint } from '../services/endpoint.ts'
import { BalancerChain } from './balancer-chain.ts'
import type { NodeTables } from './node-tables.ts'
import type { PodTraffic, PortUnit } from './port-unit.ts'
import type { Ruleset } from './ruleset.ts'

/** A destination of one service port. What every packet needs stands first. */
interface Way {
  readonly protocol: Packet['protocol']
  readonly port: number
  /** The destination is the cluster IP: traffic that is not the pods' gets masqueraded. */
  readonly internal: boolean
  /** One of these, with equal odds; undefined: see the balancer. */
  endpoints: readonly Endpoint[] | undefined
  /** Of another port at the same address. */
  readonly next: Way | undefined
  /** Where the one rule for this destination leads; null: not to a balancer; undefined: not looked up yet. */
  balancer: BalancerChain | null | undefined
  readonly unit: PortUnit
}

/** The ways in at each address somebody asked for; one for each version of the rules. */
export class Ways {
  readonly #ruleset: Ruleset
  readonly #byAddress = new Map<string, Way>()

  constructor(ruleset: Ruleset) {
    this.#ruleset = ruleset
  }

  at(address: string): Way | undefined {
    if (!this.#ruleset.index.mayHold(address)) return undefined
    const known = this.#byAddress.get(address)
    if (known !== undefined) return known
    let first: Way | undefined
    for (const { entry, place } of this.#ruleset.index.at(address)) {
      const unit = this.#ruleset.entry(entry)?.units()[place]
      if (unit !== undefined) first = wayOf(unit, address, first)
    }
    if (first !== undefined) this.#byAddress.set(address, first)
    return first
  }
}

function wayOf(unit: PortUnit, address: string, next: Way | undefined): Way {
  const { protocol, port, clusterIP } = unit.port
  const internal = clusterIP === address
  return { protocol, port, internal, endpoints: undefined, next, balancer: undefined, unit }
}

export class Shortcuts {
  readonly #tables: NodeTables
  readonly #ways: Ways
  readonly #podTraffic: PodTraffic | undefined
  readonly #masqueradeAll: boolean
  readonly #mark: number

  constructor(tables: NodeTables) {
    const { ruleset, node } = tables
    this.#tables = tables
    this.#ways = ruleset.ways
    this.#podTraffic = ruleset.podTraffic(node)
    this.#masqueradeAll = ruleset.options.masqueradeAll
    this.#mark = ruleset.options.masqueradeMark
  }

  /** What the hook's rules decide; `walk`: they have to be walked. */
  decide(table: 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Decision | undefined | 'walk' {
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

  #destination(packet: Packet, run: Evaluation): Decision | undefined | 'walk' {
    const { destination, destinationPort, protocol } = packet
    let found: Way | undefined
    for (let way = this.#ways.at(destination); way !== undefined; way = way.next) {
      if (way.port !== destinationPort || way.protocol !== protocol) continue
      if (found !== undefined) return 'walk'
      found = way
    }
    // Node ports: only packets for an address of the node come that far.
    if (found === undefined) return run.isLocal(destination) ? 'walk' : undefined
    if (found.endpoints !== undefined) {
      if (found.internal && this.#isMasqueraded(packet)) this.#markForMasquerade(packet)
      return this.#pick(found.endpoints, packet, run)
    }
    const balancer = this.#balancer(found, destination)
    if (balancer === null) return 'walk'
    if (found.internal && this.#isMasqueraded(packet)) this.#markForMasquerade(packet)
    return balancer.pick(packet, run)
  }

  #pick(endpoints: readonly Endpoint[], packet: Packet, run: Evaluation): Decision | undefined {
    const count = endpoints.length
    const endpoint = endpoints[count === 1 ? 0 : Math.floor(run.random.real() * count)]
    if (endpoint === undefined) return undefined
    const { address, port } = endpoint
    if (packet.source === address) this.#markForMasquerade(packet)
    return { kind: 'dnat', address, port }
  }

  #markForMasquerade(packet: Packet): void {
    packet.mark = (packet.mark | this.#mark) >>> 0
  }

  #balancer(way: Way, address: string): BalancerChain | null {
    if (way.balancer !== undefined) return way.balancer
    const { natServices } = this.#tables.rulesOf(way.unit)
    const rules = natServices.filter(({ destination }) => destination?.cidr.address === address)
    const target = rules.length === 1 ? rules[0]?.target : undefined
    const balancer = target?.kind === 'jump' && target.to instanceof BalancerChain ? target.to : null
    // What nodes may disagree on is looked up for each.
    if (way.unit.dependsOnNode) return balancer
    way.balancer = balancer
    if (balancer !== null && !balancer.sticky) way.endpoints = balancer.endpoints
    return balancer
  }

  #isMasqueraded(packet: Packet): boolean {
    if (this.#masqueradeAll) return true
    const { source, inInterface } = this.#podTraffic ?? {}
    if (source !== undefined) return !cidrContains(source, packet.source)
    if (inInterface === undefined) return false
    return inInterface.endsWith('+')
      ? !packet.inInterface.startsWith(inInterface.slice(0, -1))
      : packet.inInterface !== inInterface
  }
}
