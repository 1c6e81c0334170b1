// What a Job's status may claim, and what of it may change. Source: kubernetes batch/validation (validateJobStatus,
// ValidateJobStatusUpdate), registry/batch/job/strategy.go (getStatusValidationOptions): most rules are asked only of what a
// write changes, so that a status that was wrong before can still be written.

import type { Job } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, invalid, required } from '../../validation/field-errors.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { sameValue } from '../compare.ts'
import { countIndexes, overlapProblem } from './completion-indexes.ts'

type Status = NonNullable<Job['status']>
type Condition = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet'

/** A status, what it claims, and what of it is new. */
interface Change {
  readonly spec: Job['spec']
  readonly status: Status
  readonly old: Status
  readonly holds: (condition: Condition) => boolean
  readonly held: (condition: Condition) => boolean
  readonly changed: (...what: readonly (keyof Status | Condition | 'finished')[]) => boolean
}

const CONDITIONS: ReadonlySet<string> = new Set<Condition>([
  'Complete',
  'Failed',
  'FailureTarget',
  'SuccessCriteriaMet',
])

export function validateJobStatus({ spec, status = {} }: Job, { status: old = {} }: Job): readonly FieldError[] {
  const holds = (condition: Condition): boolean => claims(status, condition)
  const held = (condition: Condition): boolean => claims(old, condition)
  const changed: Change['changed'] = (...what) =>
    what.some((name) => {
      if (name === 'finished') return isFinished(holds) !== isFinished(held)
      if (isCondition(name)) return holds(name) !== held(name)
      if (MAY_BE_UNKNOWN.has(name)) return !sameValue(status[name], old[name])
      return !sameValue(orZero(status[name]), orZero(old[name]))
    })
  const change = { spec, status, old, holds, held, changed }
  const errors: FieldError[] = []
  validateCounts(status, errors)
  validateConditions(change, errors)
  validateFinished(change, errors)
  validateIndexes(change, errors)
  validateLastRules(change, errors)
  validateTransition(change, errors)
  return errors
}

function claims({ conditions = [] }: Status, type: Condition): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True')
}

function suspension({ conditions = [] }: Status): string | undefined {
  return conditions.find(({ type }) => type === 'Suspended')?.status
}

function isCondition(name: keyof Status | Condition): name is Condition {
  return CONDITIONS.has(name)
}

function isFinished(holds: Change['holds']): boolean {
  return holds('Complete') || holds('Failed')
}

/** Pointers in Go: zero is not what is left out. */
const MAY_BE_UNKNOWN: ReadonlySet<string> = new Set(['failedIndexes', 'ready', 'terminating'])

/** Other counts and texts that are left out are zero. */
function orZero(value: unknown): unknown {
  return value === 0 || value === '' ? undefined : value
}

function conditionError(text: string): FieldError {
  return { reason: 'FieldValueInvalid', field: 'status.conditions', body: `Invalid value: ${text}` }
}

function validateCounts(status: Status, errors: FieldError[]): void {
  for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const) {
    validateNonNegative(status[field], `status.${field}`, errors)
  }
  const seen = new Set<string>()
  for (const field of ['succeeded', 'failed'] as const) {
    for (const [index, uid] of (status.uncountedTerminatedPods?.[field] ?? []).entries()) {
      const path = `status.uncountedTerminatedPods.${field}[${index}]`
      if (uid === '') errors.push(invalid(path, uid, 'must not be empty'))
      else if (seen.has(uid)) errors.push(duplicate(path, uid))
      else seen.add(uid)
    }
  }
}

function validateConditions({ status, holds, changed }: Change, errors: FieldError[]): void {
  const { startTime, completionTime } = status
  const complete = holds('Complete')
  if (changed('Complete', 'Failed') && complete && holds('Failed')) {
    errors.push(conditionError('cannot set Complete=True and Failed=true conditions'))
  }
  if (changed('Complete', 'FailureTarget') && complete && holds('FailureTarget')) {
    errors.push(conditionError('cannot set Complete=True and FailureTarget=true conditions'))
  }
  if (changed('Complete', 'completionTime')) {
    if (completionTime !== undefined && !complete) {
      const text = 'cannot set completionTime when there is no Complete=True condition'
      errors.push(invalid('status.completionTime', completionTime, text))
    }
    if (completionTime === undefined && complete) {
      errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'))
    }
  }
  if (changed('startTime', 'completionTime') && isBefore(completionTime, startTime)) {
    errors.push(invalid('status.completionTime', completionTime, 'must be equal to or after `startTime`'))
  }
  if (changed('Failed', 'failedIndexes') && holds('Failed') && !holds('FailureTarget')) {
    errors.push(conditionError('cannot set Failed=True condition without the FailureTarget=true condition'))
  }
  if (changed('Complete', 'SuccessCriteriaMet') && complete && !holds('SuccessCriteriaMet')) {
    errors.push(conditionError('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'))
  }
}

