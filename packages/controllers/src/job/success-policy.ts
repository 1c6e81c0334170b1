// When spec.successPolicy declares an Indexed Job successful before all indexes are. Pure.
// Source: kubernetes pkg/controller/job/success_policy.go.

import type { Job } from '@podwire/apiserver'
import { parseIndexes } from './indexes.ts'

/** Which rule is met, as the Job's condition says it; undefined: none. */
export function metSuccessRule({ spec }: Job, succeeded: ReadonlySet<number>): string | undefined {
  if (succeeded.size === 0) return undefined
  for (const [index, rule] of (spec.successPolicy?.rules ?? []).entries()) {
    const asked =
      rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes, spec.completions)
    // Indexes the Job does not have ask for nothing.
    if (asked?.size === 0) continue
    const reached = asked === undefined ? succeeded.size : [...asked].filter((one) => succeeded.has(one)).length
    const enough = rule.succeededCount !== undefined && reached >= rule.succeededCount
    if (enough || reached === asked?.size) return `Matched rules at index ${index}`
  }
  return undefined
}
