// Looks over the rules of one node: where they lead, and what a kernel would refuse or a packet would miss, a jump to a chain that is not
// there. Costs as much as the Services that are asked about have rules; ipvs mode has a handful in all. It reads, and changes nothing.

import type { Microseconds } from '@podwire/engine'
import type { RuleTables } from '../iptables/chain.ts'
import { TABLES } from '../iptables/chain.ts'
import { NodeTables } from '../iptables/node-tables.ts'
import type { Rule, TableName } from '../iptables/rule.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import type { PortUnit } from '../iptables/port-unit.ts'
import { nftRulesOf } from '../nftables/compile-port.ts'
import type { NftTable } from '../nftables/table.ts'
import type { Statement } from '../nftables/rule.ts'
import { SyncedRules } from './synced-rules.ts'
import type { NodeView } from './node-view.ts'

export class RulesAudit {
  readonly #view: NodeView

  constructor(view: NodeView) {
    this.#view = view
  }

  /** When the node finished writing the rules it has; 0 while it has none. */
  writtenUs(): Microseconds {
    return this.#view.rulesSinceUs()
  }

  /** Endpoints that get traffic of a Service (`ns/name`), as the newest rules have them: `ip:port` by port name and protocol. */
  readyEndpoints(service: string): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, readonly string[]>()
    for (const ruleset of this.#view.profile.rulesets.values()) {
      for (const { port, endpoints } of ruleset.entry(service)?.units() ?? []) {
        const ready = endpoints.filter((endpoint) => endpoint.ready).map(({ text }) => text)
        found.set(`${port.family} ${port.portName}/${port.protocol}`, ready)
      }
    }
    return found
  }

  /** Addresses the node's rules send new connections to, of all Services. */
  endpointAddresses(): ReadonlySet<string> {
    const rules = this.#view.rules()
    const found = new Set<string>()
    // In userspace mode they lead to kube-proxy itself.
    if (!(rules instanceof SyncedRules) || rules.mode === 'userspace') return found
    for (const ruleset of rules.sync.rulesets.values()) {
      for (const unit of ruleset.units())
        for (const { address } of unit.variantFor(rules.node).categories.reachable) found.add(address)
    }
    return found
  }

  /** Jumps of these Services' rules (`ns/name`), and of the rules all share, that lead nowhere; a line each. */
  danglingJumps(services: Iterable<string>): readonly string[] {
    const rules = this.#view.rules()
    if (!(rules instanceof SyncedRules)) return []
    const keys = [...services]
    return [...rules.sync.rulesets].flatMap(([family, ruleset]) => {
      const nft = rules.nftTable(family)
      if (nft !== undefined) return nftJumps(nft, unitsOf(ruleset, keys), rules)
      const tables = rules.tables(family)
      if (tables instanceof NodeTables) return serviceJumps(tables, unitsOf(ruleset, keys))
      return tables === undefined ? [] : danglingJumps(tables)
    })
  }
}

const unitsOf = (ruleset: Ruleset, services: readonly string[]): readonly PortUnit[] =>
  services.flatMap((service) => ruleset.entry(service)?.units() ?? [])

/** Of whole tables: every jump of every chain. */
export function danglingJumps(tables: RuleTables): readonly string[] {
  return TABLES.flatMap((table) =>
    tables.chainNames(table).flatMap((name) => {
      const chain = tables.chain(table, name)
      return (chain?.rulesOnce?.() ?? chain?.rules() ?? []).flatMap((rule) => {
        const target = jumpOf(rule)
        return target === undefined || tables.chain(table, target) !== undefined ? [] : [lost(table, name, target)]
      })
    }),
  )
}

function serviceJumps(tables: NodeTables, units: readonly PortUnit[]): readonly string[] {
  return units.flatMap((unit) => {
    const rules = tables.rulesOf(unit)
    const chains = tables.chainsOf(unit)
    const own = new Set(chains.map(({ name }) => name))
    const isThere = (table: TableName, name: string): boolean =>
      (table === 'nat' && own.has(name)) || tables.chain(table, name) !== undefined
    const check = (table: TableName, chain: string, list: readonly Rule[]): readonly string[] =>
      list.flatMap((rule) => {
        const target = jumpOf(rule)
        return target === undefined || isThere(table, target) ? [] : [lost(table, chain, target)]
      })
    return [
      ...check('nat', 'KUBE-SERVICES', rules.natServices),
      ...check('nat', 'KUBE-NODEPORTS', rules.natNodePorts),
      ...check('filter', 'KUBE-SERVICES', rules.filterServices),
      ...check('filter', 'KUBE-EXTERNAL-SERVICES', rules.filterExternal),
      ...check('filter', 'KUBE-PROXY-FIREWALL', rules.filterFirewall),
      ...check('filter', 'KUBE-NODEPORTS', rules.filterNodePorts),
      ...chains.flatMap((chain) => check('nat', chain.name, chain.rulesOnce?.() ?? chain.rules())),
    ]
  })
}

function nftJumps(table: NftTable, units: readonly PortUnit[], { node }: SyncedRules): readonly string[] {
  return units.flatMap((unit) => {
    const { chains } = nftRulesOf(unit, node)
    const own = new Set(chains.map(({ name }) => name))
    return chains.flatMap(({ name, rules }) =>
      rules
        .flatMap(({ statements }) => statements.flatMap(nftTargets))
        .filter((target) => !own.has(target) && table.chain(target) === undefined)
        .map((target) => lost(table.name, name, target)),
    )
  })
}

function nftTargets(statement: Statement): readonly string[] {
  const verdicts =
    statement.kind === 'verdict' ? [statement.verdict] : statement.kind === 'numgen-vmap' ? statement.verdicts : []
  return verdicts.flatMap((verdict) => (verdict.kind === 'jump' || verdict.kind === 'goto' ? [verdict.chain] : []))
}

const jumpOf = ({ target }: Rule): string | undefined => (target.kind === 'jump' ? target.chain : undefined)

const lost = (table: string, chain: string, target: string): string => `${table}: ${chain} jumps to ${target}`
