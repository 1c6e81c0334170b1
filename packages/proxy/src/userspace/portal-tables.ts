// The iptables rules of userspace mode on one node: every way into a Service leads to a port of kube-proxy's own process.
// Source: kubernetes v1.25 pkg/proxy/userspace/proxier.go (iptablesInit, openPortal, openNodePort and the ...Args functions), the
// last release that had it. Departure: rules stand in the order of the service ports' names, where upstream's is the order
// in which a Go map gave them.

import { hostCidr } from '../addresses/cidr.ts'
import type { IpFamily, Packet } from '../dataplane/packet.ts'
import { builtInChain, type Chain, type RuleTables } from '../iptables/chain.ts'
import { inSaveOrder } from '../iptables/print.ts'
import {
  ACCEPT_TARGET,
  comment,
  jumpByName,
  rule,
  type Match,
  type Rule,
  type TableName,
  type Target,
} from '../iptables/rule.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import { nodeAddress, type NodeFacts } from '../services/node-facts.ts'
import type { ServicePort } from '../services/service-port.ts'
import { proxiedPorts, type PortRange, type ProxiedPort } from './proxy-ports.ts'

/** What userspace mode is told beyond what all modes are. */
export interface UserspaceOptions {
  /** --proxy-port-range; absent: the kernel chooses. */
  readonly proxyPorts?: PortRange
  /** --bind-address; absent: any, and then rules redirect. */
  readonly bindAddress?: string
}

const PORTALS = 'handle ClusterIPs; NOTE: this must be before the NodePort rules'
const NODE_PORTS = 'handle service NodePorts; NOTE: this must be the last rule in the chain'
const NON_LOCAL = 'Ensure that non-local NodePort traffic can flow'
const TO_LOCAL: Match = { kind: 'addrtype', source: undefined, destination: 'LOCAL' }
const NEW_CONNECTION: Match = { kind: 'state', states: ['NEW'] }

/** The rules kube-proxy would write on a node: what `podwire rules --mode userspace` prints. */
export function compileUserspace(ruleset: Ruleset, node: NodeFacts, options: UserspaceOptions = {}): RuleTables {
  return new PortalTables(ruleset, node, options)
}

class PortalTables implements RuleTables {
  readonly #tables: ReadonlyMap<TableName, ReadonlyMap<string, Chain>>

  constructor(ruleset: Ruleset, node: NodeFacts, options: UserspaceOptions) {
    const ports = proxiedPorts(ruleset.unitsInOrder(), node, options.proxyPorts)
    const writer = new PortalWriter(ruleset.options.family, node, options)
    const mangle = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((name) => builtInChain(name, []))
    this.#tables = new Map([
      ['mangle', byName(mangle)],
      ['filter', byName(writer.filter(ports))],
      ['nat', byName(writer.nat(ports))],
    ])
  }

  chain(table: TableName, name: string): Chain | undefined {
    return this.#tables.get(table)?.get(name)
  }

  chainNames(table: TableName): readonly string[] {
    return inSaveOrder(table, this.#tables.get(table)?.keys() ?? [])
  }
}

const byName = (chains: readonly Chain[]): ReadonlyMap<string, Chain> =>
  new Map(chains.map((chain) => [chain.name, chain]))

class PortalWriter {
  readonly #bindAddress: string | undefined
  readonly #hostAddress: string

  constructor(family: IpFamily, node: NodeFacts, options: UserspaceOptions) {
    this.#bindAddress = options.bindAddress
    this.#hostAddress = options.bindAddress ?? nodeAddress(node, family) ?? (family === 'ipv4' ? '0.0.0.0' : '::')
  }

  filter(ports: readonly ProxiedPort[]): readonly Chain[] {
    const withNodePort = ports.filter(({ unit }) => unit.port.nodePort !== 0)
    // It is the proxy's port that the packet has when it comes to INPUT.
    const allowed = withNodePort.map(({ unit: { port }, proxyPort }) =>
      rule(ACCEPT_TARGET, {
        protocol: port.protocol,
        matches: [comment(port.name), portMatch(port, proxyPort), NEW_CONNECTION],
      }),
    )
    return [
      builtInChain('INPUT', [rule(jumpByName('KUBE-NODEPORT-NON-LOCAL'), { matches: [comment(NON_LOCAL)] })]),
      builtInChain('FORWARD', []),
      builtInChain('OUTPUT', []),
      new PortChain('KUBE-NODEPORT-NON-LOCAL', allowed, portKey),
    ]
  }

