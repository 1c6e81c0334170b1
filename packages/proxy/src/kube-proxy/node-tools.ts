// What the tools of a node print: iptables-save, iptables -L, nft list, conntrack -L. They read the rules in force and the state
// of the node's data plane at this moment, and change nothing.

import { PodwireError, SECOND, type Clock } from '@podwire/engine'
import { conntrackList } from '../conntrack/print.ts'
import type { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { RuleTables } from '../iptables/chain.ts'
import { iptablesList } from '../iptables/list.ts'
import { parseIptablesSave } from '../iptables/parse.ts'
import { iptablesSave } from '../iptables/print.ts'
import type { TableName } from '../iptables/rule.ts'
import { IpvsState } from '../ipvs/ipvs-state.ts'
import type { NodeIpvs } from '../ipvs/node-ipvs.ts'
import { ipsetList, ipvsadmList } from '../ipvs/print.ts'
import { durationText, nftListTable } from '../nftables/print.ts'
import type { NftElement, NftSet, NftTable } from '../nftables/table.ts'
import type { NodeView } from './node-view.ts'
import { SyncedRules } from './synced-rules.ts'

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

  /** `iptables-save` (`ip6tables-save`); empty before the node's first sync, and in modes that write no iptables rules. */
  iptablesSave(options: { readonly family?: IpFamily; readonly counters?: boolean } = {}): string {
    const tables = this.#tables(options.family)
    if (tables === undefined) return ''
    if (options.counters !== true) return iptablesSave(tables)
    const counters = this.#plane?.counters
    if (counters !== undefined) return iptablesSave(tables, counters)
    throw new PodwireError(
      'print iptables-save -c',
      `node ${this.#view.nodeName} does not count packets`,
      'Make its data plane with { counters: true }.',
    )
  }

  /** `iptables -t TABLE -L -n`; where nobody wrote rules, the built-in chains alone. */
  iptablesList(table: TableName, family?: IpFamily): string {
    return iptablesList(this.#tables(family) ?? parseIptablesSave(''), table, family)
  }

  /** `nft list table ip kube-proxy`; undefined: there is no such table. */
  nftListTable(family: IpFamily = 'ipv4'): string | undefined {
    const table = this.#rules()?.nftTable(family)
    return table === undefined ? undefined : this.#nftText(table)
  }

  /** `nft list ruleset`. Departure: what iptables-nft keeps in tables of its own is not shown. */
  nftListRuleset(): string {
    return FAMILIES.map((family) => this.nftListTable(family) ?? '').join('')
  }

  /** `ipvsadm -Ln` */
  ipvsadmList(): string {
    return ipvsadmList(this.#ipvs(), this.#plane?.ipvs ?? new IpvsState(), this.#clock.now())
  }

  /**
   * `ipvsadm -D`: deletes a virtual server. kube-proxy brings it back with its next sync, which comes within the sync period.
   * @param key `tcp 10.96.0.10:53`
   * @returns false when there is none
   */
  ipvsadmDelete(key: string): boolean {
    const rules = this.#rules()
    const state = this.#plane?.ipvs
    const nowUs = this.#clock.now()
    for (const ipvs of this.#ipvs()) {
      const spec = ipvs.virtualServers().get(key)
      if (spec === undefined || rules === undefined || state === undefined) continue
      if (state.isDeleted(key, spec, nowUs)) return false
      const { syncPeriodUs } = rules.sync.options
      // Periodic syncs come a period after the last one.
      const periods = Math.floor((nowUs - rules.sync.startUs) / syncPeriodUs) + 1
      state.delete(key, spec, rules.sync.startUs + periods * syncPeriodUs)
      return true
    }
    return false
  }

  /** `ipset list [NAME]`; undefined: no set has that name. */
  ipsetList(name?: string): string | undefined {
    return ipsetList(this.#ipvs(), name)
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

  #rules(): SyncedRules | undefined {
    const rules = this.#view.rules()
    return rules instanceof SyncedRules ? rules : undefined
  }

  #tables(family: IpFamily = 'ipv4'): RuleTables | undefined {
    return this.#rules()?.tables(family)
  }

  #nftText(table: NftTable): string {
    return nftListTable(table, (set) => this.#affinityElements(set))
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
