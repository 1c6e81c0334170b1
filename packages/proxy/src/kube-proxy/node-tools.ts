// What the tools of a node print: iptables-save, iptables -L, nft list, conntrack -L. They read the rules in force and the state
// of the node's data plane at this moment, and change nothing.

import { SECOND, type Clock, type Microseconds } from '@podwire/engine'
import type { ConnectionTable } from '../conntrack/connection-table.ts'
import { conntrackList } from '../conntrack/print.ts'
import type { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { RuleTables } from '../iptables/chain.ts'
import { iptablesList } from '../iptables/list.ts'
import { parseIptablesSave } from '../iptables/parse.ts'
import { iptablesSave, type Counters } from '../iptables/print.ts'
import type { TableName } from '../iptables/rule.ts'
import { IpvsState } from '../ipvs/ipvs-state.ts'
import type { NodeIpvs } from '../ipvs/node-ipvs.ts'
import type { IpSet } from '../ipvs/ip-set.ts'
import { ipsetList } from '../ipvs/ipset-text.ts'
import { Ipvsadm } from '../ipvs/ipvsadm.ts'
import type { ToolAnswer } from '../tools/tool-answer.ts'
import { durationText, nftListTable } from '../nftables/print.ts'
import type { NftElement, NftSet, NftTable } from '../nftables/table.ts'
import type { NodeView } from './node-view.ts'
import { SyncedRules } from './synced-rules.ts'

const NO_COUNTERS: Counters = new Map()
const FAMILIES: readonly IpFamily[] = ['ipv4', 'ipv6']

export class NodeTools {
  readonly #view: NodeView
  readonly #plane: NodeDataPlane | undefined
  readonly #clock: Clock

  constructor(view: NodeView, plane: NodeDataPlane | undefined, clock: Clock) {
    this.#view = view
    this.#plane = plane
    this.#clock = clock
  }

  /** The iptables rules in force; undefined before the first sync, and in nftables mode. */
  tables(family: IpFamily = 'ipv4'): RuleTables | undefined {
    return this.#rules()?.tables(family)
  }

  /** `iptables-save` (`ip6tables-save`); empty before the node's first sync, and in modes that write no iptables rules. */
  iptablesSave(options: { readonly family?: IpFamily; readonly counters?: boolean } = {}): string {
    const tables = this.tables(options.family)
    if (tables === undefined) return ''
    return options.counters === true ? iptablesSave(tables, this.counters()) : iptablesSave(tables)
  }

  /** What rules have counted; nothing where no packets go through the node or nobody counts. */
  counters(): Counters {
    return this.#plane?.counters ?? NO_COUNTERS
  }

  /** `iptables -t TABLE -L -n`; where nobody wrote rules, the built-in chains alone. */
  iptablesList(table: TableName, family?: IpFamily): string {
    return iptablesList(this.tables(family) ?? parseIptablesSave(''), table, family)
  }

  /** kube-proxy's table, in nftables mode. */
  nftTable(family: IpFamily): NftTable | undefined {
    return this.#rules()?.nftTable(family)
  }

  /** A table, or a part of one, as nft lists it: dynamic sets as they are now. */
  nftText(table: NftTable): string {
    return nftListTable(table, (set) => this.#affinityElements(set))
  }

  /** `nft list table ip kube-proxy`; undefined: there is no such table. */
  nftListTable(family: IpFamily = 'ipv4'): string | undefined {
    const table = this.nftTable(family)
    return table === undefined ? undefined : this.nftText(table)
  }

  /** `nft list ruleset`. Departure: what iptables-nft keeps in tables of its own is not shown. */
  nftListRuleset(): string {
    return FAMILIES.map((family) => this.nftListTable(family) ?? '').join('')
  }

  /** ipvsadm with these arguments, which may change the tables. @param stdin what `-R` reads */
  ipvsadm(argv: readonly string[], stdin = ''): ToolAnswer {
    return new Ipvsadm(this.#ipvs(), this.#plane?.ipvs ?? new IpvsState(), this.#clock.now()).run(argv, stdin)
  }

  /** `ipvsadm -Ln` */
  ipvsadmList(): string {
    return this.ipvsadm(['-Ln']).stdout
  }

  /** The ipsets of ipvs mode, by name. */
  ipsets(): readonly IpSet[] {
    return this.#ipvs().flatMap((ipvs) => ipvs.sets())
  }

  /** `ipset list [NAME]`; undefined: no set has that name. */
  ipsetList(options: { readonly name?: string; readonly terse?: boolean } = {}): string | undefined {
    const { name, terse = false } = options
    const sets = this.ipsets().filter((set) => name === undefined || set.name === name)
    if (name !== undefined && sets.length === 0) return undefined
    return ipsetList(
      sets,
      this.#ipvs().map(({ tables }) => tables),
      terse,
    )
  }

  #ipvs(): readonly NodeIpvs[] {
    this.#plane?.rulesInForce()
    const rules = this.#rules()
    return FAMILIES.flatMap((family) => rules?.ipvs(family) ?? [])
  }

  /** `conntrack -L -f FAMILY`; undefined while nobody sends packets through the node. */
  conntrackList(family: IpFamily = 'ipv4'): string {
    const plane = this.#plane
    if (plane === undefined) return ''
    // Entries that newer rules made stale go first.
    plane.rulesInForce()
    return conntrackList(plane.conntrack, this.#clock.now(), family)
  }

  /** The connection table, without entries that newer rules made stale; undefined while no packets go through the node. */
  connections(): ConnectionTable | undefined {
    this.#plane?.rulesInForce()
    return this.#plane?.conntrack
  }

  nowUs(): Microseconds {
    return this.#clock.now()
  }

  #rules(): SyncedRules | undefined {
    const rules = this.#view.rules()
    return rules instanceof SyncedRules ? rules : undefined
  }

  /** Clients that are remembered, with the time they have left. */
  #affinityElements({ name, timeoutSeconds = 0 }: NftSet): readonly NftElement[] {
    const nowUs = this.#clock.now()
    return (this.#plane?.recent.entries(name) ?? []).flatMap(({ source, seenUs }) => {
      const leftUs = seenUs + timeoutSeconds * SECOND - nowUs
      return leftUs <= 0 ? [] : [{ key: source, expires: durationText(leftUs) }]
    })
  }
}
