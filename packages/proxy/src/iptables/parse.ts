// `iptables-save` text to tables. Printing what was parsed gives the same text again, if it was in iptables-save's own form;
// counters are read over.

import { BUILT_IN, builtInChain, chainOf, TABLES, type Chain, type RuleTables } from './chain.ts'
import { parseRule } from './parse-rule.ts'
import { inSaveOrder } from './print.ts'
import type { Rule, TableName } from './rule.ts'
import { parseError, tokenize } from './tokenize.ts'

interface ChainDraft {
  readonly policy: 'ACCEPT' | 'DROP' | undefined
  readonly rules: Rule[]
}

/** @throws PodwireError naming line and column of what cannot be read or is not simulated */
export function parseIptablesSave(text: string): RuleTables {
  const tables = new Map<TableName, Map<string, ChainDraft>>()
  let chains: Map<string, ChainDraft> | undefined
  text.split('\n').forEach((content, i) => {
    const line = i + 1
    if (content === '' || content.startsWith('#')) return
    if (content === 'COMMIT') chains = undefined
    else if (content.startsWith('*')) chains = openTable(tables, content.slice(1), line)
    else if (chains === undefined) throw parseError(line, 1, 'a line outside of any table')
    else if (content.startsWith(':')) declareChain(chains, content, line)
    else appendRule(chains, content, line)
  })
  return new ListedTables(tables)
}

function openTable(
  tables: Map<TableName, Map<string, ChainDraft>>,
  name: string,
  line: number,
): Map<string, ChainDraft> {
  const table = TABLES.find((known) => known === name)
  if (table === undefined) throw parseError(line, 2, `table ${name} is not simulated`)
  const chains = tables.get(table) ?? new Map<string, ChainDraft>()
  tables.set(table, chains)
  return chains
}

function declareChain(chains: Map<string, ChainDraft>, content: string, line: number): void {
  const match = /^:(\S+) (ACCEPT|DROP|-)( \[\d+:\d+\])?$/.exec(content)
  const name = match?.[1]
  if (match === null || name === undefined) throw parseError(line, 1, 'expected :CHAIN POLICY [packets:bytes]')
  const policy = match[2] === 'ACCEPT' ? 'ACCEPT' : match[2] === 'DROP' ? 'DROP' : undefined
  chains.set(name, { policy, rules: [] })
}

function appendRule(chains: Map<string, ChainDraft>, content: string, line: number): void {
  const words = tokenize(content, line)
  const counted = /^\[\d+:\d+\]$/.test(words[0]?.text ?? '') ? 1 : 0
  const [append, chain] = [words[counted], words[counted + 1]]
  if (append?.text !== '-A' || chain === undefined) {
    throw parseError(line, append?.column ?? 1, `expected -A CHAIN, found ${append?.text ?? 'nothing'}`)
  }
  const draft = chains.get(chain.text)
  if (draft === undefined) throw parseError(line, chain.column, `chain ${chain.text} is not declared`)
  draft.rules.push(parseRule(words.slice(counted + 2), line))
}

class ListedTables implements RuleTables {
  readonly #tables: ReadonlyMap<TableName, ReadonlyMap<string, Chain>>

  constructor(drafts: ReadonlyMap<TableName, ReadonlyMap<string, ChainDraft>>) {
    this.#tables = new Map(
      TABLES.map((table) => {
        const chains = new Map<string, Chain>(
          (BUILT_IN.get(table) ?? []).map((name) => [name, builtInChain(name, [])] as const),
        )
        for (const [name, { policy, rules }] of drafts.get(table) ?? []) {
          chains.set(name, policy === undefined ? chainOf(name, rules) : builtInChain(name, rules, policy))
        }
        return [table, chains]
      }),
    )
  }

  chain(table: TableName, name: string): Chain | undefined {
    return this.#tables.get(table)?.get(name)
  }

  chainNames(table: TableName): readonly string[] {
    return inSaveOrder(table, this.#tables.get(table)?.keys() ?? [])
  }
}
