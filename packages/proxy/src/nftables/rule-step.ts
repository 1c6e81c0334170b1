// A rule of an nftables chain that applied, as a trace's step, with what its map or dice chose.

import { RuleStep } from '../dataplane/rule-step.ts'
import type { TraceBranch } from '../dataplane/verdict.ts'
import { printNftRule } from './print-rule.ts'
import type { NftRule } from './rule.ts'
import type { NftTable } from './table.ts'

export class NftStep extends RuleStep {
  readonly table: NftTable
  readonly chain: string
  readonly rule: NftRule
  readonly chosen: string

  /** @param chosen ` → goto …`, or '' */
  constructor(table: NftTable, chain: string, rule: NftRule, chosen: string) {
    super()
    this.table = table
    this.chain = chain
    this.rule = rule
    this.chosen = chosen
  }

  get at(): string {
    return `${this.table.name}/${this.chain}`
  }

  get what(): string {
    return `${printNftRule(this.rule, this.table.family)}${this.chosen}`
  }

  /** `numgen random mod 3 map …`, or a set of remembered clients. */
  get branch(): TraceBranch | undefined {
    const { what } = this
    const modulus = Number(/\bnumgen random mod (\d+)/.exec(what)?.[1] ?? 0)
    if (modulus > 0) return { of: modulus, probability: 1 / modulus }
    return /@affinity-\S+ goto endpoint-/.test(what) ? { of: 1, probability: 1 } : undefined
  }
}
