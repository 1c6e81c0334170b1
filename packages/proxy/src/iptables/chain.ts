// Chains and tables. A chain is a list of rules; two kinds are indexed as well, so that a packet need not walk them:
// shared chains (`select` names the few rules that can match a packet) and endpoint ladders (one draw picks the rung, and
// `decide` spares even the rules). Whoever ignores the hints and walks `rules()` comes to the same verdict: a property test
// holds that.

import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { Rule, TableName } from './rule.ts'
import type { Shortcut } from './ways.ts'

export interface Chain {
  readonly name: string
  /** Built-in chains have one. */
  readonly policy: 'ACCEPT' | 'DROP' | undefined
  /** All rules, in order. */
  rules(): readonly Rule[]
  /** The rules, in order, that this packet may match; absent: all of them. */
  readonly select?: ((packet: Packet) => readonly Rule[]) | undefined
  /** The same rules for a reader who passes once: they are not kept. Absent: `rules` has them at hand. */
  readonly rulesOnce?: () => readonly Rule[]
  /** What a walk through the rules comes to, for packets nobody traces or counts; the packet is marked all the same. */
  readonly decide?: ((packet: Packet, run: Evaluation) => Decision | undefined) | undefined
  /** From here to the end: `--probability 1/n`, 1/(n-1) … and a last rule without condition. -1: no such ending. */
  readonly ladderStart: number
}

export interface RuleTables {
  chain(table: TableName, name: string): Chain | undefined
  /** Names of a table's chains as iptables-save lists them: built-in ones by hook, then the others by name. */
  chainNames(table: TableName): readonly string[]
  /** What a hook's rules come to for a packet nobody traces or counts, found without a walk; `walk`: only they can tell. */
  readonly shortcut?: ((table: 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation) => Shortcut) | undefined
}

export const BUILT_IN: ReadonlyMap<TableName, readonly string[]> = new Map([
  ['mangle', ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']],
  ['filter', ['INPUT', 'FORWARD', 'OUTPUT']],
  ['nat', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']],
])

/** The order in which iptables-nft-save prints tables. */
export const TABLES: readonly TableName[] = ['mangle', 'filter', 'nat']

class ListedChain implements Chain {
  readonly name: string
  readonly policy: 'ACCEPT' | 'DROP' | undefined
  readonly ladderStart = -1
  readonly select = undefined
  readonly decide = undefined
  readonly #rules: readonly Rule[]

  constructor(name: string, rules: readonly Rule[], policy: 'ACCEPT' | 'DROP' | undefined) {
    this.name = name
    this.policy = policy
    this.#rules = rules
  }

  rules(): readonly Rule[] {
    return this.#rules
  }
}

export function chainOf(name: string, rules: readonly Rule[]): Chain {
  return new ListedChain(name, rules, undefined)
}

export function builtInChain(name: string, rules: readonly Rule[], policy: 'ACCEPT' | 'DROP' = 'ACCEPT'): Chain {
  return new ListedChain(name, rules, policy)
}
