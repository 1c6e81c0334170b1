// When an indexed Job may be declared a success before all its indexes are done. Source: kubernetes batch/validation
// (validateSuccessPolicy). Departure: without completions, where the real server stops with an internal error, only what
// does not need them is checked.

import { goPointer } from '../../internal-structs/index.ts'
import type { JobSpec, SuccessPolicyRule } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required, tooLong, tooMany } from '../../validation/field-errors.ts'
import { byteLength } from '../../validation/names.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { countIndexes } from './completion-indexes.ts'

const MAX_RULES = 20
const MAX_INDEXES_BYTES = 64 * 1024

export function validateSuccessPolicy(spec: JobSpec, path: string, errors: FieldError[]): void {
  const { successPolicy, completionMode } = spec
  if (successPolicy === undefined) return
  if (completionMode !== 'Indexed') {
    errors.push(invalid(path, goPointer('batch.SuccessPolicy', successPolicy), 'requires indexed completion mode'))
    return
  }
  const rules = successPolicy.rules ?? []
  const at = `${path}.rules`
  if (rules.length === 0) {
    errors.push(required(at, 'at least one rules must be specified when the successPolicy is specified'))
  }
  if (rules.length > MAX_RULES) errors.push(tooMany(at, rules.length, MAX_RULES))
  for (const [index, rule] of rules.entries()) validateRule(spec, rule, `${at}[${index}]`, errors)
}

function validateRule({ completions }: JobSpec, rule: SuccessPolicyRule, path: string, errors: FieldError[]): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule
  if (count === undefined && indexes === undefined) {
    errors.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'))
  }
  if (completions === undefined) return
  let total = 0
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`
    if (byteLength(indexes) > MAX_INDEXES_BYTES) errors.push(tooLong(at, MAX_INDEXES_BYTES))
    const counted = countIndexes(indexes, completions)
    if (typeof counted === 'number') total = counted
    else errors.push(invalid(at, indexes, `error parsing succeededIndexes: ${counted}`))
  }
  if (count === undefined) return
  const at = `${path}.succeededCount`
  validateNonNegative(count, at, errors)
  const atMost = (limit: number, what: string): void => {
    if (count > limit) errors.push(invalid(at, count, `must be less than or equal to ${limit} (the number of ${what})`))
  }
  atMost(completions, 'specified completions')
  if (indexes !== undefined) atMost(total, 'indexes in the specified succeededIndexes field')
}
