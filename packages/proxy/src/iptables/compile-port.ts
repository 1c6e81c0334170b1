// The rules of one service port on nodes that use the same endpoints: its chains, and what it adds to the shared ones.
// Source: kubernetes pkg/proxy/iptables/proxier.go, syncProxyRules (v1.36).

import { cidrOf, hostCidr, type Cidr } from '../addresses/cidr.ts'
import type { EndpointCategories } from '../services/categories.ts'
import type { ServicePort } from '../services/service-port.ts'
import { BalancerChain } from './balancer-chain.ts'
import { chainOf, type Chain } from './chain.ts'
import type { EndpointChains } from './endpoint-chains.ts'
import { portChainNames, type PortChainNames } from './names.ts'
import type { IptablesOptions } from './options.ts'
import {
  ACCEPT_TARGET,
  comment,
  DROP_TARGET,
  jump,
  JUST_COUNT,
  rule,
  type InterfaceMatch,
  type AddressMatch,
  type Rule,
  type Target,
} from './rule.ts'

/** What differs between nodes, as far as this port's rules can tell. */
export interface PortVariant {
  readonly categories: EndpointCategories
  /** Matches traffic of this node's pods; undefined: cannot be told. */
  readonly podTraffic: { readonly source?: Cidr; readonly inInterface?: string } | undefined
  /** The node's own address lies in a source range. */
  readonly nodeInSourceRange: boolean
}

export interface PortRules {
  readonly natServices: readonly Rule[]
  readonly natNodePorts: readonly Rule[]
  readonly filterServices: readonly Rule[]
  readonly filterExternal: readonly Rule[]
  readonly filterFirewall: readonly Rule[]
  readonly filterNodePorts: readonly Rule[]
  /** Chains of its own in nat, endpoint chains not included. */
  readonly chains: readonly Chain[]
  readonly reachable: EndpointCategories['reachable']
}

const LOOPBACK_V4 = cidrOf('127.0.0.0/8')

export function compilePort(
  port: ServicePort,
  variant: PortVariant,
  options: IptablesOptions,
  endpointChains: EndpointChains,
  markMasquerade: Chain,
): PortRules {
  return new PortCompiler(port, variant, options, endpointChains, markMasquerade).compile()
}

class PortCompiler {
  readonly #port: ServicePort
  readonly #variant: PortVariant
  readonly #options: IptablesOptions
  readonly #endpoints: EndpointChains
  readonly #markMasquerade: Target
  readonly #names: PortChainNames
  readonly #chains: Chain[] = []

  constructor(
    port: ServicePort,
    variant: PortVariant,
    options: IptablesOptions,
    endpoints: EndpointChains,
    markMasquerade: Chain,
  ) {
    this.#port = port
    this.#variant = variant
    this.#options = options
    this.#endpoints = endpoints
    this.#markMasquerade = jump(markMasquerade)
    this.#names = portChainNames(port.name, port.protocol)
  }

