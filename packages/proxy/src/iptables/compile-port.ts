// The rules of one service port on nodes that use the same endpoints: its chains, and what it adds to the shared ones.
// Since 1.24; what came before has a compiler of its own. Source: kubernetes pkg/proxy/iptables/proxier.go, syncProxyRules (v1.36, and
// v1.24 for what is marked in nat where later releases drop it in the filter table).

import { cidrOf, hostCidr, type Cidr } from '../addresses/cidr.ts'
import type { EndpointCategories } from '../services/categories.ts'
import type { ServicePort } from '../services/service-port.ts'
import { BalancerChain, type BalancerRole } from './balancer-chain.ts'
import { chainOf, type Chain } from './chain.ts'
import type { EndpointChains } from './endpoint-chains.ts'
import { PortChainNames } from './names.ts'
import type { IptablesOptions } from './options.ts'
import { FROM_NODE, MARK_DROP, PortRuleWriter } from './port-rule-writer.ts'
import { comment, DROP_TARGET, jump, JUST_COUNT, rule, type Match, type Rule } from './rule.ts'

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
const LOOPBACK_COUNTER: Match = { kind: 'nfacct', name: 'localhost_nps_accepted_pkts' }

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
  readonly #write: PortRuleWriter
  readonly #names: PortChainNames
  /** The cluster IP leads into the nat table's chains; so do the other ways in. */
  readonly #hasInternal: boolean
  readonly #hasExternal: boolean

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
    this.#write = new PortRuleWriter(port, variant, options, markMasquerade)
    this.#names = new PortChainNames(port.name, port.protocol)
    const { hasEndpoints, hasInternal, hasExternal } = variant.categories
    const { dropsByMark } = options.layout
    this.#hasInternal = dropsByMark ? hasEndpoints : hasInternal
    this.#hasExternal = dropsByMark ? hasEndpoints : hasExternal
  }

  compile(): PortRules {
    const port = this.#port
    const { categories } = this.#variant
    const cluster = this.#balancer('cluster', categories.cluster, !port.internalPolicyLocal)
    const local = this.#balancer('local', categories.local, port.internalPolicyLocal) ?? this.#noLocalEndpoints()
    const internal = port.internalPolicyLocal ? local : cluster
    const external = categories.hasEndpoints && port.externallyAccessible ? this.#external(cluster, local) : undefined
    const firewall = external === undefined ? undefined : this.#firewall(external)
    const { dropsByMark } = this.#options.layout
    return {
      natServices: this.#natServices(internal, external, firewall ?? external),
      natNodePorts: external === undefined ? [] : this.#natNodePorts(external),
      filterServices: this.#hasInternal ? [] : [this.#refuse(port.clusterIP)],
      filterExternal: this.#hasExternal ? [] : this.#filterExternal(),
      filterFirewall: firewall === undefined || dropsByMark ? [] : this.#filterFirewall(firewall),
      filterNodePorts: this.#write.letHealthCheckIn(),
      chains: [external, firewall, cluster, local].flatMap((chain) => chain ?? []),
      reachable: categories.reachable,
    }
  }

  #natServices(internal: Chain | undefined, external: Chain | undefined, vipEntry: Chain | undefined): readonly Rule[] {
    const { name, clusterIP, externalIPs, loadBalancerVIPs } = this.#port
    const write = this.#write
    const rules: Rule[] = []
    if (this.#hasInternal && internal !== undefined)
      rules.push(write.at(jump(internal), clusterIP, `${name} cluster IP`))
    if (external !== undefined) {
      for (const ip of externalIPs) rules.push(write.at(jump(external), ip, `${name} external IP`))
    }
    if (vipEntry !== undefined) {
      for (const ip of loadBalancerVIPs) rules.push(write.at(jump(vipEntry), ip, `${name} loadbalancer IP`))
    }
    return rules
  }

  #natNodePorts(external: Chain): readonly Rule[] {
    if (this.#port.nodePort === 0) return []
    const rule = this.#write.atNodePort(jump(external))
    if (!this.#options.localhostNodePorts || !this.#options.nfacct) return [rule]
    const destination = { cidr: LOOPBACK_V4, negated: false }
    return [this.#write.atNodePort(jump(external), { destination }, [LOOPBACK_COUNTER]), rule]
  }

  /** A KUBE-SVC or KUBE-SVL chain; undefined without endpoints. */
  #balancer(role: BalancerRole, endpoints: EndpointCategories['cluster'], internal: boolean): Chain | undefined {
    if (endpoints.length === 0) return undefined
    const masquerading = internal ? this.#write.masqueradeInternal() : []
    return new BalancerChain(this.#names, role, masquerading, endpoints, this.#endpoints, this.#options.masqueradeMark)
  }

  /** Up to 1.24 there is a KUBE-SVL chain all the same, for what has to be dropped. */
  #noLocalEndpoints(): Chain | undefined {
    const { name, usesLocal, internalPolicyLocal } = this.#port
    if (!this.#options.layout.dropsByMark || !usesLocal || !this.#variant.categories.hasEndpoints) return undefined
    return chainOf(this.#names.local, [
      ...(internalPolicyLocal ? this.#write.masqueradeInternal() : []),
      rule(MARK_DROP, { matches: [comment(`${name} has no local endpoints`)] }),
    ])
  }

  #external(cluster: Chain | undefined, local: Chain | undefined): Chain {
    const { name, externalPolicyLocal } = this.#port
    const rules: Rule[] = []
    if (!externalPolicyLocal) {
      const text = `masquerade traffic for ${name} external destinations`
      rules.push(rule(this.#write.markMasquerade, { matches: [comment(text)] }))
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
    const write = this.#write
    const rules: Rule[] = []
    if (write.knowsPods && cluster !== undefined) {
      const text = `pod traffic for ${name} external destinations`
      rules.push(rule(jump(cluster), { ...write.ofPods(false), matches: [comment(text)] }))
    }
    const masquerade = `masquerade LOCAL traffic for ${name} external destinations`
    rules.push(rule(write.markMasquerade, { matches: [comment(masquerade), FROM_NODE] }))
    if (cluster !== undefined) {
      const route = `route LOCAL traffic for ${name} external destinations`
      rules.push(rule(jump(cluster), { matches: [comment(route), FROM_NODE] }))
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
    const matches = [comment(`${name} loadbalancer IP`)]
    const rules = allowed.map((cidr) => rule(jump(external), { source: { cidr, negated: false }, matches }))
    return chainOf(this.#names.firewall, [...rules, ...this.#firewallEnd(matches)])
  }

  /** What becomes of others: a mark for kubelet's rule, or a word about the filter table. */
  #firewallEnd(matches: readonly Match[]): readonly Rule[] {
    const { dropsByMark, explainsFirewall } = this.#options.layout
    if (dropsByMark) return [rule(MARK_DROP, { matches })]
    const text = `other traffic to ${this.#port.name} will be dropped by KUBE-PROXY-FIREWALL`
    return explainsFirewall ? [rule(JUST_COUNT, { matches: [comment(text)] })] : []
  }

  #filterFirewall(firewall: Chain): readonly Rule[] {
    const { name, loadBalancerVIPs } = this.#port
    const text = `${name} traffic not accepted by ${firewall.name}`
    return loadBalancerVIPs.map((ip) => this.#write.at(DROP_TARGET, ip, text))
  }

  /** REJECT without any endpoint, DROP when there are some but none this policy allows. */
  #refuse(address: string | undefined): Rule {
    const { hasEndpoints } = this.#variant.categories
    const text = `${this.#port.name} has no ${hasEndpoints ? 'local ' : ''}endpoints`
    const target = hasEndpoints ? DROP_TARGET : this.#write.reject()
    return address === undefined ? this.#write.notAtNodePort(target, text) : this.#write.at(target, address, text)
  }

  #filterExternal(): readonly Rule[] {
    const { externalIPs, loadBalancerVIPs, nodePort } = this.#port
    const rules = [...externalIPs, ...loadBalancerVIPs].map((ip) => this.#refuse(ip))
    return nodePort === 0 ? rules : [...rules, this.#refuse(undefined)]
  }
}
