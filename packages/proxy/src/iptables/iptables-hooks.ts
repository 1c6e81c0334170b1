// iptables tables at the hooks of a node: which built-in chain a hook walks. Chains are looked up once, by the first packet that walks:
// tables that have shortcuts have all of them.
// Departure: the mangle table is not walked, kube-proxy has no rules there.

import type { Decision, Evaluation, FilterHook, HookRules, NatHook } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { Trace } from '../dataplane/verdict.ts'
import type { Chain, RuleTables } from './chain.ts'
import { count, evaluateChain } from './evaluate.ts'
import type { Shortcut } from './ways.ts'

const DROP_DECISION: Decision = { kind: 'drop' }

interface BuiltInChains {
  readonly nat: Readonly<Record<NatHook, Chain | undefined>>
  readonly filter: Readonly<Record<FilterHook, Chain | undefined>>
}

export class IptablesHooks implements HookRules {
  readonly tables: RuleTables
  readonly passesEstablished = true
  #chains: BuiltInChains | undefined

  constructor(tables: RuleTables) {
    this.tables = tables
  }

  nat(packet: Packet, hook: NatHook, run: Evaluation, trace: Trace | undefined): Decision | undefined {
    const short = this.#shortcut('nat', hook, packet, run, trace)
    if (short !== 'walk') return short
    const chain = (this.#chains ??= builtInChains(this.tables)).nat[hook]
    if (chain === undefined) return undefined
    const decision = evaluateChain('nat', chain, this.tables, packet, run, trace)
    if (decision === undefined && run.counters !== undefined) count(run.counters, `nat/${hook}`, packet)
    return decision
  }

  filter(packet: Packet, hook: FilterHook, run: Evaluation, trace: Trace | undefined): Decision | undefined {
    const short = this.#shortcut('filter', hook, packet, run, trace)
    if (short !== 'walk') return short
    const chain = (this.#chains ??= builtInChains(this.tables)).filter[hook]
    if (chain === undefined) return undefined
    const decision = evaluateChain('filter', chain, this.tables, packet, run, trace)
    if (decision !== undefined) return decision
    if (run.counters !== undefined) count(run.counters, `filter/${hook}`, packet)
    return chain.policy === 'DROP' ? DROP_DECISION : undefined
  }

  #shortcut(
    table: 'nat' | 'filter',
    hook: string,
    packet: Packet,
    run: Evaluation,
    trace: Trace | undefined,
  ): Shortcut {
    if (trace !== undefined || run.naive || run.counters !== undefined) return 'walk'
    return this.tables.shortcut === undefined ? 'walk' : this.tables.shortcut(table, hook, packet, run)
  }
}

function builtInChains(tables: RuleTables): BuiltInChains {
  return {
    nat: {
      PREROUTING: tables.chain('nat', 'PREROUTING'),
      INPUT: tables.chain('nat', 'INPUT'),
      OUTPUT: tables.chain('nat', 'OUTPUT'),
      POSTROUTING: tables.chain('nat', 'POSTROUTING'),
    },
    filter: {
      INPUT: tables.chain('filter', 'INPUT'),
      FORWARD: tables.chain('filter', 'FORWARD'),
      OUTPUT: tables.chain('filter', 'OUTPUT'),
    },
  }
}
