// The kube-proxy table of one node: the cluster's service ports seen with that node's facts. Light to make; a packet's lookup goes
// through the ruleset's index to the one port it can belong to, and only readers walk all of them.

import { compareAddresses } from '../addresses/ip.ts'
import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { IpFamily, Packet } from '../dataplane/packet.ts'
import type { PortRef } from '../iptables/port-index.ts'
import type { PortUnit } from '../iptables/port-unit.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import type { Shortcut } from '../iptables/ways.ts'
import { isLoopback, nodePortIps, type NodeFacts } from '../services/node-facts.ts'
import { cidrContains, type Cidr } from '../addresses/cidr.ts'
import { nftRulesOf, podTrafficMatch, type AddressVerdict, type NftPortRules } from './compile-port.ts'
import { fixedChains } from './fixed-chains.ts'
import { commentOf } from './names.ts'
import { NFT_MASQUERADE_MARK } from './options.ts'
import type { NftVerdict } from './rule.ts'
import { NftShortcuts } from './shortcuts.ts'
import { chainOf, type NftChain, type NftElement, type NftSet, type NftTable } from './table.ts'

const GUARDED = 'destinations that are subject to LoadBalancerSourceRanges'

type AddressPart = 'serviceIps' | 'noEndpointServices' | 'firewallIps'

export interface NodeNftOptions {
  readonly serviceCidrs: readonly Cidr[]
  /** Chains a former sync used: emptied, and not deleted yet. */
  readonly staleChains?: () => readonly string[]
}

export class NodeNftTable implements NftTable {
  readonly family: IpFamily
  readonly name = 'kube-proxy'
  readonly comment = 'rules for kube-proxy'
  readonly ruleset: Ruleset
  readonly node: NodeFacts
  readonly #fixed: ReadonlyMap<string, NftChain>
  readonly #sets: ReadonlyMap<string, NftSet>
  readonly #staleChains: () => readonly string[]
  /** Undefined: node ports are served on every local address. */
  readonly #nodePortIps: readonly string[] | undefined
  #owned: ReadonlyMap<string, NftChain> | undefined
  #affinity: ReadonlyMap<string, NftSet> | undefined
  readonly #serviceCidrs: readonly Cidr[]
  #shortcuts: NftShortcuts | undefined

