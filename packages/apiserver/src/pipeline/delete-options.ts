// What a DELETE may ask for. Source: apimachinery meta/v1/validation ValidateDeleteOptions; texts recorded from 1.36.

import type { DeleteOptions } from '../client/client.ts'
import type { FieldError } from '../validation/field-error.ts'
import { invalid, notSupported } from '../validation/field-errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'

const POLICIES = ['Foreground', 'Background', 'Orphan', 'nil']

export type CheckedDeleteOptions = DeleteOptions & { readonly dryRun: boolean }

/** @param raw as decoded from the body or read from the query */
export function checkDeleteOptions(raw: Readonly<Record<string, unknown>>): CheckedDeleteOptions {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = raw
  const errors: FieldError[] = []
  const policy = propagationPolicy === undefined ? undefined : String(propagationPolicy)
  if (policy !== undefined && orphanDependents !== undefined) {
    errors.push(invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'))
  }
  if (policy !== undefined && (!POLICIES.includes(policy) || policy === 'nil')) {
    errors.push(notSupported('propagationPolicy', policy, POLICIES))
  }
  const runs = Array.isArray(dryRun) ? dryRun.map(String) : []
  if (runs.some((value) => value !== 'All')) errors.push(notSupported('dryRun', runs, ['All']))
  if (errors.length > 0) throw invalidStatus('DeleteOptions', 'meta.k8s.io', '', errors)
  const chosen = policy ?? olderPolicy(orphanDependents)
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: Number(gracePeriodSeconds) }),
    ...(chosen === undefined ? {} : { propagationPolicy: chosen as 'Background' | 'Foreground' | 'Orphan' }),
    ...(preconditions === undefined
      ? {}
      : { preconditions: preconditions as { uid?: string; resourceVersion?: string } }),
    dryRun: runs.includes('All'),
  }
}

/** What was said before there were policies. */
function olderPolicy(orphanDependents: unknown): string | undefined {
  if (orphanDependents === undefined) return undefined
  return orphanDependents === true || orphanDependents === 'true' ? 'Orphan' : 'Background'
}
