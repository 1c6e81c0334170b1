// The rules of one service port as kube-proxy wrote them up to 1.18: what is for the cluster IP is masqueraded in KUBE-SERVICES, load
// balancers always pass KUBE-FW, policy Local has KUBE-XLB, and what may not pass is marked for kubelet's KUBE-FIREWALL to drop.
// Source: kubernetes v1.18 pkg/proxy/iptables/proxier.go, syncProxyRules; v1.16 and before for what changed on the way there.

import { cidrOf, hostCidr } from '../addresses/cidr.ts'
import type { EndpointCategories } from '../services/categories.ts'
import type { ServicePort } from '../services/service-port.ts'
import { BalancerChain } from './balancer-chain.ts'
import { chainOf, type Chain } from './chain.ts'
import type { PortRules, PortVariant } from './compile-port.ts'
import type { EndpointChains } from './endpoint-chains.ts'
import { portChainNames, type PortChainNames } from './names.ts'
import type { IptablesOptions } from './options.ts'
import { comment, jump, jumpByName, rule, type Match, type Rule, type Target } from './rule.ts'

const LOOPBACK_V4 = cidrOf('127.0.0.0/8')
const MARK_DROP = jumpByName('KUBE-MARK-DROP')
const FROM_NODE: Match = { kind: 'addrtype', source: 'LOCAL', destination: undefined }
const TO_NODE: Match = { kind: 'addrtype', source: undefined, destination: 'LOCAL' }
const FROM_OUTSIDE: readonly Match[] = [
  { kind: 'physdev' },
  { kind: 'addrtype', source: 'LOCAL', sourceNegated: true, destination: undefined },
]

export function compileOldPort(
  port: ServicePort,
  variant: PortVariant,
  options: IptablesOptions,
  endpointChains: EndpointChains,
  markMasquerade: Chain,
): PortRules {
  return new OldPortCompiler(port, variant, options, endpointChains, markMasquerade).compile()
}