  compile(): PortRules {
    const port = this.#port
    const { categories } = this.#variant
    const internalName = port.internalPolicyLocal ? this.#names.local : this.#names.cluster
    const cluster = this.#balancer(this.#names.cluster, categories.cluster, !port.internalPolicyLocal)
    const local = this.#balancer(this.#names.local, categories.local, port.internalPolicyLocal)
    const internal = internalName === this.#names.local ? local : cluster
    const external = categories.hasEndpoints && port.externallyAccessible ? this.#external(cluster, local) : undefined
    const vipEntry = external === undefined ? undefined : (this.#firewall(external) ?? external)
    const chains = [external, vipEntry === external ? undefined : vipEntry, cluster, local]
    for (const chain of chains) if (chain !== undefined) this.#chains.push(chain)
    return {
      natServices: this.#natServices(internal, external, vipEntry),
      natNodePorts: external === undefined ? [] : this.#natNodePorts(external),
      filterServices: categories.hasInternal ? [] : [this.#refuse(port.clusterIP, port.port)],
      filterExternal: categories.hasExternal ? [] : this.#filterExternal(),
      filterFirewall: vipEntry === undefined || vipEntry === external ? [] : this.#filterFirewall(vipEntry),
      filterNodePorts: this.#healthCheck(),
      chains: this.#chains,
      reachable: categories.reachable,
    }
  }

  /** `-d address -p protocol -m comment --comment text -m protocol --dport port -j target` */
  #match(target: Target, address: string | undefined, text: string, port: number, more: Partial<Rule> = {}): Rule {
    const { protocol } = this.#port
    return rule(target, {
      ...(address === undefined ? {} : { destination: { cidr: hostCidr(address), negated: false } }),
      protocol,
      matches: [comment(text), { kind: 'port', protocol, destinationPort: port }],
      ...more,
    })
  }

  #natServices(internal: Chain | undefined, external: Chain | undefined, vipEntry: Chain | undefined): readonly Rule[] {
    const { name, clusterIP, port, externalIPs, loadBalancerVIPs } = this.#port
    const rules: Rule[] = []
    if (this.#variant.categories.hasInternal && internal !== undefined) {
      rules.push(this.#match(jump(internal), clusterIP, `${name} cluster IP`, port))
    }
    if (external !== undefined) {
      for (const ip of externalIPs) rules.push(this.#match(jump(external), ip, `${name} external IP`, port))
    }
    if (vipEntry !== undefined) {
      for (const ip of loadBalancerVIPs) rules.push(this.#match(jump(vipEntry), ip, `${name} loadbalancer IP`, port))
    }
    return rules
  }

  #natNodePorts(external: Chain): readonly Rule[] {
    const { name, nodePort, protocol } = this.#port
    if (nodePort === 0) return []
    const rules = [this.#match(jump(external), undefined, name, nodePort)]
    if (this.#options.localhostNodePorts && this.#options.nfacct) {
      const counted = rule(jump(external), {
        destination: { cidr: LOOPBACK_V4, negated: false },
        protocol,
        matches: [
          comment(name),
          { kind: 'port', protocol, destinationPort: nodePort },
          { kind: 'nfacct', name: 'localhost_nps_accepted_pkts' },
        ],
      })
      rules.unshift(counted)
    }
    return rules
  }

  /** A KUBE-SVC or KUBE-SVL chain; undefined without endpoints. */
  #balancer(name: string, endpoints: EndpointCategories['cluster'], internal: boolean): Chain | undefined {
    if (endpoints.length === 0) return undefined
    const masquerade = internal ? this.#masqueradeInternal() : undefined
    return new BalancerChain(name, masquerade, endpoints, this.#endpoints, this.#options.masqueradeMark)
  }

  /** Traffic to the cluster IP that does not come from a pod gets the node's address. */
  #masqueradeInternal(): Rule | undefined {
    const { name, clusterIP, port } = this.#port
    const text = `${name} cluster IP`
    if (this.#options.masqueradeAll) return this.#match(this.#markMasquerade, clusterIP, text, port)
    if (this.#variant.podTraffic === undefined) return undefined
    return this.#match(this.#markMasquerade, clusterIP, text, port, this.#podMatch(true))
  }

  #podMatch(negated: boolean): { source?: AddressMatch; inInterface?: InterfaceMatch } {
    const { source, inInterface } = this.#variant.podTraffic ?? {}
    if (source !== undefined) return { source: { cidr: source, negated } }
    return inInterface === undefined ? {} : { inInterface: { name: inInterface, negated } }
  }

  #external(cluster: Chain | undefined, local: Chain | undefined): Chain {
    const { name, externalPolicyLocal } = this.#port
    const rules: Rule[] = []
    if (!externalPolicyLocal) {
      const text = `masquerade traffic for ${name} external destinations`
      rules.push(rule(this.#markMasquerade, { matches: [comment(text)] }))
      if (cluster !== undefined) rules.push(rule(jump(cluster)))
    } else {
      rules.push(...this.#shortCircuit(cluster))
      if (local !== undefined) rules.push(rule(jump(local)))
    }
    return chainOf(this.#names.external, rules)
  }

  /** Policy Local binds the outside world; this node's pods and the node itself may use every endpoint. */
  #shortCircuit(cluster: Chain | undefined): readonly Rule[] {
    const { name } = this.#port
    const fromNode = { kind: 'addrtype', source: 'LOCAL', destination: undefined } as const
    const rules: Rule[] = []
    if (this.#variant.podTraffic !== undefined && cluster !== undefined) {
      const text = `pod traffic for ${name} external destinations`
      rules.push(rule(jump(cluster), { ...this.#podMatch(false), matches: [comment(text)] }))
    }
    const masquerade = `masquerade LOCAL traffic for ${name} external destinations`
    rules.push(rule(this.#markMasquerade, { matches: [comment(masquerade), fromNode] }))
    if (cluster !== undefined) {
      const route = `route LOCAL traffic for ${name} external destinations`
      rules.push(rule(jump(cluster), { matches: [comment(route), fromNode] }))
    }
    return rules
  }

  /** The KUBE-FW chain, when source ranges restrict the load balancer. */
  #firewall(external: Chain): Chain | undefined {
    const { name, sourceRanges, loadBalancerVIPs } = this.#port
    if (sourceRanges.length === 0 || loadBalancerVIPs.length === 0) return undefined
    const allowed = [...sourceRanges]
    // The node's own traffic to a VIP has that VIP as its source once it comes back to this node.
    if (this.#variant.nodeInSourceRange) allowed.push(...loadBalancerVIPs.map(hostCidr))
    const rules = allowed.map((cidr) =>
      rule(jump(external), { source: { cidr, negated: false }, matches: [comment(`${name} loadbalancer IP`)] }),
    )
    const rest = `other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`
    return chainOf(this.#names.firewall, [...rules, rule(JUST_COUNT, { matches: [comment(rest)] })])
  }

  #filterFirewall(firewall: Chain): readonly Rule[] {
    const { name, port, loadBalancerVIPs } = this.#port
    const text = `${name} traffic not accepted by ${firewall.name}`
    return loadBalancerVIPs.map((ip) => this.#match(DROP_TARGET, ip, text, port))
  }

  /** REJECT without any endpoint, DROP when there are some but none this policy allows. */
  #refuse(address: string | undefined, port: number): Rule {
    const { hasEndpoints } = this.#variant.categories
    const reject: Target = {
      kind: 'reject',
      with: this.#options.family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable',
    }
    const text = `${this.#port.name} has no ${hasEndpoints ? 'local ' : ''}endpoints`
    const target = hasEndpoints ? DROP_TARGET : reject
    if (address !== undefined) return this.#match(target, address, text, port)
    const { protocol } = this.#port
    return rule(target, {
      protocol,
      matches: [
        comment(text),
        { kind: 'addrtype', source: undefined, destination: 'LOCAL' },
        { kind: 'port', protocol, destinationPort: port },
      ],
    })
  }

  #filterExternal(): readonly Rule[] {
    const { externalIPs, loadBalancerVIPs, nodePort, port } = this.#port
    const rules = [...externalIPs, ...loadBalancerVIPs].map((ip) => this.#refuse(ip, port))
    if (nodePort !== 0) rules.push(this.#refuse(undefined, nodePort))
    return rules
  }

  #healthCheck(): readonly Rule[] {
    const { name, healthCheckNodePort } = this.#port
    if (healthCheckNodePort === 0) return []
    const matches = [
      comment(`${name} health check node port`),
      { kind: 'port', protocol: 'tcp', destinationPort: healthCheckNodePort } as const,
    ]
    return [rule(ACCEPT_TARGET, { protocol: 'tcp', matches })]
  }
}
