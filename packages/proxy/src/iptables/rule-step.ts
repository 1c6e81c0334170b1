// A rule of an iptables chain that matched, as a trace's step: `-A KUBE-SVC-… -j KUBE-SEP-…` and, where the chain chooses among
// endpoints, how many there were.

import { RuleStep } from '../dataplane/rule-step.ts'
import type { TraceBranch } from '../dataplane/verdict.ts'
import type { RuleTables } from './chain.ts'
import { printRule } from './print-rule.ts'
import type { Rule, TableName } from './rule.ts'

export class IptablesStep extends RuleStep {
  readonly table: TableName
  readonly chain: string
  readonly rule: Rule
  readonly tables: RuleTables

  constructor(table: TableName, chain: string, rule: Rule, tables: RuleTables) {
    super()
    this.table = table
    this.chain = chain
    this.rule = rule
    this.tables = tables
  }

  get at(): string {
    return `${this.table}/${this.chain}`
  }

  get what(): string {
    return printRule(this.chain, this.rule)
  }

  /** A step of a KUBE-SVC or KUBE-SVL (once KUBE-XLB) chain: its rules for endpoints are equally likely, one for a remembered client is certain. */
  get branch(): TraceBranch | undefined {
    if (this.table !== 'nat' || !/^KUBE-(SV[CL]|XLB)-/.test(this.chain) || !leadsToEndpoint(this.rule)) return undefined
    const rules = this.tables.chain('nat', this.chain)?.rules() ?? []
    const of = rules.filter((rule) => leadsToEndpoint(rule) && !isForRemembered(rule)).length
    return of === 0 ? undefined : { of, probability: isForRemembered(this.rule) ? 1 : 1 / of }
  }
}

const leadsToEndpoint = ({ target }: Rule): boolean => target.kind === 'jump' && target.chain.startsWith('KUBE-SEP-')

const isForRemembered = ({ matches }: Rule): boolean => matches.some(({ kind }) => kind === 'recent')
