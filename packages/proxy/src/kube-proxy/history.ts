// Which rules were written when. One schedule for the cluster (all nodes see the same changes at nearly the same time), and each
// node's own lag behind it: a pure function of node and sync, looked up when a packet asks. Source: kubernetes
// pkg/util/async and pkg/proxy/runner (v1.34+): at once when idle, else minSyncPeriod after the end of the previous run.
// Departure: before 1.34 two changes in a row synced at once (a token bucket of 2); that is not modelled.

import { MILLISECOND, type Microseconds, type Random } from '@podwire/engine'
import type { IpFamily } from '../dataplane/packet.ts'
import type { KeptChains } from '../iptables/kept-chains.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import type { ResolvedOptions } from './options.ts'

export interface Sync {
  /** 0 for the first. Draws a node's lag. */
  readonly number: number
  /** When kube-proxy begins to write it. */
  readonly startUs: Microseconds
  readonly rulesets: ReadonlyMap<IpFamily, Ruleset>
  /** How many changes so far touched UDP endpoints. */
  readonly udpGeneration: number
  /** The flags it was written under, mode included. */
  readonly options: ResolvedOptions
  /** What the sync before had, if it was of the same mode, and the Services that differ. */
  readonly previous: ReadonlyMap<IpFamily, Ruleset> | undefined
  /** The node as that sync saw it; absent: as now. */
  readonly previousNode?: NodeFacts
  readonly changed: ReadonlySet<string>
  /** Of iptables mode: what it left of earlier ones. */
  readonly kept?: KeptChains
}

/** What is wanted now. */
export type SyncRequest = Pick<Sync, 'rulesets' | 'udpGeneration' | 'options' | 'changed'>

/** What iptables-restore takes, and how far apart nodes are. */
const SHORTEST_SYNC_US = 4 * MILLISECOND
export const LONGEST_SYNC_US = 40 * MILLISECOND

export class SyncHistory {
  /** Newest last. */
  #syncs: Sync[] = []
  #version = 0
  #count = 0

  /** Changes whenever a sync is added or an awaited one gets other content. */
  get version(): number {
    return this.#version
  }

  newest(): Sync | undefined {
    return this.#syncs.at(-1)
  }

  /** When the last node has the newest rules. */
  settledUs(): Microseconds {
    const newest = this.newest()
    return newest === undefined ? 0 : newest.startUs + LONGEST_SYNC_US
  }

  /** New rules are wanted from now on. A sync that still waits for its turn takes them along. */
  request(request: SyncRequest, nowUs: Microseconds): void {
    this.#version++
    const last = this.newest()
    if (last !== undefined && last.startUs > nowUs) {
      const changed = new Set([...last.changed, ...request.changed])
      const previous = last.options.mode === request.options.mode ? last.previous : undefined
      this.#syncs[this.#syncs.length - 1] = { ...last, ...request, changed, previous }
      return
    }
    const idleFromUs = last === undefined ? 0 : last.startUs + LONGEST_SYNC_US + request.options.minSyncPeriodUs
    const { rulesets, udpGeneration, options, changed } = request
    this.#syncs.push({
      rulesets,
      udpGeneration,
      options,
      changed,
      number: this.#count++,
      startUs: Math.max(nowUs, idleFromUs),
      previous: last?.options.mode === options.mode ? last.rulesets : undefined,
    })
  }

  /** The newest sync a node has finished, and when it will have finished a newer one. */
  at(
    nowUs: Microseconds,
    endUs: (sync: Sync) => Microseconds,
  ): { readonly sync: Sync | undefined; readonly untilUs: number } {
    let untilUs = Infinity
    for (let i = this.#syncs.length - 1; i >= 0; i--) {
      const sync = this.#syncs[i]
      if (sync === undefined) break
      const finishedUs = endUs(sync)
      if (finishedUs <= nowUs) return { sync, untilUs }
      untilUs = Math.min(untilUs, finishedUs)
    }
    return { sync: undefined, untilUs }
  }

  /** Drops what every running node has left behind. Nodes that stand still hold their rules themselves. */
  prune(nowUs: Microseconds): void {
    const settled = this.#syncs.findLastIndex((sync) => sync.startUs + LONGEST_SYNC_US <= nowUs)
    if (settled > 0) this.#syncs = this.#syncs.slice(settled)
  }
}

/** How long one node takes for one sync. The same answer whoever asks, whenever. */
export function syncDuration(random: Random, nodeName: string, sync: Sync): Microseconds {
  return random.fork(`${nodeName}/${sync.number}`).integer(SHORTEST_SYNC_US, LONGEST_SYNC_US)
}
