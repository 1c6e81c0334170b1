// The rules of the whole cluster at one moment, for one address family: an immutable value shared by all nodes. What a node sees of
// it is a NodeTables. A change of one Service makes a new Ruleset that shares everything else.

import { SharedMap } from '../services/shared-map.ts'
import type { Chain } from './chain.ts'
import { fixedChains, type FixedChains } from './fixed-chains.ts'
import { LARGE_CLUSTER_ENDPOINTS, type IptablesOptions } from './options.ts'
import { PortIndex, type PortChange, type PortRef } from './port-index.ts'
import { podTrafficOf, type PodTraffic, type PortUnit } from './port-unit.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import type { ServiceInput } from '../services/service-inputs.ts'
import { ServiceEntry } from './service-entry.ts'
import { Ways } from './ways.ts'

export class Ruleset {
  readonly options: IptablesOptions
  readonly fixed: FixedChains
  readonly index: PortIndex
  readonly #entries: SharedMap<ServiceEntry>
  readonly #endpointsAtMost: number
  #large: boolean | undefined
  #ways: Ways | undefined

  private constructor(
    options: IptablesOptions,
    fixed: FixedChains,
    entries: SharedMap<ServiceEntry>,
    index: PortIndex,
    endpointsAtMost: number,
  ) {
    this.options = options
    this.fixed = fixed
    this.#entries = entries
    this.index = index
    this.#endpointsAtMost = endpointsAtMost
  }

  static empty(options: IptablesOptions): Ruleset {
    return new Ruleset(options, fixedChains(options), SharedMap.empty(), PortIndex.empty(), 0)
  }

  /** The next version. Keys are `ns/name`; undefined: the Service is gone. */
  with(changes: ReadonlyMap<string, ServiceInput | undefined>): Ruleset {
    const entries = new Map<string, ServiceEntry | undefined>()
    const ports: PortChange[] = []
    let atMost = this.#endpointsAtMost
    for (const [key, input] of changes) {
      const before = this.#entries.get(key)
      const after = input === undefined ? undefined : this.#entry(key, input, before)
      entries.set(key, after)
      atMost += (after?.endpointsAtMost ?? 0) - (before?.endpointsAtMost ?? 0)
      // Endpoints do not move a service port: then the index stays as it is.
      if (after?.ports !== before?.ports)
        ports.push({ entry: key, before: before?.ports ?? [], after: after?.ports ?? [] })
    }
    const index = ports.length === 0 ? this.index : this.index.with(ports)
    return new Ruleset(this.options, this.fixed, this.#entries.with(entries), index, atMost)
  }

  entry(key: string): ServiceEntry | undefined {
    return this.#entries.get(key)
  }

  unit(ref: PortRef): PortUnit | undefined {
    return this.#entries.get(ref.entry)?.units()[ref.place]
  }

  /** The shortest way from an address to its service ports. */
  get ways(): Ways {
    return (this.#ways ??= new Ways(this))
  }

  get serviceCount(): number {
    return this.#entries.size
  }

  /** All service ports, in no useful order. */
  *units(): IterableIterator<PortUnit> {
    for (const entry of this.#entries.values()) yield* entry.units()
  }

  /** All service ports, ordered by name, then protocol. */
  unitsInOrder(): readonly PortUnit[] {
    return [...this.units()].sort((a, b) => {
      const [x, y] = [a.port, b.port]
      if (x.name !== y.name) return x.name < y.name ? -1 : 1
      return x.protocol < y.protocol ? -1 : x.protocol > y.protocol ? 1 : 0
    })
  }

  /** Large clusters do without comments on endpoint rules. */
  get large(): boolean {
    if (this.#endpointsAtMost <= LARGE_CLUSTER_ENDPOINTS) return false
    return (this.#large ??= this.#countEndpoints() > LARGE_CLUSTER_ENDPOINTS)
  }

  /** Matches traffic of a node's own pods. */
  podTraffic(node: NodeFacts): PodTraffic | undefined {
    return podTrafficOf(this.options, node)
  }

  get markMasquerade(): Chain {
    return this.fixed.markMasquerade
  }

  #entry(key: string, input: ServiceInput, before: ServiceEntry | undefined): ServiceEntry {
    return new ServiceEntry(key, input, this.options, this.fixed.markMasquerade, before)
  }

  #countEndpoints(): number {
    let count = 0
    for (const entry of this.#entries.values()) {
      count += entry.endpointCount()
      if (count > LARGE_CLUSTER_ENDPOINTS) break
    }
    return count
  }
}
