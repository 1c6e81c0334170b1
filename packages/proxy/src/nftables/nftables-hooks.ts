// An nftables table at the hooks of a node. Base chains are found by their hook and type, and called in the order of priority:
// filters in front of DNAT, then nat, then the other filters.

import type { Decision, Evaluation, FilterHook, HookRules, NatHook } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { Trace } from '../dataplane/verdict.ts'
import type { Shortcut } from '../iptables/ways.ts'
import { evaluateNft, type ChainFinder } from './evaluate.ts'
import type { BaseHook, NftChain, NftTable } from './table.ts'

const DROP_DECISION: Decision = { kind: 'drop' }

export class NftablesHooks implements HookRules {
  readonly table: NftTable
  readonly passesEstablished: boolean
  readonly #find: ChainFinder
  readonly #early: Readonly<Record<'PREROUTING' | 'OUTPUT', readonly NftChain[]>>
  readonly #nat: Readonly<Record<NatHook, readonly NftChain[]>>
  readonly #filter: Readonly<Record<FilterHook, readonly NftChain[]>>

  constructor(table: NftTable, find: ChainFinder = (name) => table.chain(name)) {
    this.table = table
    this.#find = find
    const bases = table.baseChains()
    const filters = bases.filter(({ base }) => base?.type === 'filter')
    // Only where every filter asks for new connections may the others go unasked.
    this.passesEstablished = filters.every(
      ({ base, rules }) =>
        base?.policy === 'accept' &&
        rules.every(({ statements: [first] }) => first?.kind === 'ct-state' && first.state === 'NEW'),
    )
    const select = (type: BaseHook['type'], hook: BaseHook['hook'], early: boolean): readonly NftChain[] =>
      bases.filter(
        ({ base }) => base?.type === type && base.hook === hook && (type === 'nat' || isEarly(base) === early),
      )
    this.#early = { PREROUTING: select('filter', 'prerouting', true), OUTPUT: select('filter', 'output', true) }
    this.#nat = {
      PREROUTING: select('nat', 'prerouting', false),
      INPUT: select('nat', 'input', false),
      OUTPUT: select('nat', 'output', false),
      POSTROUTING: select('nat', 'postrouting', false),
    }
    this.#filter = {
      INPUT: select('filter', 'input', false),
      FORWARD: select('filter', 'forward', false),
      OUTPUT: select('filter', 'output', false),
    }
  }

  early(
    packet: Packet,
    hook: 'PREROUTING' | 'OUTPUT',
    run: Evaluation,
    trace: Trace | undefined,
  ): Decision | undefined {
    if (this.passesEstablished && trace === undefined && run.state !== 'NEW') return undefined
    const short = this.#shortcut('early', hook, packet, run, trace)
    return short === 'walk' ? this.#walk(this.#early[hook], packet, run, trace) : short
  }

  nat(packet: Packet, hook: NatHook, run: Evaluation, trace: Trace | undefined): Decision | undefined {
    const short = this.#shortcut('nat', hook, packet, run, trace)
    return short === 'walk' ? this.#walk(this.#nat[hook], packet, run, trace) : short
  }

  filter(packet: Packet, hook: FilterHook, run: Evaluation, trace: Trace | undefined): Decision | undefined {
    const short = this.#shortcut('filter', hook, packet, run, trace)
    return short === 'walk' ? this.#walk(this.#filter[hook], packet, run, trace) : short
  }

  #shortcut(
    stage: 'early' | 'nat' | 'filter',
    hook: string,
    packet: Packet,
    run: Evaluation,
    trace: Trace | undefined,
  ): Shortcut {
    if (trace !== undefined || run.naive || this.table.shortcut === undefined) return 'walk'
    return this.table.shortcut(stage, hook, packet, run)
  }

  #walk(chains: readonly NftChain[], packet: Packet, run: Evaluation, trace: Trace | undefined): Decision | undefined {
    for (const chain of chains) {
      const decision = evaluateNft({ table: this.table, chain: this.#find, run, trace }, chain, packet)
      // Another table's accept would not end it, but here nobody else is left to ask.
      if (decision !== undefined && decision.kind !== 'accept') return decision
      if (decision === undefined && chain.base?.policy === 'drop') return DROP_DECISION
    }
    return undefined
  }
}

/** In front of the nat hooks, which have -100. */
function isEarly({ hook, priority }: BaseHook): boolean {
  if (hook === 'prerouting') return priority.startsWith('dstnat - ')
  return hook === 'output' && Number(priority) < -100
}
