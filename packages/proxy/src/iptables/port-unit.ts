// One service port with its endpoints, compiled when somebody asks. Most ports have one set of rules for the whole cluster; where
// local endpoints, hints, source ranges or the node's pod CIDR matter, nodes share by equal content.

import type { Cidr } from '../addresses/cidr.ts'
import { invariant } from '@podwire/engine'
import { categoriesDependOnNode, categorize } from '../services/categories.ts'
import type { Endpoint } from '../services/endpoint.ts'
import { VariantCache } from '../services/variant-cache.ts'
import { nodeAddressOrLoopback, type NodeFacts } from '../services/node-facts.ts'
import { rangesContain, type ServicePort } from '../services/service-port.ts'
import type { Chain } from './chain.ts'
import { compileXlbPort } from './compile-xlb-port.ts'
import { compilePort, type PortRules, type PortVariant } from './compile-port.ts'
import { EndpointChains } from './endpoint-chains.ts'
import type { IptablesOptions } from './options.ts'

export class PortUnit {
  readonly port: ServicePort
  readonly endpoints: readonly Endpoint[]
  readonly options: IptablesOptions
  readonly #markMasquerade: Chain
  /** Nodes may get different rules for this port. */
  readonly dependsOnNode: boolean
  #rules: VariantCache<PortVariant, PortRules> | undefined
  #large: boolean | undefined
  #chains: EndpointChains | undefined
  #inherited: EndpointChains | undefined

  constructor(
    port: ServicePort,
    endpoints: readonly Endpoint[],
    options: IptablesOptions,
    markMasquerade: Chain,
    inherited: EndpointChains | undefined,
  ) {
    this.port = port
    this.endpoints = endpoints
    this.options = options
    this.#markMasquerade = markMasquerade
    this.dependsOnNode =
      categoriesDependOnNode(port, endpoints) || port.sourceRanges.length > 0 || options.detector.kind === 'node-cidr'
    this.#inherited = inherited
  }

  /** @param large comments are left out: more than a thousand endpoints in the cluster */
  rulesFor(node: NodeFacts, large: boolean): PortRules {
    if (this.#large !== large) this.#startOver(large)
    this.#rules ??= new VariantCache(variantKey, (variant) => this.#compile(variant))
    return this.#rules.get(node, this.dependsOnNode, (asking) => this.variantFor(asking))
  }

  /**
   * Between which endpoints the chain behind the cluster IP chooses evenly, known without writing its rules: each change of
   * endpoints makes a new unit, and most of them nobody walks. undefined: the rules have to tell.
   */
  behindClusterIP(node: NodeFacts): readonly Endpoint[] | undefined {
    const { port, options } = this
    if (options.layout.xlb !== undefined || port.affinitySeconds !== undefined) return undefined
    const { cluster, local } = categorize(port, this.endpoints, node, options.layout)
    const endpoints = port.internalPolicyLocal ? local : cluster
    return endpoints.length > 0 ? endpoints : undefined
  }

  /** The chain of an endpoint, by itself: for printing. */
  endpointChain(endpoint: Endpoint, large: boolean): Chain {
    if (this.#large !== large) this.#startOver(large)
    return this.#endpointChains().chain(endpoint)
  }

  /** What the next version of this port can take over. */
  chainsSoFar(): EndpointChains | undefined {
    return this.#chains ?? this.#inherited
  }

  #startOver(large: boolean): void {
    this.#large = large
    this.#rules = undefined
    this.#chains = new EndpointChains(this.port, large, this.#markMasquerade, this.options.layout, this.chainsSoFar())
    this.#inherited = undefined
  }

  /** What this port's rules on a node are made from, in every proxy mode. */
  variantFor(node: NodeFacts): PortVariant {
    return {
      categories: categorize(this.port, this.endpoints, node, this.options.layout),
      podTraffic: podTrafficOf(this.options, node),
      nodeInSourceRange: rangesContain(this.port, nodeAddressOrLoopback(node, this.options.family)),
    }
  }

  #compile(variant: PortVariant): PortRules {
    const parts = [this.port, variant, this.options, this.#endpointChains(), this.#markMasquerade] as const
    const { xlb } = this.options.layout
    return xlb === undefined ? compilePort(...parts) : compileXlbPort(...parts, xlb)
  }

  #endpointChains(): EndpointChains {
    invariant(this.#chains !== undefined, 'rules are asked for before chains')
    return this.#chains
  }
}

/** Equal keys, equal rules. */
export function variantKey({ categories, podTraffic, nodeInSourceRange }: PortVariant): string {
  const list = (endpoints: readonly Endpoint[]): string => endpoints.map((endpoint) => endpoint.text).join()
  const flags = `${categories.hasEndpoints}${nodeInSourceRange}${podTraffic?.source?.text ?? ''}`
  return `${flags}|${list(categories.cluster)}|${list(categories.local)}`
}

/** How traffic of a node's own pods is recognised. */
export interface PodTraffic {
  readonly source?: Cidr
  readonly inInterface?: string
}

export function podTrafficOf({ detector, family }: IptablesOptions, node: NodeFacts): PodTraffic | undefined {
  if (detector.kind === 'cluster-cidr') return { source: detector.cidr }
  if (detector.kind === 'interface') return { inInterface: detector.name }
  const podCIDR = node.podCIDRs.find((cidr) => cidr.family === family)
  return detector.kind === 'node-cidr' && podCIDR !== undefined ? { source: podCIDR } : undefined
}
