// The tables of one node: the cluster's ruleset seen with that node's facts. Light to make; chains of services are compiled
// when a packet or a reader comes to them. Shared chains are indexed: a packet meets only rules that can match it.

import { cidrOf, hostCidr } from '../addresses/cidr.ts'
import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import { isLoopback, nodePortIps, type NodeFacts } from '../services/node-facts.ts'
import type { Chain, RuleTables } from './chain.ts'
import type { PortRules } from './compile-port.ts'
import type { KeptChains } from './kept-chains.ts'
import type { PortRef } from './port-index.ts'
import type { PortUnit } from './port-unit.ts'
import { inSaveOrder } from './print.ts'
import { comment, jumpByName, rule, type Rule, type TableName } from './rule.ts'
import type { Ruleset } from './ruleset.ts'
import { Shortcuts } from './shortcuts.ts'
import type { Shortcut } from './ways.ts'

/** The lists of a service port's rules that go to shared chains. */
type SharedPart =
  'natServices' | 'natNodePorts' | 'filterServices' | 'filterExternal' | 'filterFirewall' | 'filterNodePorts'

const NO_RULES: readonly Rule[] = []

export class NodeTables implements RuleTables {
  readonly ruleset: Ruleset
  readonly node: NodeFacts
  readonly #kept: KeptChains | undefined
  #nat: ReadonlyMap<string, Chain> | undefined
  #filter: ReadonlyMap<string, Chain> | undefined
  #owned: ReadonlyMap<string, Chain> | undefined
  #shortcuts: Shortcuts | undefined

  /** @param kept what earlier syncs left; absent: all rules are as this one writes them */
  constructor(ruleset: Ruleset, node: NodeFacts, kept?: KeptChains) {
    this.ruleset = ruleset
    this.node = node
    this.#kept = kept
  }

  chain(table: TableName, name: string): Chain | undefined {
    if (table === 'filter') return this.#filterChains().get(name)
    if (table !== 'nat') return this.#fixed(table).get(name)
    return this.#natChains().get(name) ?? this.#ownedChains().get(name)
  }

