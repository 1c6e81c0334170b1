// kube-proxy on one node with no cluster around it: given objects, the rules it would write, as text and as hooks a data plane
// can walk. Given further objects it goes on from there, as the running program does, so that what a change leaves behind shows:
// nftables mode empties chains it no longer uses and deletes them with its next sync.
// In large clusters iptables mode keeps chains it no longer uses, and writes comments or none as the cluster was when a Service changed.
// Departure: states are taken to be more than a second apart, which is how long emptied chains are kept at least, and all of them within
// half a minute.

import type { EndpointSlice, Node, Service } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { familyOf } from '../addresses/ip.ts'
import type { Connection } from '../conntrack/connection.ts'
import type { HookRules } from '../dataplane/hook-rules.ts'
import type { NodeRules } from '../dataplane/node-rules.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import { KeptChains } from '../iptables/kept-chains.ts'
import { NodeTables } from '../iptables/node-tables.ts'
import { iptablesSave } from '../iptables/print.ts'
import { Ruleset } from '../iptables/ruleset.ts'
import { printIpvs } from '../ipvs/compile.ts'
import { nftListTable } from '../nftables/print.ts'
import { nodeFactsOf, type NodeFacts } from '../services/node-facts.ts'
import { watchedServices, type WatchedService } from '../services/service-inputs.ts'
import { resolveOptions, type KubeProxyOptions, type ResolvedOptions } from './options.ts'
import { changedInputs } from './changed-inputs.ts'
import type { Sync } from './history.ts'
import { SyncedRules } from './synced-rules.ts'

/** What kube-proxy sees of a cluster at one moment. */
export interface ClusterState {
  readonly services: readonly Service[]
  readonly slices: readonly EndpointSlice[]
  /** The Node now, as far as a running kube-proxy looks at it: its zone. Absent: as it was. */
  readonly node?: Node
}

export interface RulesRunOptions {
  /** The Node kube-proxy runs on. */
  readonly node: Node
  /** kube-proxy's flags. */
  readonly options?: KubeProxyOptions
  /** Addresses of all the node's interfaces; default: loopback, the Node's internal addresses and --bind-address. */
  readonly interfaceAddresses?: readonly string[]
}

export class RulesRun implements NodeRules {
  readonly #options: ResolvedOptions
  #node: NodeFacts
  readonly #families = new Map<IpFamily, SyncedRules>()
  #watched: ReadonlyMap<string, WatchedService> = new Map()
  #syncs = 0

  /** Has the rules of an empty cluster until `sync`. @throws PodwireError when an option asks for what is not simulated */
  constructor({ node, options = {}, interfaceAddresses }: RulesRunOptions) {
    this.#options = resolveOptions(options)
    this.#node = nodeFactsOf(node, interfaceAddresses, this.#options.bindAddress)
    checkPodCidrs(this.#node, options)
    for (const [family, resolved] of this.#options.families) {
      const rulesets = new Map([[family, Ruleset.empty(resolved)]])
      this.#families.set(family, this.#synced(rulesets, {}))
    }
  }

  get families(): readonly IpFamily[] {
    return [...this.#families.keys()]
  }

  /** The next state of the cluster. A family that nothing of it concerns is not synced, as upstream. */
  sync({ services, slices, node }: ClusterState): void {
    const watched = watchedServices(services, slices)
    const before = this.#node
    const zone = node === undefined ? before.zone : nodeFactsOf(node).zone
    const isMoved = zone !== before.zone
    if (isMoved) this.#node = { ...before, zone }
    for (const [family, rules] of this.#families) {
      const ruleset = rules.sync.rulesets.get(family)
      if (ruleset === undefined) continue
      const changes = changedInputs(this.#watched, watched, family, ruleset.options.layout)
      if (changes.size === 0 && !isMoved && this.#syncs > 0) continue
      // Elsewhere every Service may lead elsewhere.
      const changed = new Set(isMoved ? [...watched.keys(), ...this.#watched.keys()] : changes.keys())
      const next = ruleset.with(changes)
      const isFull = isMoved || this.#syncs === 0
      const more = {
        previous: this.#syncs === 0 ? undefined : rules.sync.rulesets,
        changed,
        previousNode: before,
        ...keptOf(rules, family, next, changed, isFull),
      }
      this.#families.set(family, this.#synced(new Map([[family, next]]), more))
    }
    this.#watched = watched
    this.#syncs++
  }

  hooks(family: IpFamily): HookRules | undefined {
    return this.#families.get(family)?.hooks(family)
  }

  get udpGeneration(): number {
    return this.#syncs
  }

  isStale(connection: Connection): boolean {
    return this.#families.get(connection.family)?.isStale(connection) ?? false
  }

  /**
   * The rules as the node's own tools print them: `iptables-save`, `nft list table`; in ipvs mode also `ipset save` and
   * `ipvsadm -S -n`, each under a comment with its name. Empty for a family kube-proxy does not serve.
   */
  text(family: IpFamily): string {
    const rules = this.#families.get(family)
    const nft = rules?.nftTable(family)
    if (nft !== undefined) return nftListTable(nft, () => [])
    const tables = rules?.tables(family)
    if (tables === undefined) return ''
    const ipvs = rules?.ipvs(family)
    return ipvs === undefined ? iptablesSave(tables) : printIpvs(ipvs)
  }

  #synced(rulesets: ReadonlyMap<IpFamily, Ruleset>, more: Partial<Sync>): SyncedRules {
    const sync = { number: this.#syncs, startUs: 0, rulesets, udpGeneration: this.#syncs }
    return new SyncedRules(
      { ...sync, previous: undefined, changed: new Set(), options: this.#options, ...more },
      this.#node,
    )
  }
}

/** Source: kubernetes cmd/kube-proxy/app/server.go, checkBadIPConfig. */
function checkPodCidrs({ name, addresses, podCIDRs }: NodeFacts, { detectLocalMode }: KubeProxyOptions): void {
  const [primary = ''] = addresses
  const family = familyOf(primary)
  if (detectLocalMode !== 'NodeCIDR' || podCIDRs.length === 0) return
  if (podCIDRs.some((cidr) => cidr.family === family)) return
  const [ours, theirs] = family === 'ipv4' ? ['IPv4', 6] : ['IPv6', 4]
  throw new PodwireError(
    'start kube-proxy',
    `cluster is ${ours}-primary but node.spec.podCIDRs of ${name} contains only IPv${theirs} addresses`,
    'Give the Node a range of that family, or kube-proxy another detectLocalMode.',
  )
}

/** What a sync of iptables mode leaves as it was. */
function keptOf(
  rules: SyncedRules,
  family: IpFamily,
  next: Ruleset,
  changed: ReadonlySet<string>,
  isFull: boolean,
): Pick<Sync, 'kept'> {
  const tables = rules.tables(family)
  if (rules.mode !== 'iptables' || !(tables instanceof NodeTables)) return {}
  const { kept } = rules.sync
  return { kept: kept === undefined ? KeptChains.none(next) : kept.after(tables, next, changed, isFull) }
}
