// What a Job's status may claim. Source: kubernetes batch/validation validateJobStatus, with the checks registry/batch/job
// turns on when a job finishes.

import type { Job } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'

function holds({ status }: Job, type: string): boolean {
  return (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True')
}

function conditionError(text: string): FieldError {
  return { reason: 'FieldValueInvalid', field: 'status.conditions', body: `Invalid value: ${text}` }
}

export function validateJobStatus(job: Job, old: Job): readonly FieldError[] {
  const errors: FieldError[] = []
  const { status = {} } = job
  for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const) {
    validateNonNegative(status[field], `status.${field}`, errors)
  }
  const complete = holds(job, 'Complete')
  const failed = holds(job, 'Failed')
  if (complete && failed) errors.push(conditionError('cannot set Complete=True and Failed=true conditions'))
  if (complete && status.completionTime === undefined) {
    errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'))
  }
  // Only what this write claims anew is questioned.
  if (complete && !holds(old, 'Complete') && !holds(job, 'SuccessCriteriaMet')) {
    errors.push(conditionError('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'))
  }
  if (failed && !holds(old, 'Failed') && !holds(job, 'FailureTarget')) {
    errors.push(conditionError('cannot set Failed=True condition without the FailureTarget=true condition'))
  }
  if (!complete && status.completionTime !== undefined) {
    const text = 'completionTime cannot be set if there is no Complete=True condition'
    errors.push(invalid('status.completionTime', status.completionTime, text))
  }
  if (complete || failed) {
    if (status.startTime === undefined) {
      errors.push(required('status.startTime', 'startTime is required for finished job'))
    }
    if ((status.active ?? 0) > 0) {
      errors.push(invalid('status.active', status.active, 'active>0 is invalid for finished job'))
    }
  }
  return errors
}
