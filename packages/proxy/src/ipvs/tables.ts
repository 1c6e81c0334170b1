// The iptables part of ipvs mode: masquerading, source ranges, and keeping strangers off the node's own ports on service addresses.
// kube-proxy writes no rules for some sets that are empty. A walk takes them all the same: nothing is in the set, and whether it is
// empty is found by a look at all service ports, which a text is worth and a packet is not.
// Source: kubernetes pkg/proxy/ipvs/proxier.go, iptablesJumpChain, ipsetWithIptablesChain and writeIptablesRules (v1.16 to v1.36).

import { invariant } from '@podwire/engine'
import { cidrOf, hostCidr } from '../addresses/cidr.ts'
import { builtInChain, chainOf, type Chain, type RuleTables } from '../iptables/chain.ts'
import type { PodTraffic } from '../iptables/port-unit.ts'
import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import { firewallChain, forwardChain, markDropChain } from '../iptables/fixed-chains.ts'
import { inSaveOrder } from '../iptables/print.ts'
import {
  ACCEPT_TARGET,
  comment,
  DROP_TARGET,
  jumpByName,
  RETURN_TARGET,
  rule,
  type Match,
  type Rule,
  type SetFlag,
  type TableName,
  type Target,
} from '../iptables/rule.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import type { Shortcut } from '../iptables/ways.ts'
import { nodeAddressOrLoopback, type NodeFacts } from '../services/node-facts.ts'
import { rangesContain } from '../services/service-port.ts'
import type { IpSet } from './ip-set.ts'
import { IPVS_IPS, type SetName } from './service-sets.ts'
import { IpvsShortcuts } from './shortcuts.ts'

type Sets = ReadonlyMap<SetName | typeof IPVS_IPS, IpSet>

const MARK_MASQ = jumpByName('KUBE-MARK-MASQ')
const MARK_DROP = jumpByName('KUBE-MARK-DROP')
const LOOPBACK = { ipv4: cidrOf('127.0.0.0/8'), ipv6: cidrOf('::1/128') }
const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const

export class IpvsTables implements RuleTables {
  readonly #write: () => TableWriter
  readonly #shortcuts: IpvsShortcuts
  /** Written for who walks or reads them: most nodes' packets do neither. */
  #written: ReadonlyMap<TableName, ReadonlyMap<string, Chain>> | undefined

  constructor(ruleset: Ruleset, node: NodeFacts, sets: () => Sets) {
    this.#shortcuts = new IpvsShortcuts(ruleset, node)
    this.#write = () => new TableWriter(ruleset, node, sets())
  }

  #tables(): ReadonlyMap<TableName, ReadonlyMap<string, Chain>> {
    if (this.#written !== undefined) return this.#written
    const writer = this.#write()
    const mangle = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((name) => builtInChain(name, []))
    const byName = (chains: readonly Chain[]): ReadonlyMap<string, Chain> =>
      new Map(chains.map((chain) => [chain.name, chain]))
    this.#written = new Map([
      ['mangle', byName(mangle)],
      ['filter', byName(writer.filter())],
      ['nat', byName(writer.nat())],
    ])
    return this.#written
  }

  chain(table: TableName, name: string): Chain | undefined {
    return this.#tables().get(table)?.get(name)
  }

  chainNames(table: TableName): readonly string[] {
    return inSaveOrder(table, this.#tables().get(table)?.keys() ?? [])
  }

  shortcut(table: 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    return this.#shortcuts.decide(table, hook, packet, run)
  }
}

/** A chain some of whose rules are written only if something is in their sets. */
class ChainOfSets implements Chain {
  readonly name: string
  readonly policy = undefined
  readonly ladderStart = -1
  readonly #all: readonly Rule[]
  readonly #unlessEmpty: ReadonlyMap<Rule, IpSet>
  #written: readonly Rule[] | undefined

  constructor(name: string, all: readonly Rule[], unlessEmpty: ReadonlyMap<Rule, IpSet>) {
    this.name = name
    this.#all = all
    this.#unlessEmpty = unlessEmpty
  }

  rules(): readonly Rule[] {
    return (this.#written ??= this.#all.filter((rule) => this.#unlessEmpty.get(rule)?.isEmpty !== true))
  }

  select(): readonly Rule[] {
    return this.#all
  }
}

/** The way out of the node: rules for each guarded load balancer, written when somebody reads them or its answers pass. */
class OutFilter implements Chain {
  readonly name = 'KUBE-IPVS-OUT-FILTER'
  readonly policy = undefined
  readonly ladderStart = -1
  readonly #write: () => readonly Rule[]
  readonly #isService: (address: string) => boolean
  #written: readonly Rule[] | undefined

