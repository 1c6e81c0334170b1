// The rules of one service port as kube-proxy wrote them up to 1.23: load balancers always pass KUBE-FW, policy Local has KUBE-XLB, and
// what may not pass is marked for kubelet's KUBE-FIREWALL to drop. How external IPs were served, and where traffic was marked for
// masquerading, changed on the way.
// Source: kubernetes pkg/proxy/iptables/proxier.go, syncProxyRules, as of v1.16, v1.18, v1.20.2, v1.21.1 and v1.23.4.

import { cidrOf, hostCidr } from '../addresses/cidr.ts'
import type { Endpoint } from '../services/endpoint.ts'
import type { ServicePort } from '../services/service-port.ts'
import { BalancerChain } from './balancer-chain.ts'
import { chainOf, type Chain } from './chain.ts'
import type { PortRules, PortVariant } from './compile-port.ts'
import type { EndpointChains } from './endpoint-chains.ts'
import type { HookLayout, XlbLayout } from './layout.ts'
import { PortChainNames } from './names.ts'
import type { IptablesOptions } from './options.ts'
import { FROM_NODE, MARK_DROP, PortRuleWriter, TO_NODE } from './port-rule-writer.ts'
import { comment, jump, rule, type Match, type Rule, type Target } from './rule.ts'

const LOOPBACK = { ipv4: cidrOf('127.0.0.0/8'), ipv6: cidrOf('::1/128') }
const FROM_OUTSIDE: readonly Match[] = [
  { kind: 'physdev' },
  { kind: 'addrtype', source: 'LOCAL', sourceNegated: true, destination: undefined },
]

export function compileXlbPort(
  port: ServicePort,
  variant: PortVariant,
  options: IptablesOptions,
  endpointChains: EndpointChains,
  markMasquerade: Chain,
  layout: XlbLayout,
): PortRules {
  return new XlbPortCompiler(port, variant, options, endpointChains, markMasquerade, layout).compile()
}

class XlbPortCompiler {
  readonly #port: ServicePort
  readonly #variant: PortVariant
  readonly #endpoints: EndpointChains
  readonly #mark: number
  readonly #names: PortChainNames
  readonly #write: PortRuleWriter
  readonly #layout: XlbLayout
  readonly #hooks: HookLayout
  /** RequestsOnlyLocalTraffic: asked of node ports and load balancers alone. */
  readonly #onlyLocal: boolean

  constructor(
    port: ServicePort,
    variant: PortVariant,
    options: IptablesOptions,
    endpoints: EndpointChains,
    markMasquerade: Chain,
    layout: XlbLayout,
  ) {
    this.#port = port
    this.#variant = variant
    this.#endpoints = endpoints
    this.#mark = options.masqueradeMark
    this.#names = new PortChainNames(port.name, port.protocol)
    this.#write = new PortRuleWriter(port, variant, options, markMasquerade)
    this.#layout = layout
    this.#hooks = options.layout.hooks
    this.#onlyLocal = port.externalPolicyLocal && (port.nodePort !== 0 || port.loadBalancerVIPs.length > 0)
  }

  compile(): PortRules {
    const { reachable } = this.#variant.categories
    const balancer = this.#balancer()
    const local = this.#onlyLocal ? this.#local(balancer) : undefined
    const entry = balancer === undefined ? undefined : (local ?? balancer)
    const firewall =
      entry === undefined || this.#port.loadBalancerVIPs.length === 0 ? undefined : this.#firewall(jump(entry))
    return {
      natServices: balancer === undefined ? [] : this.#natServices(balancer, local, firewall),
      natNodePorts: entry === undefined || this.#port.nodePort === 0 ? [] : this.#natNodePorts(jump(entry)),
      filterServices: balancer === undefined ? this.#refusals() : [],
      filterExternal: balancer === undefined ? this.#externalRefusals() : [],
      filterFirewall: [],
      filterNodePorts: this.#write.letHealthCheckIn(),
      chains: [firewall, balancer, local].flatMap((chain) => chain ?? []),
      reachable,
    }
  }