function isBefore(end: string | undefined, start: string | undefined): boolean {
  return end !== undefined && start !== undefined && Date.parse(end) < Date.parse(start)
}

function validateFinished({ spec, status, holds, changed }: Change, errors: FieldError[]): void {
  if (!isFinished(holds)) return
  const { active = 0, startTime, uncountedTerminatedPods: pods } = status
  if (changed('finished', 'active') && active > 0) {
    errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'))
  }
  // A suspended Job of no pods is done before it starts.
  const never = spec.suspend === true && spec.completions === 0
  if (changed('finished', 'startTime') && startTime === undefined && !never) {
    errors.push(required('status.startTime', 'startTime is required for finished job'))
  }
  const uncounted = (pods?.failed ?? []).length + (pods?.succeeded ?? []).length
  if (changed('finished', 'uncountedTerminatedPods') && uncounted > 0) {
    // Printed as the server's own struct.
    const value = { Succeeded: pods?.succeeded ?? null, Failed: pods?.failed ?? null }
    errors.push(invalid('status.uncountedTerminatedPods', value, 'must be empty for finished job'))
  }
}

function validateIndexes({ spec, status, changed }: Change, errors: FieldError[]): void {
  const { completedIndexes: done = '', failedIndexes: failed } = status
  const { completions, backoffLimitPerIndex, completionMode } = spec
  const check = (field: 'completedIndexes' | 'failedIndexes', value: string): void => {
    const counted = completions === undefined ? 0 : countIndexes(value, completions)
    if (typeof counted === 'string') {
      errors.push(invalid(`status.${field}`, value, `error parsing ${field}: ${counted}`))
    }
  }
  if (changed('completedIndexes')) check('completedIndexes', done)
  if (changed('failedIndexes') && backoffLimitPerIndex !== undefined && failed !== undefined) {
    check('failedIndexes', failed)
  }
  if (changed('completedIndexes') && done !== '' && completionMode !== 'Indexed') {
    const text = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    errors.push(invalid('status.completedIndexes', done, text))
  }
  if (changed('failedIndexes') && backoffLimitPerIndex === undefined && failed !== undefined) {
    const text = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    errors.push(invalid('status.failedIndexes', failed, text))
  }
  if (!changed('completedIndexes', 'failedIndexes') || completions === undefined || failed === undefined) return
  const overlap = overlapProblem(done, failed, completions)
  if (overlap !== undefined) errors.push(invalid('status.failedIndexes', failed, overlap))
}

function validateLastRules({ spec, status, holds, changed }: Change, errors: FieldError[]): void {
  const { terminating, ready, active = 0 } = status
  if (changed('finished', 'terminating') && (terminating ?? 0) > 0 && isFinished(holds)) {
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'))
  }
  if (changed('ready', 'active') && ready !== undefined && ready > active) {
    errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'))
  }
  const met = holds('SuccessCriteriaMet')
  if (met && holds('Failed')) {
    errors.push(conditionError('cannot set SuccessCriteriaMet=True and Failed=true conditions'))
  }
  if (met && holds('FailureTarget')) {
    errors.push(conditionError('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'))
  }
  if (spec.successPolicy !== undefined && !met && holds('Complete')) {
    const text = 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'
    errors.push(conditionError(text))
  }
}

function validateTransition({ spec, status, old, holds, held }: Change, errors: FieldError[]): void {
  for (const condition of ['Failed', 'Complete', 'FailureTarget'] as const) {
    if (held(condition) && !holds(condition)) {
      errors.push(conditionError(`cannot disable the terminal ${condition}=True condition`))
    }
  }
  const { failed = 0, succeeded = 0, startTime, completionTime } = status
  if (failed < (old.failed ?? 0)) {
    errors.push(invalid('status.failed', failed, 'cannot decrease the failed counter'))
  }
  const elastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!elastic && succeeded < (old.succeeded ?? 0)) {
    errors.push(invalid('status.succeeded', succeeded, 'cannot decrease the succeeded counter'))
  }
  if (completionTime !== undefined && old.completionTime !== undefined && completionTime !== old.completionTime) {
    errors.push(invalid('status.completionTime', completionTime, 'field is immutable'))
  }
  const resumes = suspension(old) === 'True' && suspension(status) === 'False'
  if (old.startTime !== undefined && startTime !== old.startTime && spec.suspend !== true && !resumes) {
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'))
  }
  const met = holds('SuccessCriteriaMet')
  if (held('SuccessCriteriaMet') && !met) {
    errors.push(conditionError('cannot disable the SuccessCriteriaMet=True condition'))
  }
  if (held('Complete') && !held('SuccessCriteriaMet') && met) {
    errors.push(conditionError('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'))
  }
}