  constructor(write: () => readonly Rule[], isService: (address: string) => boolean) {
    this.#write = write
    this.#isService = isService
  }

  rules(): readonly Rule[] {
    return (this.#written ??= this.#write())
  }

  select({ source }: Packet): readonly Rule[] {
    return this.#isService(source) ? this.rules() : []
  }
}

class TableWriter {
  readonly #ruleset: Ruleset
  readonly #node: NodeFacts
  readonly #sets: Sets
  readonly #podTraffic: PodTraffic | undefined
  readonly #unlessEmpty = new Map<Rule, IpSet>()

  constructor(ruleset: Ruleset, node: NodeFacts, sets: Sets) {
    this.#ruleset = ruleset
    this.#node = node
    this.#sets = sets
    this.#podTraffic = ruleset.podTraffic(node)
  }

  nat(): readonly Chain[] {
    const { masqueradeMark: mark, ipvs, layout } = this.#ruleset.options
    const services = hookJump('KUBE-SERVICES', 'kubernetes service portals')
    return [
      builtInChain('PREROUTING', [services]),
      builtInChain('INPUT', []),
      builtInChain('OUTPUT', [services]),
      builtInChain('POSTROUTING', [hookJump('KUBE-POSTROUTING', 'kubernetes postrouting rules')]),
      this.#chain('KUBE-SERVICES', this.#natServices()),
      this.#chain('KUBE-NODE-PORT', this.#nodePorts()),
      this.#chain('KUBE-LOAD-BALANCER', [
        ...(ipvs.filtersRanges
          ? []
          : this.#ifAny('KUBE-LOAD-BALANCER-FW', ['dst', 'dst'], jumpByName('KUBE-FIREWALL'))),
        ...this.#ifAny('KUBE-LOAD-BALANCER-LOCAL', ['dst', 'dst'], RETURN_TARGET),
        rule(MARK_MASQ),
      ]),
      this.#chain('KUBE-POSTROUTING', this.#masquerading()),
      chainOf('KUBE-MARK-MASQ', [rule({ kind: 'mark', value: mark, mask: mark })]),
      ...(ipvs.filtersRanges ? [] : [this.#ranges('KUBE-FIREWALL', MARK_DROP)]),
      ...(layout.kubeletDrops ? [markDropChain()] : []),
    ]
  }

  #masquerading(): readonly Rule[] {
    const { masqueradeMark: mark, layout } = this.#ruleset.options
    const marked = (negated: boolean): Match => ({ kind: 'mark', value: mark, mask: mark, negated })
    const snat = comment('kubernetes service traffic requiring SNAT')
    const masquerade = (matches: readonly Match[]): Rule => rule({ kind: 'masquerade', randomFully: true }, { matches })
    const hairpins = this.#ifAny('KUBE-LOOP-BACK', ['dst', 'dst', 'src'], { kind: 'masquerade', randomFully: false })
    if (!layout.clearsMark) return [masquerade([snat, marked(false)]), ...hairpins]
    return [
      ...hairpins,
      rule(RETURN_TARGET, { matches: [marked(true)] }),
      rule({ kind: 'mark', value: mark, mask: 0 }),
      masquerade([snat]),
    ]
  }

