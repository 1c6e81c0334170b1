// ipvs mode on one node: the virtual servers kube-proxy wants there, and what they do to packets at the hooks.
// Source: kubernetes pkg/proxy/ipvs/proxier.go, syncProxyRules and syncEndpoint (v1.16 to v1.36).
// Departures: the kernel takes packets in LOCAL_IN, behind routing and INPUT; here both are asked at the end of PREROUTING, so
// that the packet is routed once, to the server. The REJECT of KUBE-IPVS-FILTER spares ICMP: a service address answers ping, as
// it did before that chain came with v1.26.

import type { Decision, Evaluation, FilterHook, HookRules, NatHook } from '../dataplane/hook-rules.ts'
import type { IpFamily, Packet } from '../dataplane/packet.ts'
import type { Trace } from '../dataplane/verdict.ts'
import { IptablesHooks } from '../iptables/iptables-hooks.ts'
import type { PortUnit } from '../iptables/port-unit.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import { wayOfPacket } from '../iptables/ways.ts'
import { categorize } from '../services/categories.ts'
import type { Endpoint } from '../services/endpoint.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import { ipvsNodePortAddresses } from './node-port-addresses.ts'
import type { IpvsTimeouts } from './tcp-states.ts'
import type { IpSet } from './ip-set.ts'
import { serviceSets } from './service-sets.ts'
import { IpvsTables } from './tables.ts'
import type { IpvsState, WantedServers } from './ipvs-state.ts'
import {
  keyOf,
  type Scheduler,
  type SchedulerFlag,
  type VirtualServer,
  type VirtualServerSpec,
} from './virtual-server.ts'
import { cidrContains, type Cidr } from '../addresses/cidr.ts'
import { hostPort } from '../addresses/ip.ts'
import type { Microseconds } from '@podwire/engine'

const REJECT = {
  ipv4: { kind: 'reject', with: 'icmp-port-unreachable' },
  ipv6: { kind: 'reject', with: 'icmp6-port-unreachable' },
} as const

/** What ipvs mode is told beyond what all modes are. */
export interface IpvsOptions {
  readonly scheduler: Scheduler
  /** What kube-proxy sets when it starts. */
  readonly timeouts?: IpvsTimeouts
  /** --ipvs-exclude-cidrs */
  readonly excluded?: readonly Cidr[]
  /** What is known of the process on the node; default: it never comes again. */
  readonly process?: ProxyProcessTimes
}

/** When a node's kube-proxy did what. */
export interface ProxyProcessTimes {
  /** When it last went over its rules, periodic syncs included. */
  lastSyncUs(): Microseconds
  startedUs(): Microseconds
}

// kube-proxy sets mh-port whenever the scheduler is mh, since 1.27.
const MH_FLAGS: readonly SchedulerFlag[] = ['mh-port']
const NO_FLAGS: readonly SchedulerFlag[] = []

export class NodeIpvs implements HookRules, WantedServers {
  readonly family: IpFamily
  readonly tables: IpvsTables
  readonly passesEstablished = true
  readonly #ruleset: Ruleset
  readonly #node: NodeFacts
  readonly #options: IpvsOptions
  #sets: ReturnType<typeof serviceSets> | undefined
  readonly #iptables: IptablesHooks
  readonly #nodeAddresses: ReadonlySet<string>
  #virtual: ReadonlyMap<string, VirtualServerSpec> | undefined
  /** What packets asked for so far. */
  readonly #wanted = new Map<string, VirtualServerSpec>()
  readonly #specs = new Map<PortUnit, readonly VirtualServerSpec[]>()

