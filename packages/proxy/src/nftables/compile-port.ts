// The chains of one service port on nodes that use the same endpoints, and its elements of the shared maps.
// Source: kubernetes pkg/proxy/nftables/proxier.go, syncProxyRules (v1.29 to v1.36).

import { hostCidr, type Cidr } from '../addresses/cidr.ts'
import type { PortVariant } from '../iptables/compile-port.ts'
import { variantKey, type PortUnit } from '../iptables/port-unit.ts'
import type { Endpoint } from '../services/endpoint.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import { VariantCache } from '../services/variant-cache.ts'
import { addressIs, MARK_CHAIN, oneOf } from './fixed-chains.ts'
import type { NftLayout } from './layout.ts'
import { endpointNames, portNames, type EndpointNames, type PortNames } from './names.ts'
import { NFT_MASQUERADE_MARK } from './options.ts'
import { DROP_VERDICT, goTo, nftRule, type NftRule, type NftVerdict, type Statement } from './rule.ts'
import { chainOf, type NftChain } from './table.ts'

/** Addresses that lead into this port's chains, or to a refusal. */
export interface AddressVerdict {
  readonly address: string
  readonly verdict: NftVerdict
}

export interface NftPortRules {
  readonly serviceIps: readonly AddressVerdict[]
  readonly noEndpointServices: readonly AddressVerdict[]
  readonly firewallIps: readonly AddressVerdict[]
  /** Who may come to those, for 1.29's set of them. */
  readonly firewallSources: readonly Cidr[]
  /** The node itself may, from the very address it comes to. */
  readonly firewallOwn: boolean
  readonly nodePort: NftVerdict | undefined
  readonly noEndpointNodePort: NftVerdict | undefined
  readonly chains: readonly NftChain[]
  readonly affinitySets: readonly string[]
  readonly reachable: readonly Endpoint[]
}

type UnitCache = VariantCache<PortVariant, NftPortRules>

const compiled = new WeakMap<PortUnit, UnitCache>()

/** Compiled once for all nodes that use the same endpoints. */
export function nftRulesOf(unit: PortUnit, node: NodeFacts): NftPortRules {
  let cache = compiled.get(unit)
  if (cache === undefined) {
    cache = new VariantCache(variantKey, (variant) => new NftPortCompiler(unit, variant).compile())
    compiled.set(unit, cache)
  }
  return cache.get(node, unit.dependsOnNode, (asking) => unit.variantFor(asking))
}

/** How a node knows its own pods' traffic. */
export function podTrafficMatch(
  podTraffic: PortVariant['podTraffic'],
  negated: boolean,
  { interfacesBy: by }: NftLayout,
): Statement | undefined {
  if (podTraffic?.source !== undefined) return { kind: 'network', field: 'saddr', cidr: podTraffic.source, negated }
  const name = podTraffic?.inInterface
  return name === undefined ? undefined : { kind: 'interface', by, name: name.replace(/\+$/, '*'), negated }
}

const MARK: Statement = { kind: 'set-mark', operation: '|', value: NFT_MASQUERADE_MARK }
const FROM_NODE: Statement = { kind: 'fib-local', field: 'saddr' }
const REJECT_CHAIN = goTo('reject-chain')
const verdict = (value: NftVerdict): Statement => ({ kind: 'verdict', verdict: value })

class NftPortCompiler {
  readonly #unit: PortUnit
  readonly #variant: PortVariant
  readonly #service: string
  readonly #names: PortNames
  readonly #layout: NftLayout
  readonly #mark: Statement

  constructor(unit: PortUnit, variant: PortVariant) {
    this.#unit = unit
    this.#variant = variant
    const colon = unit.port.name.indexOf(':')
    this.#service = colon < 0 ? unit.port.name : unit.port.name.slice(0, colon)
    this.#names = portNames(this.#service, unit.port)
    this.#layout = unit.options.nftables
    this.#mark = this.#layout.marksInChain ? verdict(MARK_CHAIN) : MARK
  }