  constructor(ruleset: Ruleset, node: NodeFacts, { serviceCidrs, staleChains = () => [] }: NodeNftOptions) {
    this.ruleset = ruleset
    this.node = node
    this.family = ruleset.options.family
    this.#staleChains = staleChains
    this.#serviceCidrs = serviceCidrs
    this.#nodePortIps = nodePortIps(node, this.family, ruleset.options.nodePortAddresses)?.filter(
      (address) => !isLoopback(address),
    )
    const podTraffic = ruleset.podTraffic(node)
    const options = {
      family: this.family,
      masqueradeAll: ruleset.options.masqueradeAll,
      masqueradeMark: NFT_MASQUERADE_MARK,
      dropInvalid: ruleset.options.dropInvalid,
      layout: ruleset.options.nftables,
      nodePortSet: this.#nodePortIps !== undefined,
      serviceCidrs,
      podTraffic: (negated: boolean) => podTrafficMatch(podTraffic, negated, ruleset.options.nftables),
    }
    this.#fixed = new Map(fixedChains(options).map((chain) => [chain.name, chain]))
    this.#sets = new Map(this.#fixedSets().map((set) => [set.name, set]))
  }

  chain(name: string): NftChain | undefined {
    return this.#fixed.get(name) ?? this.#ownedChains().get(name)
  }

  /** The same, found through the service port a packet is for. */
  chainFor(name: string, packet: Packet): NftChain | undefined {
    const fixed = this.#fixed.get(name)
    if (fixed !== undefined) return fixed
    return (
      this.#chainAt(name, this.ruleset.index.at(packet.destination)) ?? this.#chainAt(name, this.#nodePortRefs(packet))
    )
  }

  set(name: string): NftSet | undefined {
    return this.#sets.get(name) ?? this.#affinitySets().get(name)
  }

  shortcut(stage: 'early' | 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    return (this.#shortcuts ??= new NftShortcuts(this, this.#serviceCidrs)).decide(stage, hook, packet, run)
  }

  baseChains(): readonly NftChain[] {
    return [...this.#fixed.values()].filter(({ base }) => base !== undefined)
  }

  chains(): readonly NftChain[] {
    const owned = this.#ownedChains()
    const stale = this.#staleChains().filter((name) => !owned.has(name))
    return [...this.#fixed.values(), ...owned.values(), ...stale.map((name) => chainOf(name, []))]
  }

  sets(): readonly NftSet[] {
    return [...this.#sets.values(), ...this.#affinitySets().values()]
  }

  /** Names of all chains that belong to these ports on this node, or on another. */
  chainNamesOf(units: readonly PortUnit[], node = this.node): readonly string[] {
    return units.flatMap((unit) => nftRulesOf(unit, node).chains.map(({ name }) => name))
  }

  #chainAt(name: string, refs: readonly PortRef[]): NftChain | undefined {
    for (const ref of refs) {
      for (const chain of this.#rulesAt(ref)?.chains ?? []) if (chain.name === name) return chain
    }
    return undefined
  }

  #rulesAt(ref: PortRef): NftPortRules | undefined {
    const unit = this.ruleset.unit(ref)
    return unit === undefined ? undefined : nftRulesOf(unit, this.node)
  }

  #nodePortRefs(packet: Packet): readonly PortRef[] {
    return this.ruleset.index.nodePort(packet.protocol, packet.destinationPort)
  }

  #ownedChains(): ReadonlyMap<string, NftChain> {
    this.#owned ??= new Map(
      this.ruleset
        .unitsInOrder()
        .flatMap((unit) => nftRulesOf(unit, this.node).chains)
        .map((chain) => [chain.name, chain]),
    )
    return this.#owned
  }

  #affinitySets(): ReadonlyMap<string, NftSet> {
    if (this.#affinity !== undefined) return this.#affinity
    const sets = new Map<string, NftSet>()
    for (const unit of this.ruleset.unitsInOrder()) {
      const { affinitySeconds } = unit.port
      for (const name of nftRulesOf(unit, this.node).affinitySets) {
        sets.set(name, { ...emptySet(name, this.#addressType(), undefined), timeoutSeconds: affinitySeconds })
      }
    }
    this.#affinity = sets
    return sets
  }

  #addressType(): string {
    return this.family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr'
  }

  #fixedSets(): readonly NftSet[] {
    const address = this.#addressType()
    const triple = `${address} . inet_proto . inet_service`
    const { nftables: layout } = this.ruleset.options
    return [
      ...(layout.endpointChains ? [] : [this.#hairpins(`${address} . ${triple}`)]),
      ...(layout.knowsClusterIps ? [this.#clusterIps(address)] : []),
      ...this.#nodePortSets(address),
      this.#addressMap(
        'no-endpoint-services',
        triple,
        'vmap to drop or reject packets to services with no endpoints',
        'noEndpointServices',
      ),
      this.#portMap(
        'no-endpoint-nodeports',
        'vmap to drop or reject packets to service nodeports with no endpoints',
        'noEndpointNodePort',
      ),
      ...(layout.firewall === 'sets'
        ? [this.#guardedSet(triple), this.#allowedSet(`${triple} . ${address}`)]
        : [this.#addressMap('firewall-ips', triple, GUARDED, 'firewallIps')]),
      this.#addressMap('service-ips', triple, 'ClusterIP, ExternalIP and LoadBalancer IP traffic', 'serviceIps'),
      this.#portMap('service-nodeports', 'NodePort traffic', 'nodePort'),
    ]
  }

  /** Local endpoints some chain leads to: whoever reaches itself through a service is masqueraded. */
  #hairpins(type: string): NftSet {
    let keys: ReadonlySet<string> | undefined
    const all = (): ReadonlySet<string> => (keys ??= new Set(this.#hairpinKeys()))
    return {
      ...emptySet('hairpin-connections', type, 'service hairpin connections'),
      elements: () => [...all()].map((key) => ({ key })),
      has: (_, packet) => {
        if (!packet.isHairpin) return false
        const { source, destination, protocol, destinationPort } = packet
        return this.#isHairpin(packet) || all().has(`${source} . ${destination} . ${protocol} . ${destinationPort}`)
      },
    }
  }

  /** The packet came by a service that leads to this endpoint: found without looking at all others. */
  #isHairpin({ connection, protocol, destination, destinationPort }: Packet): boolean {
    if (connection === undefined) return false
    const { original } = connection
    const refs = [
      ...this.ruleset.index.at(original.destination),
      ...this.ruleset.index.nodePort(protocol, original.destinationPort),
    ]
    return refs.some((ref) => {
      if (ref.protocol !== protocol || ref.port !== original.destinationPort) return false
      return this.#rulesAt(ref)?.reachable.some(
        ({ address, port, nodeName }) =>
          nodeName === this.node.name && address === destination && port === destinationPort,
      )
    })
  }

  #hairpinKeys(): readonly string[] {
    return this.ruleset.unitsInOrder().flatMap((unit) =>
      nftRulesOf(unit, this.node)
        .reachable.filter(({ nodeName }) => nodeName === this.node.name)
        .map(({ address, port }) => `${address} . ${address} . ${unit.port.protocol} . ${port}`),
    )
  }

  #clusterIps(type: string): NftSet {
    const { ruleset } = this
    return {
      ...emptySet('cluster-ips', type, 'Active ClusterIPs'),
      elements: () =>
        [...new Set(ruleset.unitsInOrder().map((unit) => unit.port.clusterIP))]
          .sort(compareAddresses)
          .map((key) => ({ key })),
      has: (_, { destination }) =>
        ruleset.index.at(destination).some((ref) => ruleset.unit(ref)?.port.clusterIP === destination),
    }
  }

  #nodePortSets(type: string): readonly NftSet[] {
    const addresses = this.#nodePortIps
    if (addresses === undefined) return []
    return [
      {
        ...emptySet('nodeport-ips', type, 'IPs that accept NodePort traffic'),
        elements: () => addresses.map((key) => ({ key })),
        has: (_, { destination }) => addresses.includes(destination),
      },
    ]
  }

  /** Of 1.29: the addresses that source ranges guard. */
  #guardedSet(type: string): NftSet {
    const elements = (unit: PortUnit): readonly NftElement[] =>
      nftRulesOf(unit, this.node).firewallIps.map(({ address }) => ({
        key: addressKey(unit, address),
        comment: commentOf(unit.port),
      }))
    return {
      ...emptySet('firewall', type, GUARDED),
      elements: () => distinct(this.ruleset.unitsInOrder().flatMap(elements)),
      has: (_, packet) => this.#addressVerdict('firewallIps', packet) !== undefined,
    }
  }

  /** Of 1.29: whom they let in, for each of those addresses. */
  #allowedSet(type: string): NftSet {
    const elements = (unit: PortUnit): readonly NftElement[] => {
      const { firewallIps, firewallSources, firewallOwn } = nftRulesOf(unit, this.node)
      const comment = commentOf(unit.port)
      return firewallIps.flatMap(({ address }) => {
        const key = addressKey(unit, address)
        const from = firewallSources.map((cidr) => ({
          key: `${key} . ${cidr.host ? cidr.address : cidr.text}`,
          comment,
        }))
        return firewallOwn ? [...from, { key: `${key} . ${address}` }] : from
      })
    }
    return {
      ...emptySet('firewall-allow', type, 'destinations+sources that are allowed by LoadBalancerSourceRanges'),
      interval: true,
      elements: () => distinct(this.ruleset.unitsInOrder().flatMap(elements)),
      has: (_, packet) => this.#isAllowed(packet),
    }
  }

  #isAllowed({ source, destination, destinationPort, protocol }: Packet): boolean {
    return this.ruleset.index.at(destination).some((ref) => {
      if (ref.port !== destinationPort || ref.protocol !== protocol) return false
      const rules = this.#rulesAt(ref)
      if (rules?.firewallIps.some(({ address }) => address === destination) !== true) return false
      const isOwn = rules.firewallOwn && source === destination
      return isOwn || rules.firewallSources.some((cidr) => cidrContains(cidr, source))
    })
  }

  #addressMap(name: string, type: string, comment: string, part: AddressPart): NftSet {
    const { firewall } = this.ruleset.options.nftables
    const named = part === 'noEndpointServices' || (part === 'firewallIps' && firewall === 'map with comments')
    const element = (unit: PortUnit, { address, verdict }: AddressVerdict): NftElement => ({
      key: addressKey(unit, address),
      ...(named ? { comment: commentOf(unit.port) } : {}),
      verdict,
    })
    return {
      ...emptySet(name, type, comment),
      kind: 'map',
      elements: () =>
        distinct(
          this.ruleset
            .unitsInOrder()
            .flatMap((unit) => nftRulesOf(unit, this.node)[part].map((entry) => element(unit, entry))),
        ),
      verdict: (_, packet) => this.#addressVerdict(part, packet),
    }
  }

  #addressVerdict(part: AddressPart, { destination, destinationPort, protocol }: Packet): NftVerdict | undefined {
    for (const ref of this.ruleset.index.at(destination)) {
      if (ref.port !== destinationPort || ref.protocol !== protocol) continue
      for (const { address, verdict } of this.#rulesAt(ref)?.[part] ?? []) if (address === destination) return verdict
    }
    return undefined
  }

  #portMap(name: string, comment: string, part: 'nodePort' | 'noEndpointNodePort'): NftSet {
    const elements = (unit: PortUnit): readonly NftElement[] => {
      const verdict = nftRulesOf(unit, this.node)[part]
      if (verdict === undefined) return []
      const key = `${unit.port.protocol} . ${unit.port.nodePort}`
      return [{ key, ...(part === 'nodePort' ? {} : { comment: commentOf(unit.port) }), verdict }]
    }
    return {
      ...emptySet(name, 'inet_proto . inet_service', comment),
      kind: 'map',
      elements: () => distinct(this.ruleset.unitsInOrder().flatMap(elements)),
      verdict: (_, packet) => {
        for (const ref of this.#nodePortRefs(packet)) {
          const verdict = this.#rulesAt(ref)?.[part]
          if (verdict !== undefined) return verdict
        }
        return undefined
      },
    }
  }
}

const addressKey = ({ port }: PortUnit, address: string): string => `${address} . ${port.protocol} . ${port.port}`

/** A map has each key once: an address that is listed twice is one element, and of two Services the first has it. */
function distinct(elements: readonly NftElement[]): readonly NftElement[] {
  const byKey = new Map<string, NftElement>()
  for (const element of elements) if (!byKey.has(element.key)) byKey.set(element.key, element)
  return byKey.size === elements.length ? elements : [...byKey.values()]
}

function emptySet(name: string, type: string, comment: string | undefined): NftSet {
  return {
    kind: 'set',
    name,
    type,
    comment,
    timeoutSeconds: undefined,
    elements: () => [],
    has: () => false,
    verdict: () => undefined,
  }
}
