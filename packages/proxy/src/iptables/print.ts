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
  const chains = tables.chainNames(table).flatMap((name) => tables.chain(table, name) ?? [])
  const lines = new Lines()
  lines.add(`*${table}`)
  for (const { name, policy } of chains) {
    lines.add(`:${name} ${policy ?? '-'} ${show((counters ?? NONE).get(`${table}/${name}`))}`)
  }
  for (const chain of chains) {
    if (counters === undefined) {
      for (const rule of chain.rulesOnce?.() ?? chain.rules()) lines.add(printRule(chain.name, rule))
    } else for (const rule of chain.rules()) lines.add(`${show(counters.get(rule))} ${printRule(chain.name, rule)}`)
  }
  lines.add('COMMIT')
  return lines.text()
}

/** A text of many lines. They are joined by the thousand: hundreds of thousands of small strings would outlive their use. */
class Lines {
  readonly #blocks: string[] = []
  #lines: string[] = []

  add(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length === 1000) this.#close()
  }

  /** Each line with its end. */
  text(): string {
    this.#close()
    return this.#blocks.join('')
  }

  #close(): void {
    if (this.#lines.length > 0) this.#blocks.push(`${this.#lines.join('\n')}\n`)
    this.#lines = []
  }
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
