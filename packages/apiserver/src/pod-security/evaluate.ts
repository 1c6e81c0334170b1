// Every check of a level, of the version asked for; baseline checks come first. A version newer than the server counts as its own.
// Source: pod-security-admission policy/registry.go.

import { BASELINE_CHECKS } from './baseline-checks.ts'
import type { Check, CheckedPod, Violation } from './check.ts'
import type { PolicyLevel } from './policy.ts'
import { RESTRICTED_CHECKS } from './restricted-checks.ts'

export type { Violation } from './check.ts'

const NEWEST_MINOR = 36

function checksOf({ level }: PolicyLevel, minor: number): readonly Check[] {
  if (level === 'privileged') return []
  const present = (check: Check): boolean => check.since <= minor
  const baseline = BASELINE_CHECKS.filter(present)
  if (level === 'baseline') return baseline
  const restricted = RESTRICTED_CHECKS.filter(present)
  const replaced = new Set(restricted.map((check) => check.replaces))
  return [...baseline.filter((check) => !replaced.has(check.id)), ...restricted]
}

export function violations(policy: PolicyLevel, pod: CheckedPod): readonly Violation[] {
  const minor = Math.min(policy.minor ?? NEWEST_MINOR, NEWEST_MINOR)
  return checksOf(policy, minor).flatMap((check) => check.run(pod, minor) ?? [])
}