  constructor(ruleset: Ruleset, node: NodeFacts, options: IpvsOptions) {
    this.family = ruleset.options.family
    this.#ruleset = ruleset
    this.#node = node
    this.#options = options
    this.tables = new IpvsTables(ruleset, node, () => this.#serviceSets())
    this.#iptables = new IptablesHooks(this.tables)
    this.#nodeAddresses = new Set(ipvsNodePortAddresses(ruleset.options, node))
  }

  sets(): readonly IpSet[] {
    return [...this.#serviceSets().values()]
  }

  #serviceSets(): ReturnType<typeof serviceSets> {
    return (this.#sets ??= serviceSets(this.#ruleset, this.#node))
  }

  /** All virtual servers, by `protocol address:port`. Specs stay the same objects while the rules do. */
  virtualServers(): ReadonlyMap<string, VirtualServerSpec> {
    this.#virtual ??= new Map(
      this.#ruleset
        .unitsInOrder()
        .flatMap((unit) => this.#specsOf(unit))
        .map((spec) => [keyOf(spec), spec]),
    )
    return this.#virtual
  }

  nat(packet: Packet, hook: NatHook, run: Evaluation, trace: Trace | undefined): Decision | undefined {
    return this.#iptables.nat(packet, hook, run, trace)
  }

  filter(packet: Packet, hook: FilterHook, run: Evaluation, trace: Trace | undefined): Decision | undefined {
    // See the head of this file.
    if (packet.protocol === 'icmp' && hook === 'INPUT') return undefined
    return this.#iptables.filter(packet, hook, run, trace)
  }

  get timeouts(): IpvsTimeouts | undefined {
    return this.#options.timeouts
  }

  wanted(key: string): VirtualServerSpec | undefined {
    if (this.#virtual !== undefined) return this.#virtual.get(key)
    const known = this.#wanted.get(key)
    if (known !== undefined) return known
    // Of two services with one key the later one stands.
    const spec = this.#unitsAt(key)
      .flatMap((unit) => this.#specsOf(unit))
      .findLast((one) => keyOf(one) === key)
    if (spec !== undefined) this.#wanted.set(key, spec)
    return spec
  }

  /** The service ports whose virtual servers may have this key: all others need not be looked at for a packet. */
  #unitsAt(key: string): readonly PortUnit[] {
    const [protocol = '', socket = ''] = key.split(' ')
    const colon = socket.lastIndexOf(':')
    const address = socket.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
    const port = Number(socket.slice(colon + 1))
    const { index } = this.#ruleset
    const refs = [
      ...index.at(address).filter((ref) => ref.port === port && ref.protocol === protocol),
      ...(this.#nodeAddresses.has(address) && isProtocol(protocol) ? index.nodePort(protocol, port) : []),
    ]
    return refs.flatMap((ref) => this.#ruleset.unit(ref) ?? [])
  }

  /** The same objects whoever asks. */
  #specsOf(unit: PortUnit): readonly VirtualServerSpec[] {
    let specs = this.#specs.get(unit)
    if (specs === undefined) {
      specs = this.#virtualServersOf(unit)
      this.#specs.set(unit, specs)
    }
    return specs
  }

  get ruleset(): Ruleset {
    return this.#ruleset
  }

  isClusterIp(packet: Packet): boolean {
    const first = this.#ruleset.ways.at(packet.destination, packet.destinationWord)
    const way = first === undefined ? null : wayOfPacket(first, packet)
    return way !== null && way !== 'several' && way.internalOnly
  }

  lastSyncUs(): Microseconds {
    return this.#options.process?.lastSyncUs() ?? 0
  }

  startedUs(): Microseconds {
    return this.#options.process?.startedUs() ?? 0
  }

  hasVirtual(key: string, virtual: VirtualServer | undefined): boolean {
    return this.#unitsAt(key).length > 0 || (virtual !== undefined && this.isExcluded(virtual.spec.address))
  }

  /** Endpoints come and go without any virtual server coming or going. */
  hasSameVirtuals(before: HookRules): boolean {
    if (!(before instanceof NodeIpvs) || before.#ruleset.index !== this.#ruleset.index) return false
    if (before.#options.excluded !== this.#options.excluded) return false
    const [old, now] = [before.#nodeAddresses, this.#nodeAddresses]
    return old.size === now.size && [...old].every((address) => now.has(address))
  }

  isExcluded(address: string): boolean {
    return this.#options.excluded?.some((range) => cidrContains(range, address)) ?? false
  }

  /** All virtual servers of this family as they are now, those made by hand too. */
  present(state: IpvsState, nowUs: Microseconds): readonly VirtualServer[] {
    // Asked for the other family's, this one's rules would say that nobody wants them.
    const ours = state.keys().filter((key) => key.includes('[') === (this.family === 'ipv6'))
    const keys = new Set([...this.virtualServers().keys(), ...ours])
    return [...keys].flatMap((key) => state.find(key, this, nowUs) ?? [])
  }

  virtual(
    packet: Packet,
    hook: 'PREROUTING' | 'OUTPUT',
    run: Evaluation,
    trace: Trace | undefined,
  ): Decision | undefined {
    const round = trace === undefined ? run.ipvs.roundFor(packet, this) : -1
    const virtual = round < 0 ? run.ipvs.findFor(packet, this, run.nowUs) : undefined
    if (round < 0 && virtual === undefined) return undefined
    if (hook === 'PREROUTING') {
      const decision = this.#iptables.filter(packet, 'INPUT', run, trace)
      if (decision !== undefined && decision.kind !== 'accept') return decision
    }
    if (virtual === undefined) return run.ipvs.takeTurn(round, packet, run.nowUs)
    return this.#connect(virtual, packet, run, trace)
  }

  #connect(virtual: VirtualServer, packet: Packet, run: Evaluation, trace: Trace | undefined): Decision {
    const { protocol, destination, destinationPort } = packet
    const server = run.ipvs.connect(virtual, packet, run.nowUs)
    if (trace !== undefined) {
      const outcome = server === undefined ? 'no destination available' : `${server.text} (${virtual.spec.scheduler})`
      // A scheduler leaves nothing to chance.
      const of = virtual.servers.filter(({ weight }) => weight > 0).length
      trace.push({
        at: 'ipvs',
        what: `${protocol.toUpperCase()} ${hostPort(destination, destinationPort)} -> ${outcome}`,
        ...(server === undefined ? {} : { branch: { of, probability: 1 } }),
      })
    }
    return server === undefined ? REJECT[this.family] : { kind: 'dnat', address: server.address, port: server.port }
  }

  #virtualServersOf(unit: PortUnit): readonly VirtualServerSpec[] {
    const { port } = unit
    const { cluster, local } = categorize(port, unit.endpoints, this.#node, this.#ruleset.options.layout)
    const { internalPolicy, externalPolicyOfExternals, fallsBack, mhPort } = this.#ruleset.options.ipvs
    // Without local endpoints ipvs falls back to those of the cluster.
    const choose = (onlyLocal: boolean): readonly Endpoint[] => {
      if (!onlyLocal) return cluster
      if (fallsBack) return local.length > 0 ? local : cluster
      return cluster.filter(({ nodeName }) => nodeName === this.#node.name)
    }
    const make = (address: string, number: number, onlyLocal: boolean): VirtualServerSpec => ({
      protocol: port.protocol,
      address,
      port: number,
      scheduler: this.#options.scheduler,
      flags: mhPort && this.#options.scheduler === 'mh' ? MH_FLAGS : NO_FLAGS,
      persistentSeconds: port.affinitySeconds,
      servers: choose(onlyLocal),
    })
    return [
      make(port.clusterIP, port.port, internalPolicy && port.internalPolicyLocal),
      ...port.externalIPs.map((ip) => make(ip, port.port, externalPolicyOfExternals && port.externalPolicyLocal)),
      ...port.loadBalancerVIPs.map((ip) => make(ip, port.port, port.externalPolicyLocal)),
      ...(port.nodePort === 0
        ? []
        : [...this.#nodeAddresses].map((ip) => make(ip, port.nodePort, port.externalPolicyLocal))),
    ]
  }
}

const isProtocol = (text: string): text is PortUnit['port']['protocol'] => /^(tcp|udp|sctp)$/.test(text)
