// The lists of `-m recent`: which source was last seen when, one list a name. Session affinity lives here, per node.
// Source: net/netfilter/xt_recent.c; ip_list_tot 100 sources a list, the least recently seen goes first.

import type { Microseconds } from '@podwire/engine'

const SOURCES_PER_LIST = 100

export class RecentLists {
  readonly #lists = new Map<string, Map<string, Microseconds>>()

  /** --set: seen now. @param most sources a list holds */
  set(list: string, source: string, nowUs: Microseconds, most = SOURCES_PER_LIST): void {
    let seen = this.#lists.get(list)
    if (seen === undefined) {
      seen = new Map()
      this.#lists.set(list, seen)
    }
    // Deleting first keeps the map in the order of the last sight.
    seen.delete(source)
    if (seen.size >= most) {
      const oldest = seen.keys().next()
      if (oldest.done !== true) seen.delete(oldest.value)
    }
    seen.set(source, nowUs)
  }

  /** --rcheck --seconds, with --reap: old sources are taken off the list. */
  check(list: string, source: string, withinUs: Microseconds, reap: boolean, nowUs: Microseconds): boolean {
    const seen = this.#lists.get(list)?.get(source)
    if (seen === undefined) return false
    const fresh = nowUs - seen <= withinUs
    // Reaping one's own entry is all that a later check could tell; others are reaped when they are asked for.
    if (!fresh && reap) this.#lists.get(list)?.delete(source)
    return fresh
  }

  /** As `/proc/net/xt_recent/NAME` would list it: source and moment, oldest first. */
  entries(list: string): readonly { readonly source: string; readonly seenUs: Microseconds }[] {
    return [...(this.#lists.get(list) ?? [])].map(([source, seenUs]) => ({ source, seenUs }))
  }
}