  chainNames(table: TableName): readonly string[] {
    if (table === 'filter') return inSaveOrder(table, this.#filterChains().keys())
    return inSaveOrder(
      table,
      table === 'nat' ? [...this.#natChains().keys(), ...this.#ownedChains().keys()] : this.#fixed(table).keys(),
    )
  }

  shortcut(table: 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation): Shortcut {
    return (this.#shortcuts ??= new Shortcuts(this)).decide(table, hook, packet, run)
  }

  rulesOf(unit: PortUnit): PortRules {
    return unit.rulesFor(this.node, this.#isLarge(unit))
  }

  /** The chains that belong to a port, its endpoints' too. */
  chainsOf(unit: PortUnit): readonly Chain[] {
    const { chains, reachable } = this.rulesOf(unit)
    const large = this.#isLarge(unit)
    return [...chains, ...reachable.map((endpoint) => unit.endpointChain(endpoint, large))]
  }

  #isLarge(unit: PortUnit): boolean {
    return this.#kept === undefined ? this.ruleset.large : this.#kept.isLarge(unit)
  }

  /** Made for who walks or reads: many versions of the rules are only asked for the shortest way. */
  #filterChains(): ReadonlyMap<string, Chain> {
    if (this.#filter !== undefined) return this.#filter
    const { ruleset } = this
    const { healthChecks, firewall } = ruleset.options.layout.hooks
    const atDestination = this.#atDestination
    this.#filter = withFixed(ruleset, 'filter', [
      new SharedChain('KUBE-SERVICES', this, 'filterServices', [atDestination], NO_RULES),
      new SharedChain('KUBE-EXTERNAL-SERVICES', this, 'filterExternal', [atDestination, this.#atNodePort], NO_RULES),
      ...(firewall ? [new SharedChain('KUBE-PROXY-FIREWALL', this, 'filterFirewall', [atDestination], NO_RULES)] : []),
      ...(healthChecks
        ? [new SharedChain('KUBE-NODEPORTS', this, 'filterNodePorts', [this.#atHealthPort], NO_RULES)]
        : []),
    ])
    return this.#filter
  }

  #natChains(): ReadonlyMap<string, Chain> {
    const { ruleset, node } = this
    return (this.#nat ??= withFixed(ruleset, 'nat', [
      new SharedChain('KUBE-SERVICES', this, 'natServices', [this.#atDestination], nodePortJumps(ruleset, node)),
      new SharedChain('KUBE-NODEPORTS', this, 'natNodePorts', [this.#atNodePort], NO_RULES),
    ]))
  }

  readonly #atDestination = (packet: Packet): readonly PortRef[] => this.ruleset.index.at(packet.destination)
  readonly #atNodePort = (packet: Packet): readonly PortRef[] =>
    this.ruleset.index.nodePort(packet.protocol, packet.destinationPort)
  readonly #atHealthPort = (packet: Packet): readonly PortRef[] =>
    packet.protocol === 'tcp' ? this.ruleset.index.healthCheckNodePort(packet.destinationPort) : []

  #fixed(table: TableName): ReadonlyMap<string, Chain> {
    return this.ruleset.fixed.tables.get(table) ?? new Map()
  }

  /** Every chain that belongs to a service port. Computed for readers; packets follow the jumps. */
  #ownedChains(): ReadonlyMap<string, Chain> {
    if (this.#owned !== undefined) return this.#owned
    const owned = new Map<string, Chain>(this.#kept?.unused)
    for (const unit of this.ruleset.unitsInOrder()) {
      for (const chain of this.chainsOf(unit)) owned.set(chain.name, chain)
    }
    this.#owned = owned
    return owned
  }
}

function withFixed({ fixed }: Ruleset, table: TableName, shared: readonly Chain[]): ReadonlyMap<string, Chain> {
  const chains = new Map(fixed.tables.get(table))
  for (const chain of shared) chains.set(chain.name, chain)
  return chains
}

/** A chain every service port may add rules to, in the order of the ports' names; then rules of its own. */
class SharedChain implements Chain {
  readonly name: string
  readonly policy = undefined
  readonly ladderStart = -1
  readonly select: (packet: Packet) => readonly Rule[]
  readonly #tables: NodeTables
  readonly #part: SharedPart
  readonly #tail: readonly Rule[]
  #rules: readonly Rule[] | undefined

  constructor(
    name: string,
    tables: NodeTables,
    part: SharedPart,
    lookups: readonly ((packet: Packet) => readonly PortRef[])[],
    tail: readonly Rule[],
  ) {
    this.name = name
    this.#tables = tables
    this.#part = part
    this.#tail = tail
    const select = (packet: Packet): readonly Rule[] => this.#select(packet, lookups)
    this.select = select
  }

  rules(): readonly Rule[] {
    if (this.#rules !== undefined) return this.#rules
    const { ruleset } = this.#tables
    const all = ruleset.unitsInOrder().flatMap((unit) => this.#tables.rulesOf(unit)[this.#part])
    this.#rules = [...all, ...this.#tail]
    return this.#rules
  }

  #select(packet: Packet, lookups: readonly ((packet: Packet) => readonly PortRef[])[]): readonly Rule[] {
    let first: PortRef | undefined
    let more: PortRef[] | undefined
    for (const lookup of lookups) {
      for (const ref of lookup(packet)) {
        if (ref.port !== packet.destinationPort || ref.protocol !== packet.protocol) {
          // A health-check port is TCP whatever the service port speaks.
          if (this.#part !== 'filterNodePorts') continue
        }
        if (first === undefined) first = ref
        else (more ??= [first]).push(ref)
      }
    }
    if (first === undefined) return this.#tail
    if (more === undefined) return this.#withTail(this.#rulesAt(first))
    const ordered = [...new Set(more)].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    return this.#withTail([...new Set(ordered.flatMap((ref) => this.#rulesAt(ref)))])
  }

  #rulesAt(ref: PortRef): readonly Rule[] {
    const unit = this.#tables.ruleset.unit(ref)
    return unit === undefined ? NO_RULES : this.#tables.rulesOf(unit)[this.#part]
  }

  #withTail(rules: readonly Rule[]): readonly Rule[] {
    if (this.#tail.length === 0) return rules
    return rules.length === 0 ? this.#tail : [...rules, ...this.#tail]
  }
}

const NODE_PORTS_TEXT = 'kubernetes service nodeports; NOTE: this must be the last rule in this chain'
const LOOPBACK = { ipv4: cidrOf('127.0.0.0/8'), ipv6: cidrOf('::1/128') }

/** The last rules of nat KUBE-SERVICES: on to the node ports. */
function nodePortJumps({ options }: Ruleset, node: NodeFacts): readonly Rule[] {
  const target = jumpByName('KUBE-NODEPORTS')
  const { family, layout } = options
  const servesLoopback = options.localhostNodePorts || !layout.sparesLoopback
  const addresses = nodePortIps(node, family, options.nodePortAddresses)
  if (addresses === undefined) {
    const matches = [comment(NODE_PORTS_TEXT), { kind: 'addrtype', source: undefined, destination: 'LOCAL' } as const]
    if (servesLoopback) return [rule(target, { matches })]
    return [rule(target, { destination: { cidr: LOOPBACK[family], negated: true }, matches })]
  }
  const served = addresses.filter((address) => servesLoopback || !isLoopback(address))
  return served.map((address) =>
    rule(target, { destination: { cidr: hostCidr(address), negated: false }, matches: [comment(NODE_PORTS_TEXT)] }),
  )
}
