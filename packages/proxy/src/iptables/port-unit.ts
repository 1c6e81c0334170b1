// One service port with its endpoints, compiled when somebody asks. Most ports have one set of rules for the whole cluster; where
// local endpoints, hints, source ranges or the node's pod CIDR matter, nodes share by equal content.

import { invariant } from '@podwire/engine'
import { categoriesDependOnNode, categorize } from '../services/categories.ts'
import type { Endpoint } from '../services/endpoint.ts'
import { nodeAddress, type NodeFacts } from '../services/node-facts.ts'
import { rangesContain, type ServicePort } from '../services/service-port.ts'
import type { Chain } from './chain.ts'
import { compilePort, type PortRules, type PortVariant } from './compile-port.ts'
import { EndpointChains } from './endpoint-chains.ts'
import type { IptablesOptions } from './options.ts'

export class PortUnit {
  readonly port: ServicePort
  readonly endpoints: readonly Endpoint[]
  readonly #options: IptablesOptions
  readonly #markMasquerade: Chain
  readonly #dependsOnNode: boolean
  readonly #byNode = new Map<NodeFacts, PortRules>()
  readonly #byContent = new Map<string, PortRules>()
  #shared: PortRules | undefined
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
    this.#options = options
    this.#markMasquerade = markMasquerade
    this.#dependsOnNode =
      categoriesDependOnNode(port, endpoints) || port.sourceRanges.length > 0 || options.detector.kind === 'node-cidr'
    this.#inherited = inherited
  }

  /** @param large comments are left out: more than a thousand endpoints in the cluster */
  rulesFor(node: NodeFacts, large: boolean): PortRules {
    if (this.#large !== large) this.#startOver(large)
    if (!this.#dependsOnNode) return (this.#shared ??= this.#compile(this.#variantFor(node)))
    const known = this.#byNode.get(node)
    if (known !== undefined) return known
    const variant = this.#variantFor(node)
    const key = contentKey(variant)
    let rules = this.#byContent.get(key)
    if (rules === undefined) {
      rules = this.#compile(variant)
      this.#byContent.set(key, rules)
    }
    this.#byNode.set(node, rules)
    return rules
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
    this.#shared = undefined
    this.#byNode.clear()
    this.#byContent.clear()
    this.#chains = new EndpointChains(this.port, large, this.#markMasquerade, this.chainsSoFar())
    this.#inherited = undefined
  }

  #variantFor(node: NodeFacts): PortVariant {
    const { detector, family } = this.#options
    const podCIDR = node.podCIDRs.find((cidr) => cidr.family === family)
    return {
      categories: categorize(this.port, this.endpoints, node),
      podTraffic:
        detector.kind === 'cluster-cidr'
          ? { source: detector.cidr }
          : detector.kind === 'interface'
            ? { inInterface: detector.name }
            : detector.kind === 'node-cidr' && podCIDR !== undefined
              ? { source: podCIDR }
              : undefined,
      nodeInSourceRange: rangesContain(this.port, nodeAddress(node, family)),
    }
  }

  #compile(variant: PortVariant): PortRules {
    return compilePort(this.port, variant, this.#options, this.#endpointChains(), this.#markMasquerade)
  }

  #endpointChains(): EndpointChains {
    invariant(this.#chains !== undefined, 'rules are asked for before chains')
    return this.#chains
  }
}

function contentKey({ categories, podTraffic, nodeInSourceRange }: PortVariant): string {
  const list = (endpoints: readonly Endpoint[]): string => endpoints.map((endpoint) => endpoint.text).join()
  const flags = `${categories.hasEndpoints}${nodeInSourceRange}${podTraffic?.source?.text ?? ''}`
  return `${flags}|${list(categories.cluster)}|${list(categories.local)}`
}