class OldPortCompiler {
  readonly #port: ServicePort
  readonly #variant: PortVariant
  readonly #options: IptablesOptions
  readonly #endpoints: EndpointChains
  readonly #markMasquerade: Target
  readonly #names: PortChainNames
  /** RequestsOnlyLocalTraffic: asked of node ports and load balancers alone, which have node ports too. */
  readonly #onlyLocal: boolean

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
    this.#onlyLocal = port.externalPolicyLocal && port.nodePort !== 0
  }

  compile(): PortRules {
    const { cluster, reachable } = this.#variant.categories
    const balancer =
      cluster.length === 0
        ? undefined
        : new BalancerChain(this.#names.cluster, undefined, cluster, this.#endpoints, this.#options.masqueradeMark)
    const local = this.#onlyLocal ? this.#local(balancer) : undefined
    const entry = balancer === undefined ? undefined : (local ?? balancer)
    const firewall =
      entry === undefined || this.#port.loadBalancerVIPs.length === 0 ? undefined : this.#firewall(jump(entry))
    return {
      natServices: balancer === undefined ? [] : this.#natServices(jump(balancer), firewall),
      natNodePorts: entry === undefined || this.#port.nodePort === 0 ? [] : this.#natNodePorts(jump(entry)),
      filterServices: balancer === undefined ? this.#refusals() : [],
      filterExternal: balancer === undefined ? this.#externalRefusals() : [],
      filterFirewall: [],
      filterNodePorts: [],
      chains: [firewall, balancer, local].flatMap((chain) => chain ?? []),
      reachable,
    }
  }

  /** `-d address -p protocol -m comment --comment text -m protocol --dport port` and more */
  #match(target: Target, address: string, text: string, parts: Partial<Rule> = {}, more: readonly Match[] = []): Rule {
    const { protocol, port } = this.#port
    return rule(target, {
      destination: { cidr: hostCidr(address), negated: false },
      protocol,
      matches: [comment(text), { kind: 'port', protocol, destinationPort: port }, ...more],
      ...parts,
    })
  }

  #natServices(balancer: Target, firewall: Chain | undefined): readonly Rule[] {
    const { name, clusterIP, externalIPs, loadBalancerVIPs } = this.#port
    const rules = [...this.#masqueradeInternal(), this.#match(balancer, clusterIP, `${name} cluster IP`)]
    for (const ip of externalIPs) {
      const text = `${name} external IP`
      rules.push(
        this.#match(this.#markMasquerade, ip, text),
        this.#match(balancer, ip, text, {}, FROM_OUTSIDE),
        this.#match(balancer, ip, text, {}, [TO_NODE]),
      )
    }
    if (firewall !== undefined) {
      for (const ip of loadBalancerVIPs) rules.push(this.#match(jump(firewall), ip, `${name} loadbalancer IP`))
    }
    return rules
  }

  #masqueradeInternal(): readonly Rule[] {
    const { name, clusterIP } = this.#port
    const text = `${name} cluster IP`
    if (this.#options.masqueradeAll) return [this.#match(this.#markMasquerade, clusterIP, text)]
    if (this.#variant.podTraffic === undefined) return []
    return [this.#match(this.#markMasquerade, clusterIP, text, this.#podMatch(true))]
  }

  #podMatch(negated: boolean): Partial<Rule> {
    const { source, inInterface } = this.#variant.podTraffic ?? {}
    if (source !== undefined) return { source: { cidr: source, negated } }
    return inInterface === undefined ? {} : { inInterface: { name: inInterface, negated } }
  }

  #natNodePorts(entry: Target): readonly Rule[] {
    const { name, nodePort, protocol, family } = this.#port
    const matches: readonly Match[] = [comment(name), { kind: 'port', protocol, destinationPort: nodePort }]
    const go = rule(entry, { protocol, matches })
    if (!this.#onlyLocal) return [rule(this.#markMasquerade, { protocol, matches }), go]
    if (family === 'ipv6') return [go]
    const loopback = { source: { cidr: LOOPBACK_V4, negated: false } }
    return [rule(this.#markMasquerade, { protocol, matches, ...loopback }), go]
  }

  /** KUBE-FW: its rules come once for each address. */
  #firewall(entry: Target): Chain {
    const { name, sourceRanges, loadBalancerVIPs } = this.#port
    const matches = [comment(`${name} loadbalancer IP`)]
    const rules = loadBalancerVIPs.flatMap((ip) => {
      const allowed = this.#variant.nodeInSourceRange ? [...sourceRanges, hostCidr(ip)] : sourceRanges
      return [
        ...(this.#onlyLocal ? [] : [rule(this.#markMasquerade, { matches })]),
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
    const pods = 'Redirect pods trying to reach external loadbalancer VIP to clusterIP'
    const to = jump(balancer)
    return [
      ...(this.#variant.podTraffic === undefined
        ? []
        : [rule(to, { ...this.#podMatch(false), matches: [comment(pods)] })]),
      rule(this.#markMasquerade, { matches: [comment(`masquerade LOCAL traffic for ${name} LB IP`), FROM_NODE] }),
      rule(to, { matches: [comment(`route LOCAL traffic for ${name} LB IP to service chain`), FROM_NODE] }),
    ]
  }

  #balanceLocal(): readonly Rule[] {
    const { name, affinitySeconds } = this.#port
    const { local }: EndpointCategories = this.#variant.categories
    if (local.length === 0) return [rule(MARK_DROP, { matches: [comment(`${name} has no local endpoints`)] })]
    const chains = local.map((endpoint) => this.#endpoints.chain(endpoint))
    const remembered =
      affinitySeconds === undefined
        ? []
        : chains.map((chain) =>
            rule(jump(chain), { matches: [comment(name), this.#endpoints.recall(chain.name, affinitySeconds)] }),
          )
    return [
      ...remembered,
      ...chains.map((chain, i) =>
        rule(jump(chain), {
          matches: [comment(`Balancing rule ${i} for ${name}`), ...this.#endpoints.odds(chains.length - i)],
        }),
      ),
    ]
  }

  /** Without endpoints. */
  #refusals(): readonly Rule[] {
    const { clusterIP, loadBalancerVIPs } = this.#port
    return [clusterIP, ...loadBalancerVIPs].map((ip) => this.#match(this.#reject(), ip, this.#hasNone()))
  }

  #externalRefusals(): readonly Rule[] {
    const { externalIPs, nodePort, protocol } = this.#port
    const rules = externalIPs.map((ip) => this.#match(this.#reject(), ip, this.#hasNone()))
    if (nodePort !== 0) {
      const matches: readonly Match[] = [
        comment(this.#hasNone()),
        TO_NODE,
        { kind: 'port', protocol, destinationPort: nodePort },
      ]
      rules.push(rule(this.#reject(), { protocol, matches }))
    }
    return rules
  }

  #hasNone(): string {
    return `${this.#port.name} has no endpoints`
  }

  #reject(): Target {
    return {
      kind: 'reject',
      with: this.#options.family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable',
    }
  }
}
