// How many of the placed pods a selector picks, node by node. The first question about a selector counts, later ones only read;
// a pod that comes or goes is compared with the selectors that may pick it, found by its labels.

import type { Pod } from '@podwire/apiserver'
import { labelPair, type NamespaceLabels, type PodSelector } from './pod-selector.ts'

export type NodeCounts = ReadonlyMap<string, number>

/** A pod that is placed. Its object may be replaced by a version that is the same to every selector. */
export interface PlacedPod {
  readonly pod: Pod
}

interface Counter {
  readonly selector: PodSelector
  readonly counts: Map<string, number>
}

/** Selectors whose counts are kept; one that was dropped is counted again when somebody asks. */
const KEPT = 4096

export class PodCounters {
  readonly #namespaceLabels: NamespaceLabels
  readonly #counters = new Map<string, Counter>()
  readonly #byPair = new Map<string, Set<Counter>>()
  /** Counters whose selector names no label and value. */
  readonly #general = new Set<Counter>()
  readonly #placed = new Map<PlacedPod, string>()
  readonly #placedByPair = new Map<string, Set<PlacedPod>>()

  constructor(namespaceLabels: NamespaceLabels) {
    this.#namespaceLabels = namespaceLabels
  }

  /** `pod` is on `node` from now on. The same object is given to `remove`. */
  add(placed: PlacedPod, node: string): void {
    this.#placed.set(placed, node)
    for (const pair of pairsOf(placed.pod)) {
      const filed = this.#placedByPair.get(pair)
      if (filed === undefined) this.#placedByPair.set(pair, new Set([placed]))
      else filed.add(placed)
    }
    this.#count(placed.pod, node, 1)
  }

  remove(placed: PlacedPod): void {
    const node = this.#placed.get(placed)
    if (node === undefined) return
    this.#placed.delete(placed)
    for (const pair of pairsOf(placed.pod)) {
      const filed = this.#placedByPair.get(pair)
      filed?.delete(placed)
      if (filed?.size === 0) this.#placedByPair.delete(pair)
    }
    this.#count(placed.pod, node, -1)
  }

  counts(selector: PodSelector): NodeCounts {
    const known = this.#counters.get(selector.key)
    if (known !== undefined) return known.counts
    const counter: Counter = { selector, counts: new Map() }
    this.#file(counter)
    const candidates = selector.pair === undefined ? this.#placed.keys() : (this.#placedByPair.get(selector.pair) ?? [])
    for (const placed of candidates) {
      if (this.#picks(selector, placed.pod)) bump(counter.counts, this.#placed.get(placed) ?? '', 1)
    }
    return counter.counts
  }

  /** Labels of a namespace changed: what depends on them is counted anew when asked for. */
  forgetNamespaces(): void {
    for (const counter of this.#counters.values()) if (counter.selector.readsNamespaces) this.#drop(counter)
  }

  #count(pod: Pod, node: string, sign: 1 | -1): void {
    const seen = (counter: Counter): void => {
      if (this.#picks(counter.selector, pod)) bump(counter.counts, node, sign)
    }
    for (const counter of this.#general) seen(counter)
    if (this.#byPair.size === 0) return
    for (const pair of pairsOf(pod)) for (const counter of this.#byPair.get(pair) ?? []) seen(counter)
  }

  #picks(selector: PodSelector, pod: Pod): boolean {
    if (!selector.countsDeleting && pod.metadata.deletionTimestamp !== undefined) return false
    return selector.matches(pod, this.#namespaceLabels)
  }

  #file(counter: Counter): void {
    const { key, pair } = counter.selector
    this.#counters.set(key, counter)
    if (pair === undefined) this.#general.add(counter)
    else this.#byPair.set(pair, (this.#byPair.get(pair) ?? new Set()).add(counter))
    if (this.#counters.size <= KEPT) return
    for (const oldest of this.#counters.values()) {
      this.#drop(oldest)
      break
    }
  }

  #drop(counter: Counter): void {
    const { key, pair } = counter.selector
    this.#counters.delete(key)
    this.#general.delete(counter)
    const filed = pair === undefined ? undefined : this.#byPair.get(pair)
    filed?.delete(counter)
    if (pair !== undefined && filed?.size === 0) this.#byPair.delete(pair)
  }
}

const NO_PAIRS: readonly string[] = []
const pairsByLabels = new WeakMap<object, { readonly namespace: string; readonly pairs: readonly string[] }>()

function pairsOf({ metadata: { namespace = '', labels } }: Pod): readonly string[] {
  if (labels === undefined) return NO_PAIRS
  const known = pairsByLabels.get(labels)
  if (known?.namespace === namespace) return known.pairs
  const pairs = Object.entries(labels).map(([name, value]) => labelPair(namespace, name, value))
  if (Object.isFrozen(labels)) pairsByLabels.set(labels, { namespace, pairs })
  return pairs
}

export function bump<Key>(map: Map<Key, number>, key: Key, by: number): void {
  const next = (map.get(key) ?? 0) + by
  if (next === 0) map.delete(key)
  else map.set(key, next)
}
