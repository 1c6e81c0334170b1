// The rules one node has after one sync, as its data plane and its tools see them, in the mode kube-proxy ran in; and which UDP
// connections that sync makes stale. Nothing is compiled before somebody asks.
// Source: kubernetes pkg/proxy/conntrack/cleanup.go (v1.33 to v1.36): a port without serving endpoints is left alone.

import type { Connection } from '../conntrack/connection.ts'
import type { HookRules } from '../dataplane/hook-rules.ts'
import type { NodeRules } from '../dataplane/node-rules.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { RuleTables } from '../iptables/chain.ts'
import { IptablesHooks } from '../iptables/iptables-hooks.ts'
import { NodeTables } from '../iptables/node-tables.ts'
import type { PortRef } from '../iptables/port-index.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import { NodeIpvs, type ProxyProcessTimes } from '../ipvs/node-ipvs.ts'
import { NodeNftTable } from '../nftables/node-table.ts'
import { NftablesHooks } from '../nftables/nftables-hooks.ts'
import type { NftTable } from '../nftables/table.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import { compileUserspace } from '../userspace/portal-tables.ts'
import type { Sync } from './history.ts'
import type { ProxyMode } from './options.ts'

/** One address family's rules, as text tools and hooks want them. */
interface FamilyRules {
  readonly hooks: HookRules
  readonly tables?: RuleTables
  readonly nft?: NftTable
  readonly ipvs?: NodeIpvs
}

export class SyncedRules implements NodeRules {
  readonly sync: Sync
  readonly node: NodeFacts
  readonly #families = new Map<IpFamily, FamilyRules>()

  readonly #process: ProxyProcessTimes | undefined

  constructor(sync: Sync, node: NodeFacts, process?: ProxyProcessTimes) {
    this.sync = sync
    this.node = node
    this.#process = process
  }

  get mode(): ProxyMode {
    return this.sync.options.mode
  }

  get udpGeneration(): number {
    return this.sync.udpGeneration
  }

  hooks(family: IpFamily): HookRules | undefined {
    return this.#family(family)?.hooks
  }

  /** Of modes that write iptables rules. */
  tables(family: IpFamily): RuleTables | undefined {
    return this.#family(family)?.tables
  }

  /** Of nftables mode. */
  nftTable(family: IpFamily): NftTable | undefined {
    return this.#family(family)?.nft
  }

  /** Of ipvs mode. */
  ipvs(family: IpFamily): NodeIpvs | undefined {
    return this.#family(family)?.ipvs
  }

  isStale(connection: Connection): boolean {
    const ruleset = this.sync.rulesets.get(connection.family)
    // In userspace mode an entry leads to the proxy, whatever the endpoints.
    if (ruleset === undefined || this.mode === 'userspace') return false
    const { destination, destinationPort } = connection
    const serving =
      servingAt(ruleset, ruleset.index.at(destination), destinationPort) ??
      servingAt(ruleset, ruleset.index.nodePort('udp', destinationPort), destinationPort)
    if (serving === undefined) return false
    const { replySource, replySourcePort } = connection
    return !serving.some((endpoint) => endpoint.address === replySource && endpoint.port === replySourcePort)
  }

  #family(family: IpFamily): FamilyRules | undefined {
    const ruleset = this.sync.rulesets.get(family)
    if (ruleset === undefined) return undefined
    let rules = this.#families.get(family)
    if (rules === undefined) {
      rules = this.#compile(family, ruleset)
      this.#families.set(family, rules)
    }
    return rules
  }

  #compile(family: IpFamily, ruleset: Ruleset): FamilyRules {
    switch (this.mode) {
      case 'nftables':
        return this.#nftables(family, ruleset)
      case 'ipvs':
        return this.#ipvs(ruleset)
      case 'userspace':
        return this.#userspace(ruleset)
      case 'iptables':
        return this.#iptables(ruleset)
    }
  }

  #ipvs(ruleset: Ruleset): FamilyRules {
    const { ipvsScheduler: scheduler, ipvsExcluded: excluded, ipvsTimeouts: timeouts } = this.sync.options
    const process = this.#process
    const ipvs = new NodeIpvs(ruleset, this.node, {
      scheduler,
      excluded,
      timeouts,
      ...(process === undefined ? {} : { process }),
    })
    return { hooks: ipvs, tables: ipvs.tables, ipvs }
  }

  #userspace(ruleset: Ruleset): FamilyRules {
    const tables = compileUserspace(ruleset, this.node, this.sync.options.userspace)
    return { hooks: new IptablesHooks(tables), tables }
  }

  #iptables(ruleset: Ruleset): FamilyRules {
    const tables = new NodeTables(ruleset, this.node, this.sync.kept)
    return { hooks: new IptablesHooks(tables), tables }
  }

  #nftables(family: IpFamily, ruleset: Ruleset): FamilyRules {
    const { options, previous, previousNode = this.node, changed } = this.sync
    const nft: NodeNftTable = new NodeNftTable(ruleset, this.node, {
      serviceCidrs: options.serviceCidrs.get(family) ?? [],
      staleChains: () => {
        const before = previous?.get(family)
        return [...changed].flatMap((key) => nft.chainNamesOf(before?.entry(key)?.units() ?? [], previousNode))
      },
    })
    return { hooks: new NftablesHooks(nft, (name, packet) => nft.chainFor(name, packet)), nft }
  }
}

type ServingEndpoints = readonly { readonly address: string; readonly port: number }[]

/** The endpoints a UDP entry may lead to; undefined when no port with serving endpoints is there. */
function servingAt(ruleset: Ruleset, refs: readonly PortRef[], port: number): ServingEndpoints | undefined {
  for (const ref of refs) {
    if (ref.protocol !== 'udp' || ref.port !== port) continue
    const serving = ruleset.unit(ref)?.endpoints.filter((endpoint) => endpoint.serving) ?? []
    if (serving.length > 0) return serving
  }
  return undefined
}
