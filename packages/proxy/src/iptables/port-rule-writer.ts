// Writes the rules of one service port: what each kind of them matches, in every layout.
// Source: kubernetes pkg/proxy/iptables/proxier.go, the arguments that syncProxyRules puts together.

import { hostCidr } from '../addresses/cidr.ts'
import type { ServicePort } from '../services/service-port.ts'
import type { Chain } from './chain.ts'
import type { PortVariant } from './compile-port.ts'
import type { IptablesOptions } from './options.ts'
import { ACCEPT_TARGET, comment, jump, jumpByName, rule, type Match, type Rule, type Target } from './rule.ts'

export const FROM_NODE: Match = { kind: 'addrtype', source: 'LOCAL', destination: undefined }
export const TO_NODE: Match = { kind: 'addrtype', source: undefined, destination: 'LOCAL' }
/** The chain in which kubelet marked what has to be dropped. */
export const MARK_DROP = jumpByName('KUBE-MARK-DROP')

export class PortRuleWriter {
  readonly port: ServicePort
  readonly markMasquerade: Target
  readonly #podTraffic: PortVariant['podTraffic']
  readonly #masqueradeAll: boolean

  constructor(port: ServicePort, { podTraffic }: PortVariant, options: IptablesOptions, markMasquerade: Chain) {
    this.port = port
    this.markMasquerade = jump(markMasquerade)
    this.#podTraffic = podTraffic
    this.#masqueradeAll = options.masqueradeAll
  }

  /** `-d address -p protocol -m comment --comment text -m protocol --dport port` and more, for an address of the service. */
  at(target: Target, address: string, text: string, parts: Partial<Rule> = {}, more: readonly Match[] = []): Rule {
    const { protocol, port } = this.port
    return rule(target, {
      destination: { cidr: hostCidr(address), negated: false },
      protocol,
      matches: [comment(text), { kind: 'port', protocol, destinationPort: port }, ...more],
      ...parts,
    })
  }

  /** `-p protocol -m comment --comment name -m protocol --dport nodePort` and more. */
  atNodePort(target: Target, parts: Partial<Rule> = {}, more: readonly Match[] = []): Rule {
    const { name, protocol, nodePort } = this.port
    return rule(target, {
      protocol,
      matches: [comment(name), { kind: 'port', protocol, destinationPort: nodePort }, ...more],
      ...parts,
    })
  }

  /** For the filter table: what comes for the node port is not let through. */
  notAtNodePort(target: Target, text: string): Rule {
    const { protocol, nodePort } = this.port
    const matches: readonly Match[] = [comment(text), TO_NODE, { kind: 'port', protocol, destinationPort: nodePort }]
    return rule(target, { protocol, matches })
  }

  /** Traffic of this node's pods can be told from other traffic. */
  get knowsPods(): boolean {
    return this.#podTraffic !== undefined
  }

  /** Matches traffic of this node's pods, or all other; everything when it cannot be told. */
  ofPods(negated: boolean): Partial<Rule> {
    const { source, inInterface } = this.#podTraffic ?? {}
    if (source !== undefined) return { source: { cidr: source, negated } }
    return inInterface === undefined ? {} : { inInterface: { name: inInterface, negated } }
  }

  /** Traffic to the cluster IP that does not come from a pod gets the node's address. */
  masqueradeInternal(): readonly Rule[] {
    const { name, clusterIP } = this.port
    const text = `${name} cluster IP`
    if (this.#masqueradeAll) return [this.at(this.markMasquerade, clusterIP, text)]
    return this.knowsPods ? [this.at(this.markMasquerade, clusterIP, text, this.ofPods(true))] : []
  }

  reject(): Target {
    return {
      kind: 'reject',
      with: this.port.family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable',
    }
  }

  /** The load balancer may ask how many endpoints there are. */
  letHealthCheckIn(): readonly Rule[] {
    const { name, healthCheckNodePort } = this.port
    if (healthCheckNodePort === 0) return []
    const matches = [
      comment(`${name} health check node port`),
      { kind: 'port', protocol: 'tcp', destinationPort: healthCheckNodePort } as const,
    ]
    return [rule(ACCEPT_TARGET, { protocol: 'tcp', matches })]
  }
}