  compile(): NftPortRules {
    const { port } = this.#unit
    const { categories } = this.#variant
    const { hasEndpoints, hasInternal, hasExternal } = categories
    const sticky = port.affinitySeconds !== undefined
    const { endpointChains, firewall } = this.#layout
    const outside = [...port.externalIPs, ...port.loadBalancerVIPs]
    const hasWayIn = hasEndpoints && port.externallyAccessible
    const refusal = hasEndpoints ? DROP_VERDICT : REJECT_CHAIN
    const internal = goTo(this.#internalName())
    const external = goTo(this.#names.external)
    const guarded = port.sourceRanges.length > 0 && port.loadBalancerVIPs.length > 0
    return {
      serviceIps: [
        ...(hasInternal ? at([port.clusterIP], internal) : []),
        ...(hasEndpoints ? at(outside, external) : []),
      ],
      noEndpointServices: [
        ...(hasInternal ? [] : at([port.clusterIP], refusal)),
        ...(hasExternal ? [] : at(outside, refusal)),
      ],
      firewallIps: guarded ? at(port.loadBalancerVIPs, goTo(this.#names.firewall)) : [],
      firewallSources: guarded ? port.sourceRanges : [],
      firewallOwn: guarded && this.#variant.nodeInSourceRange,
      nodePort: port.nodePort !== 0 && hasEndpoints ? external : undefined,
      noEndpointNodePort: port.nodePort !== 0 && !hasExternal ? refusal : undefined,
      chains: [
        ...(sticky || endpointChains ? categories.reachable.map((endpoint) => this.#endpointChain(endpoint)) : []),
        ...this.#balancer(this.#names.cluster, categories.cluster),
        ...this.#balancer(this.#names.local, categories.local),
        ...(hasWayIn ? [this.#external()] : []),
        ...(guarded && firewall !== 'sets' ? [this.#firewall()] : []),
      ],
      affinitySets: sticky
        ? categories.reachable.map((endpoint) => endpointNames(this.#service, port, endpoint).affinity)
        : [],
      reachable: categories.reachable,
    }
  }

  #balancer(name: string, endpoints: readonly Endpoint[]): readonly NftChain[] {
    if (endpoints.length === 0) return []
    const { port } = this.#unit
    if (port.affinitySeconds === undefined && !this.#layout.endpointChains) {
      const targets = endpoints.map(({ address, port: number }) => ({ kind: 'dnat', address, port: number }) as const)
      const rule = nftRule([
        { kind: 'protocol', protocol: port.protocol },
        { kind: 'dnat-map', targets },
      ])
      return [chainOf(name, [rule])]
    }
    const names = endpoints.map((endpoint) => endpointNames(this.#service, port, endpoint))
    const verdicts = names.map(({ chain }) => goTo(chain))
    const inner = name === this.#internalName() ? this.#masqueradesClusterIp() : []
    return [chainOf(name, [...inner, ...this.#remembered(names), nftRule([{ kind: 'numgen-vmap', verdicts }])])]
  }

  #internalName(): string {
    return this.#unit.port.internalPolicyLocal ? this.#names.local : this.#names.cluster
  }

  /** Affinity: whoever was sent to an endpoint goes there again. */
  #remembered(names: readonly EndpointNames[]): readonly NftRule[] {
    const { affinitySeconds: timeoutSeconds } = this.#unit.port
    if (timeoutSeconds === undefined) return []
    return names.map(({ affinity, chain }) =>
      nftRule([{ kind: 'lookup', fields: ['saddr'], set: affinity, timeoutSeconds }, verdict(goTo(chain))]),
    )
  }

  /** Up to 1.35: what comes for the ClusterIP from no local pod. */
  #masqueradesClusterIp(): readonly NftRule[] {
    const { port, options } = this.#unit
    const { clusterIpRule } = this.#layout
    if (clusterIpRule === 'shared') return []
    const to: readonly Statement[] = [
      addressIs('daddr', port.clusterIP),
      ...(clusterIpRule === 'address' ? [] : [{ kind: 'protocol', protocol: port.protocol, port: port.port } as const]),
    ]
    if (options.masqueradeAll) return [nftRule([...to, this.#mark])]
    const outside = podTrafficMatch(this.#variant.podTraffic, true, this.#layout)
    return outside === undefined ? [] : [nftRule([...to, outside, this.#mark])]
  }

  #endpointChain(endpoint: Endpoint): NftChain {
    const { port } = this.#unit
    const { chain, affinity } = endpointNames(this.#service, port, endpoint)
    const target = { kind: 'dnat', address: endpoint.address, port: endpoint.port } as const
    return chainOf(chain, [
      ...(this.#layout.endpointChains ? [nftRule([addressIs('saddr', endpoint.address), this.#mark])] : []),
      ...(port.affinitySeconds === undefined ? [] : [nftRule([{ kind: 'update', set: affinity }])]),
      nftRule([
        { kind: 'protocol', protocol: port.protocol },
        { kind: 'dnat', target },
      ]),
    ])
  }

  #external(): NftChain {
    const { port } = this.#unit
    const { categories } = this.#variant
    const cluster = verdict(goTo(this.#names.cluster))
    const rules: NftRule[] = []
    // The comment came with 1.36.
    const comment = this.#layout.marksInChain ? undefined : 'masquerade'
    if (!port.externalPolicyLocal) rules.push(nftRule([this.#mark], comment))
    else {
      const fromPod = podTrafficMatch(this.#variant.podTraffic, false, this.#layout)
      const hasCluster = categories.cluster.length > 0
      if (fromPod !== undefined && hasCluster) rules.push(nftRule([fromPod, cluster], 'short-circuit pod traffic'))
      rules.push(nftRule([FROM_NODE, this.#mark], 'masquerade local traffic'))
      if (hasCluster) rules.push(nftRule([FROM_NODE, cluster], 'short-circuit local traffic'))
    }
    if (categories.hasExternal) {
      rules.push(nftRule([verdict(goTo(port.externalPolicyLocal ? this.#names.local : this.#names.cluster))]))
    }
    return chainOf(this.#names.external, rules)
  }

  #firewall(): NftChain {
    const { port } = this.#unit
    const allowed = [...port.sourceRanges]
    // The node's own traffic to a VIP has that VIP as its source once it comes back to this node.
    if (this.#variant.nodeInSourceRange) allowed.push(...port.loadBalancerVIPs.map(hostCidr))
    return chainOf(this.#names.firewall, [nftRule([oneOf('saddr', allowed, port.family, true), verdict(DROP_VERDICT)])])
  }
}

function at(addresses: readonly string[], value: NftVerdict): readonly AddressVerdict[] {
  return addresses.map((address) => ({ address, verdict: value }))
}
