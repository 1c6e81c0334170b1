// Which of several endpoints a rule picked, told from the rule's text: where the rules leave something to chance, and how much. Only
// traces ask, so that evaluation need not know.

import type { RuleTables } from '../iptables/chain.ts'
import type { Trace, TraceBranch, TraceHook, TraceStep } from './verdict.ts'

/** Gives the steps from `before` on their hook, and the branch they took where there was one. */
export function labelSteps(
  trace: Trace,
  before: number,
  hook: TraceHook,
  branchOf: (step: TraceStep) => TraceBranch | undefined,
): void {
  for (let i = before; i < trace.length; i++) {
    const step = trace[i]
    if (step === undefined) break
    const branch = step.branch ?? branchOf(step)
    trace[i] = { ...step, hook, ...(branch === undefined ? {} : { branch }) }
  }
}

/** A step of a KUBE-SVC or KUBE-SVL chain: its rules for endpoints are equally likely, one for a remembered client is certain. */
export function iptablesBranch({ at, what }: TraceStep, tables: RuleTables): TraceBranch | undefined {
  const chain = /^nat\/(KUBE-SV[CL]-\w+)$/.exec(at)?.[1]
  if (chain === undefined || !/ -j KUBE-SEP-/.test(what)) return undefined
  const rules = tables.chain('nat', chain)?.rules() ?? []
  const of = rules.filter(
    ({ target, matches }) =>
      target.kind === 'jump' &&
      target.chain.startsWith('KUBE-SEP-') &&
      !matches.some((match) => match.kind === 'recent'),
  ).length
  return of === 0 ? undefined : { of, probability: what.includes(' --rcheck ') ? 1 : 1 / of }
}

/** `numgen random mod 3 map …`, or a set of remembered clients. */
export function nftBranch({ what }: TraceStep): TraceBranch | undefined {
  const modulus = Number(/\bnumgen random mod (\d+)/.exec(what)?.[1] ?? 0)
  if (modulus > 0) return { of: modulus, probability: 1 / modulus }
  return /@affinity-\S+ goto endpoint-/.test(what) ? { of: 1, probability: 1 } : undefined
}
