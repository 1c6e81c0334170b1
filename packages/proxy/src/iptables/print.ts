// The rules of a node as text: `iptables-save [-c]`. Departure: `[packets:bytes]` counts what this simulation evaluated;
// packets of established connections on the fast path are not walked again and so are not counted.

import { BUILT_IN, TABLES, type RuleTables } from './chain.ts'
import { printRule } from './print-rule.ts'
import type { Rule, TableName } from './rule.ts'

export interface Counter {
  packets: number
  bytes: number
}

/** Counters of rules, and of built-in chains' policies under `table/CHAIN`. */
export type Counters = ReadonlyMap<Rule | string, Counter>

const NONE: Counters = new Map()

/** @param counters present: as with -c, each rule has its `[packets:bytes]` in front */
export function iptablesSave(tables: RuleTables, counters?: Counters): string {
  return TABLES.map((table) => saveTable(tables, table, counters)).join('')
}

function saveTable(tables: RuleTables, table: TableName, counters: Counters | undefined): string {
  const names = tables.chainNames(table)
  let text = `*${table}\n`
  let rules = ''
  for (const name of names) {
    const chain = tables.chain(table, name)
    text += `:${name} ${chain?.policy ?? '-'} ${show((counters ?? NONE).get(`${table}/${name}`))}\n`
    if (chain === undefined) continue
    for (const rule of counters === undefined ? (chain.rulesOnce?.() ?? chain.rules()) : chain.rules()) {
      if (counters !== undefined) rules += `${show(counters.get(rule))} `
      rules += `${printRule(name, rule)}\n`
    }
  }
  return `${text}${rules}COMMIT\n`
}

function show(counter: Counter | undefined): string {
  return counter === undefined ? '[0:0]' : `[${counter.packets}:${counter.bytes}]`
}

/** Chain names in iptables-save's order. */
export function inSaveOrder(table: TableName, names: Iterable<string>): readonly string[] {
  const builtIn = BUILT_IN.get(table) ?? []
  // No two chains of a table have the same name: one comparison tells.
  const others = [...names].filter((name) => !builtIn.includes(name)).sort((a, b) => (a < b ? -1 : 1))
  return [...builtIn, ...others]
}