  /** Whoever no source range lets in is dropped, or marked for it. */
  #ranges(name: string, target: Target): Chain {
    return this.#chain(name, [
      ...this.#ifAny('KUBE-LOAD-BALANCER-SOURCE-CIDR', ['dst', 'dst', 'src'], RETURN_TARGET),
      ...this.#ifAny('KUBE-LOAD-BALANCER-SOURCE-IP', ['dst', 'dst', 'src'], RETURN_TARGET),
      rule(target),
    ])
  }

  filter(): readonly Chain[] {
    const { options } = this.#ruleset
    const { ipvs, layout } = options
    const when = (is: boolean, chain: string, text: string): readonly Rule[] => (is ? [hookJump(chain, text)] : [])
    const firewall = (): readonly Rule[] => when(ipvs.filtersRanges, 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules')
    const access = 'kubernetes ipvs access filter'
    // kubelet's own jumps were there first.
    const kubelets = (): readonly Rule[] => (layout.kubeletDrops ? [rule(jumpByName('KUBE-FIREWALL'))] : [])
    return [
      builtInChain('INPUT', [
        ...when(ipvs.accessFilter, 'KUBE-IPVS-FILTER', access),
        ...firewall(),
        ...when(ipvs.healthChecks, 'KUBE-NODE-PORT', 'kubernetes health check rules'),
        ...kubelets(),
      ]),
      builtInChain('FORWARD', [...firewall(), hookJump('KUBE-FORWARD', 'kubernetes forwarding rules')]),
      builtInChain('OUTPUT', [...when(ipvs.outFilter, 'KUBE-IPVS-OUT-FILTER', access), ...kubelets()]),
      forwardChain({ ...options, dropInvalid: false }, ipvs.forwarding),
      ...(layout.kubeletDrops ? [firewallChain(options)] : []),
      ...(ipvs.healthChecks
        ? [chainOf('KUBE-NODE-PORT', [this.#setRule('KUBE-HEALTH-CHECK-NODE-PORT', ['dst'], ACCEPT_TARGET)])]
        : []),
      ...(ipvs.filtersRanges ? this.#firewall() : []),
      ...(ipvs.accessFilter ? [chainOf('KUBE-IPVS-FILTER', this.#accessRules())] : []),
      ...(ipvs.outFilter ? [this.#outFilter()] : []),
    ]
  }

  #firewall(): readonly Chain[] {
    return [
      this.#chain(
        'KUBE-PROXY-FIREWALL',
        this.#ifAny('KUBE-LOAD-BALANCER-FW', ['dst', 'dst'], jumpByName('KUBE-SOURCE-RANGES-FIREWALL')),
      ),
      this.#ranges('KUBE-SOURCE-RANGES-FIREWALL', DROP_TARGET),
    ]
  }

  #outFilter(): Chain {
    return new OutFilter(
      () => this.#outRules(),
      (address) => this.#ruleset.index.at(address).length > 0,
    )
  }

  #natServices(): readonly Rule[] {
    const { family, masqueradeAll, ipvs } = this.#ruleset.options
    const fromLoopback = rule(RETURN_TARGET, { source: { cidr: LOOPBACK[family], negated: false } })
    const external = (name: SetName): readonly Rule[] => {
      const toLocal: Match = { kind: 'addrtype', source: undefined, destination: 'LOCAL' }
      return this.#optional(name, [
        rule(ACCEPT_TARGET, { matches: [...this.#setMatch(name, ['dst', 'dst']), { kind: 'physdev' }, NOT_LOCAL] }),
        rule(ACCEPT_TARGET, { matches: [...this.#setMatch(name, ['dst', 'dst']), toLocal] }),
      ])
    }
    const internal = masqueradeAll
      ? this.#ifAny('KUBE-CLUSTER-IP', ['dst', 'dst'], MARK_MASQ)
      : this.#podTraffic === undefined
        ? this.#ifAny('KUBE-CLUSTER-IP', ['src', 'dst'], MARK_MASQ)
        : this.#ifAny('KUBE-CLUSTER-IP', ['dst', 'dst'], MARK_MASQ, notFromPods(this.#podTraffic))
    return [
      ...(ipvs.accessFilter ? [fromLoopback] : []),
      ...this.#ifAny('KUBE-LOAD-BALANCER', ['dst', 'dst'], jumpByName('KUBE-LOAD-BALANCER')),
      ...internal,
      ...this.#ifAny('KUBE-EXTERNAL-IP', ['dst', 'dst'], MARK_MASQ),
      ...external('KUBE-EXTERNAL-IP'),
      ...(ipvs.localExternals ? external('KUBE-EXTERNAL-IP-LOCAL') : []),
      rule(jumpByName('KUBE-NODE-PORT'), {
        matches: [{ kind: 'addrtype', source: undefined, destination: 'LOCAL' }],
      }),
      ...this.#accept('KUBE-CLUSTER-IP'),
      ...this.#accept('KUBE-LOAD-BALANCER'),
    ]
  }

  #nodePorts(): readonly Rule[] {
    const of = (protocol: 'tcp' | 'udp' | 'sctp', name: SetName, flags: readonly SetFlag[], target: Target) =>
      this.#ifAny(name, flags, target, { protocol })
    const spared = () => of('sctp', 'KUBE-NODE-PORT-LOCAL-SCTP-HASH', ['dst', 'dst'], RETURN_TARGET)
    const masqueraded = () => of('sctp', 'KUBE-NODE-PORT-SCTP-HASH', ['dst', 'dst'], MARK_MASQ)
    return [
      ...of('tcp', 'KUBE-NODE-PORT-LOCAL-TCP', ['dst'], RETURN_TARGET),
      ...of('tcp', 'KUBE-NODE-PORT-TCP', ['dst'], MARK_MASQ),
      ...of('udp', 'KUBE-NODE-PORT-LOCAL-UDP', ['dst'], RETURN_TARGET),
      ...of('udp', 'KUBE-NODE-PORT-UDP', ['dst'], MARK_MASQ),
      ...(this.#ruleset.options.ipvs.sctpLocalFirst
        ? [...spared(), ...masqueraded()]
        : [...masqueraded(), ...spared()]),
    ]
  }

  /** A service address is the node's own: without this its other ports would be the node's too. */
  #accessRules(): readonly Rule[] {
    const pass = (name: SetName, flags: readonly SetFlag[]): Rule =>
      rule(RETURN_TARGET, { matches: [this.#members(name, flags)] })
    const { family, ipvs } = this.#ruleset.options
    const answer = family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'
    return [
      pass('KUBE-LOAD-BALANCER', ['dst', 'dst']),
      pass('KUBE-CLUSTER-IP', ['dst', 'dst']),
      pass('KUBE-EXTERNAL-IP', ['dst', 'dst']),
      ...(ipvs.passesLocalExternals ? [pass('KUBE-EXTERNAL-IP-LOCAL', ['dst', 'dst'])] : []),
      ...(ipvs.passesHealthChecks ? [pass('KUBE-HEALTH-CHECK-NODE-PORT', ['dst'])] : []),
      rule(
        { kind: 'reject', with: answer },
        { matches: [{ kind: 'conntrack', states: ['NEW'], negated: false }, this.#members(IPVS_IPS, ['dst'])] },
      ),
    ]
  }

  /** Source ranges without the node: it may not reach the load balancer by way of itself. */
  #outRules(): readonly Rule[] {
    if (this.#set('KUBE-LOAD-BALANCER-FW').isEmpty) return []
    return this.#ruleset.unitsInOrder().flatMap(({ port }) => {
      const nodeIp = nodeAddressOrLoopback(this.#node, port.family)
      if (port.sourceRanges.length === 0 || rangesContain(port, nodeIp)) return []
      return port.loadBalancerVIPs.map((address) =>
        rule(DROP_TARGET, {
          source: { cidr: hostCidr(address), negated: false },
          matches: [{ kind: 'ipvs', protocol: PROTOCOL_NUMBERS[port.protocol], address, port: port.port }],
        }),
      )
    })
  }

  #accept(name: SetName): readonly Rule[] {
    return this.#optional(name, [rule(ACCEPT_TARGET, { matches: [this.#members(name, ['dst', 'dst'])] })])
  }

  #chain(name: string, rules: readonly Rule[]): Chain {
    return new ChainOfSets(name, rules, this.#unlessEmpty)
  }

  /** Rules that are not written while the set is empty. */
  #optional(name: SetName, rules: readonly Rule[]): readonly Rule[] {
    for (const one of rules) this.#unlessEmpty.set(one, this.#set(name))
    return rules
  }

  #ifAny(name: SetName, flags: readonly SetFlag[], target: Target, more: Partial<Rule> = {}): readonly Rule[] {
    return this.#optional(name, [this.#setRule(name, flags, target, more)])
  }

  #setRule(name: SetName, flags: readonly SetFlag[], target: Target, more: Partial<Rule> = {}): Rule {
    return rule(target, { ...more, matches: this.#setMatch(name, flags) })
  }

  #setMatch(name: SetName, flags: readonly SetFlag[]): readonly Match[] {
    return [comment(this.#set(name).about), this.#members(name, flags)]
  }

  #members(name: SetName | typeof IPVS_IPS, flags: readonly SetFlag[]): Match {
    const set = this.#set(name)
    return { kind: 'set', name: set.name, flags, set }
  }

  #set(name: SetName | typeof IPVS_IPS): IpSet {
    const set = this.#sets.get(name)
    invariant(set !== undefined, `set ${name} exists`)
    return set
  }
}

const NOT_LOCAL: Match = { kind: 'addrtype', source: 'LOCAL', destination: undefined, sourceNegated: true }

function hookJump(chain: string, text: string): Rule {
  return rule(jumpByName(chain), { matches: [comment(text)] })
}

function notFromPods({ source, inInterface }: PodTraffic): Partial<Rule> {
  if (source !== undefined) return { source: { cidr: source, negated: true } }
  return inInterface === undefined ? {} : { inInterface: { name: inInterface, negated: true } }
}