  nat(ports: readonly ProxiedPort[]): readonly Chain[] {
    const hook = (portals: string, nodePorts: string): readonly Rule[] => [
      rule(jumpByName(portals), { matches: [comment(PORTALS)] }),
      rule(jumpByName(nodePorts), { matches: [TO_LOCAL, comment(NODE_PORTS)] }),
    ]
    return [
      builtInChain('PREROUTING', hook('KUBE-PORTALS-CONTAINER', 'KUBE-NODEPORT-CONTAINER')),
      builtInChain('INPUT', []),
      builtInChain('OUTPUT', hook('KUBE-PORTALS-HOST', 'KUBE-NODEPORT-HOST')),
      builtInChain('POSTROUTING', []),
      new PortChain(
        'KUBE-PORTALS-CONTAINER',
        ports.flatMap((one) => this.#containerPortals(one)),
        portalKey,
      ),
      new PortChain(
        'KUBE-PORTALS-HOST',
        ports.flatMap((one) => this.#hostPortals(one)),
        portalKey,
      ),
      new PortChain(
        'KUBE-NODEPORT-CONTAINER',
        ports.flatMap((one) => nodePortRule(one, this.#toProxy(one))),
        portKey,
      ),
      new PortChain(
        'KUBE-NODEPORT-HOST',
        ports.flatMap((one) => nodePortRule(one, this.#toHost(one))),
        portKey,
      ),
    ]
  }

  /** What pods and strangers send. */
  #containerPortals(one: ProxiedPort): readonly Rule[] {
    const { port } = one.unit
    const target = this.#toProxy(one)
    return [
      portalRule(port, port.clusterIP, target),
      ...port.externalIPs.flatMap((address) => [
        portalRule(port, address, target, [{ kind: 'physdev' }]),
        portalRule(port, address, target, [TO_LOCAL]),
      ]),
      ...port.loadBalancerVIPs.map((address) => portalRule(port, address, target)),
    ]
  }

  /** What the node itself sends: REDIRECT would lead to loopback, and answers come from elsewhere. */
  #hostPortals(one: ProxiedPort): readonly Rule[] {
    const { port } = one.unit
    const target = this.#toHost(one)
    return [
      portalRule(port, port.clusterIP, target),
      ...port.externalIPs.map((address) => portalRule(port, address, target, [TO_LOCAL])),
      ...port.loadBalancerVIPs.map((address) => portalRule(port, address, target)),
    ]
  }

  #toProxy({ proxyPort }: ProxiedPort): Target {
    if (this.#bindAddress === undefined) return { kind: 'redirect', port: proxyPort }
    return { kind: 'dnat', address: this.#bindAddress, port: proxyPort }
  }

  #toHost({ proxyPort }: ProxiedPort): Target {
    return { kind: 'dnat', address: this.#hostAddress, port: proxyPort }
  }
}

const portMatch = ({ protocol }: ServicePort, destinationPort: number): Match => ({
  kind: 'port',
  protocol,
  destinationPort,
})

function portalRule(port: ServicePort, address: string, target: Target, more: readonly Match[] = []): Rule {
  return rule(target, {
    destination: { cidr: hostCidr(address), negated: false },
    protocol: port.protocol,
    matches: [comment(port.name), portMatch(port, port.port), ...more],
  })
}

function nodePortRule({ unit: { port } }: ProxiedPort, target: Target): readonly Rule[] {
  if (port.nodePort === 0) return []
  return [rule(target, { protocol: port.protocol, matches: [comment(port.name), portMatch(port, port.nodePort)] })]
}

/** The key of the rules a packet may match; all rules of a chain have one. */
type KeyOf = (protocol: string, port: number, address: string) => string

const portalKey: KeyOf = (protocol, port, address) => `${protocol} ${address} ${port}`
const portKey: KeyOf = (protocol, port) => `${protocol} ${port}`
const NO_RULES: readonly Rule[] = []

/** A chain of rules that each ask for a protocol and a port, and most for an address. */
class PortChain implements Chain {
  readonly name: string
  readonly policy = undefined
  readonly ladderStart = -1
  readonly select: (packet: Packet) => readonly Rule[]
  readonly #rules: readonly Rule[]

  constructor(name: string, rules: readonly Rule[], keyOf: KeyOf) {
    this.name = name
    this.#rules = rules
    const index = new Map<string, Rule[]>()
    for (const one of rules) {
      const match = one.matches.find((candidate) => candidate.kind === 'port')
      const port = match?.kind === 'port' ? (match.destinationPort ?? 0) : 0
      const key = keyOf(one.protocol ?? '', port, one.destination?.cidr.address ?? '')
      const known = index.get(key)
      if (known === undefined) index.set(key, [one])
      else known.push(one)
    }
    this.select = ({ protocol, destination, destinationPort }) =>
      index.get(keyOf(protocol, destinationPort, destination)) ?? NO_RULES
  }

  rules(): readonly Rule[] {
    return this.#rules
  }
}
