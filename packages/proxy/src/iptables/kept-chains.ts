// What the syncs of one kube-proxy leave as an earlier one wrote it: the rules of Services that did not change, with or without
// comments as the cluster was large then or not; and, while it is large, chains that nothing leads to any more.
// Source: kubernetes pkg/proxy/iptables/proxier.go, syncProxyRules (v1.36): partial syncs, and unused chains of large clusters that are
// looked for once in a syncPeriod (30 s). Departure: all states a kube-proxy goes through are taken to come within one.

import type { Chain } from './chain.ts'
import type { NodeTables } from './node-tables.ts'
import type { PortUnit } from './port-unit.ts'
import type { Ruleset } from './ruleset.ts'

export class KeptChains {
  /** Services by `ns/name` whose rules were last written when the cluster was not as it is now. */
  readonly #otherwise: ReadonlySet<string>
  readonly #isLarge: boolean
  /** Chains nothing leads to, with their rules. */
  readonly unused: ReadonlyMap<string, Chain>

  private constructor(isLarge: boolean, otherwise: ReadonlySet<string>, unused: ReadonlyMap<string, Chain>) {
    this.#isLarge = isLarge
    this.#otherwise = otherwise
    this.unused = unused
  }

  /** The first sync writes everything. */
  static none(ruleset: Ruleset): KeptChains {
    return new KeptChains(ruleset.large, new Set(), new Map())
  }

  /**
   * @param before the tables so far, written with this
   * @param changed the Services that are written anew
   * @param isFull all are
   */
  after(before: NodeTables, next: Ruleset, changed: ReadonlySet<string>, isFull: boolean): KeptChains {
    const isLarge = next.large
    const otherwise = new Set<string>()
    if (!isFull) {
      const flipped = isLarge !== this.#isLarge
      for (const unit of next.units()) {
        const key = serviceOf(unit)
        if (!changed.has(key) && this.#otherwise.has(key) !== flipped) otherwise.add(key)
      }
    }
    return new KeptChains(isLarge, otherwise, isLarge ? this.#withChainsOf(before, changed) : new Map())
  }

  /** Whether the rules of this port were written without comments. */
  isLarge(unit: PortUnit): boolean {
    return this.#isLarge !== (this.#otherwise.size > 0 && this.#otherwise.has(serviceOf(unit)))
  }

  #withChainsOf(before: NodeTables, changed: ReadonlySet<string>): ReadonlyMap<string, Chain> {
    const chains = new Map(this.unused)
    for (const key of changed) {
      for (const unit of before.ruleset.entry(key)?.units() ?? []) {
        for (const chain of before.chainsOf(unit)) chains.set(chain.name, chain)
      }
    }
    return chains
  }
}

/** `ns/name` */
function serviceOf({ port }: PortUnit): string {
  const colon = port.name.indexOf(':')
  return colon < 0 ? port.name : port.name.slice(0, colon)
}