  get #inOwnChain(): boolean {
    return this.#layout.masqueradesIn === 'own chain'
  }

  #balancer(): Chain | undefined {
    const { cluster } = this.#variant.categories
    if (cluster.length === 0) return undefined
    const masquerading = this.#inOwnChain ? this.#masqueradeAll() : []
    return new BalancerChain(this.#names, 'cluster', masquerading, cluster, this.#endpoints, this.#mark)
  }

  #masqueradeAll(): readonly Rule[] {
    const write = this.#write
    const nodePort = this.#port.nodePort === 0 || this.#onlyLocal ? [] : [write.atNodePort(write.markMasquerade)]
    const external = this.#port.externalIPs.flatMap((ip) => this.#masqueradeExternal(ip))
    return [...write.masqueradeInternal(), ...external, ...nodePort]
  }

  #masqueradeExternal(ip: string): readonly Rule[] {
    const write = this.#write
    const { externalIps } = this.#layout
    if (this.#onlyLocal && externalIps !== 'always masqueraded') return []
    const parts = externalIps === 'not pods' ? write.ofPods(true) : {}
    return [write.at(write.markMasquerade, ip, this.#externalText, parts)]
  }

  get #externalText(): string {
    return `${this.#port.name} external IP`
  }

  #natServices(balancer: Chain, local: Chain | undefined, firewall: Chain | undefined): readonly Rule[] {
    const write = this.#write
    const { name, clusterIP, externalIPs, loadBalancerVIPs } = this.#port
    return [
      ...(this.#inOwnChain ? [] : write.masqueradeInternal()),
      write.at(jump(balancer), clusterIP, `${name} cluster IP`),
      ...externalIPs.flatMap((ip) => [
        ...(this.#inOwnChain ? [] : this.#masqueradeExternal(ip)),
        ...this.#toExternal(ip, balancer, local),
      ]),
      ...(firewall === undefined
        ? []
        : loadBalancerVIPs.map((ip) => write.at(jump(firewall), ip, `${name} loadbalancer IP`))),
    ]
  }

  #toExternal(ip: string, balancer: Chain, local: Chain | undefined): readonly Rule[] {
    const { externalIps } = this.#layout
    const target = jump(externalIps === 'always masqueraded' ? balancer : (local ?? balancer))
    const to = (more: readonly Match[]): Rule => this.#write.at(target, ip, this.#externalText, {}, more)
    return externalIps === 'not pods' ? [to([])] : [to(FROM_OUTSIDE), to([TO_NODE])]
  }

  #natNodePorts(entry: Target): readonly Rule[] {
    const write = this.#write
    const go = write.atNodePort(entry)
    if (!this.#onlyLocal) return this.#inOwnChain ? [go] : [write.atNodePort(write.markMasquerade), go]
    const { family } = this.#port
    if (family === 'ipv6' && !this.#layout.loopbackV6) return [go]
    return [write.atNodePort(write.markMasquerade, { source: { cidr: LOOPBACK[family], negated: false } }), go]
  }

  /** KUBE-FW: its rules come once for each address. */
  #firewall(entry: Target): Chain {
    const { name, sourceRanges, loadBalancerVIPs } = this.#port
    const matches = [comment(`${name} loadbalancer IP`)]
    const rules = loadBalancerVIPs.flatMap((ip) => {
      const allowed = this.#variant.nodeInSourceRange ? [...sourceRanges, hostCidr(ip)] : sourceRanges
      return [
        ...(this.#onlyLocal ? [] : [rule(this.#write.markMasquerade, { matches })]),
        ...(sourceRanges.length === 0
          ? [rule(entry, { matches })]
          : allowed.map((cidr) => rule(entry, { source: { cidr, negated: false }, matches }))),
        rule(MARK_DROP, { matches }),
      ]
    })
    return chainOf(this.#names.firewall, rules)
  }

  /** KUBE-XLB: this node's endpoints for the world, all of them for its pods and itself. Empty without any endpoint. */
  #local(balancer: Chain | undefined): Chain {
    const name = `KUBE-XLB-${this.#names.cluster.slice('KUBE-SVC-'.length)}`
    return chainOf(name, balancer === undefined ? [] : [...this.#shortCircuit(balancer), ...this.#balanceLocal()])
  }

  #shortCircuit(balancer: Chain): readonly Rule[] {
    const { name } = this.#port
    const write = this.#write
    const pods = 'Redirect pods trying to reach external loadbalancer VIP to clusterIP'
    const to = jump(balancer)
    return [
      ...(write.knowsPods ? [rule(to, { ...write.ofPods(false), matches: [comment(pods)] })] : []),
      rule(write.markMasquerade, { matches: [comment(`masquerade LOCAL traffic for ${name} LB IP`), FROM_NODE] }),
      rule(to, { matches: [comment(`route LOCAL traffic for ${name} LB IP to service chain`), FROM_NODE] }),
    ]
  }

  #balanceLocal(): readonly Rule[] {
    const { name, affinitySeconds } = this.#port
    const { local } = this.#variant.categories
    if (local.length === 0) return [rule(MARK_DROP, { matches: [comment(`${name} has no local endpoints`)] })]
    const endpoints = this.#endpoints
    const { numbersRules } = this.#layout
    const remembered = (endpoint: Endpoint, seconds: number): Rule => {
      const chain = endpoints.chain(endpoint)
      const about = numbersRules ? [comment(name)] : endpoints.choiceComment(endpoint)
      return rule(jump(chain), { matches: [...about, endpoints.recall(chain.name, seconds)] })
    }
    return [
      ...(affinitySeconds === undefined ? [] : local.map((endpoint) => remembered(endpoint, affinitySeconds))),
      ...local.map((endpoint, i) => {
        const about = numbersRules ? [comment(`Balancing rule ${i} for ${name}`)] : endpoints.choiceComment(endpoint)
        return rule(jump(endpoints.chain(endpoint)), { matches: [...about, ...endpoints.odds(local.length - i)] })
      }),
    ]
  }

  /** Without endpoints. */
  #refusals(): readonly Rule[] {
    const { clusterIP } = this.#port
    return [clusterIP, ...(this.#hooks.forwardExternal ? [] : this.#port.loadBalancerVIPs)].map((ip) =>
      this.#refuse(ip),
    )
  }

  #externalRefusals(): readonly Rule[] {
    const { externalIPs, loadBalancerVIPs, nodePort } = this.#port
    const refused = [...externalIPs, ...(this.#hooks.forwardExternal ? loadBalancerVIPs : [])]
    return [
      ...refused.map((ip) => this.#refuse(ip)),
      ...(nodePort === 0 ? [] : [this.#write.notAtNodePort(this.#write.reject(), this.#hasNone)]),
    ]
  }

  #refuse(ip: string): Rule {
    return this.#write.at(this.#write.reject(), ip, this.#hasNone)
  }

  get #hasNone(): string {
    return `${this.#port.name} has no endpoints`
  }
}
