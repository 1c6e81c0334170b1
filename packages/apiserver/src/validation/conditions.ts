// Conditions in the status of newer kinds. Source: apimachinery v0.36.2 meta/v1/validation (ValidateConditions, ValidateCondition).

import type { FieldError } from './field-error.ts'
import { duplicate, invalid, notSupported, required, tooLong } from './field-errors.ts'
import { validateLabelKey } from './labels.ts'
import { byteLength } from './names.ts'

interface Condition {
  readonly type?: string
  readonly status?: string
  readonly observedGeneration?: number
  readonly lastTransitionTime?: string | null
  readonly reason?: string
  readonly message?: string
}

const STATUSES = ['False', 'True', 'Unknown']
const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const REASON_TEXT =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', " +
  "and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or " +
  `'ReasonA:ReasonB', regex used for validation is '${REASON}')`
const reasonPattern = new RegExp(`^${REASON}$`)
const MAX_REASON_BYTES = 1024
const MAX_MESSAGE_BYTES = 32 * 1024

export function validateConditions(
  conditions: readonly Condition[] | undefined,
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set<string>()
  for (const [index, condition] of (conditions ?? []).entries()) {
    const { type = '' } = condition
    if (seen.has(type)) errors.push(duplicate(`${path}[${index}].type`, type))
    seen.add(type)
    validateCondition(condition, `${path}[${index}]`, errors)
  }
}

function validateCondition(condition: Condition, path: string, errors: FieldError[]): void {
  const { type = '', status = '', observedGeneration = 0, lastTransitionTime, reason = '', message = '' } = condition
  validateLabelKey(type, `${path}.type`, errors)
  if (!STATUSES.includes(status)) errors.push(notSupported(`${path}.status`, status, STATUSES))
  if (observedGeneration < 0) {
    const text = 'must be greater than or equal to zero'
    errors.push(invalid(`${path}.observedGeneration`, observedGeneration, text))
  }
  if ((lastTransitionTime ?? '') === '') errors.push(required(`${path}.lastTransitionTime`))
  if (reason === '') errors.push(required(`${path}.reason`))
  else {
    if (!reasonPattern.test(reason)) errors.push(invalid(`${path}.reason`, reason, REASON_TEXT))
    if (byteLength(reason) > MAX_REASON_BYTES) errors.push(tooLong(`${path}.reason`, MAX_REASON_BYTES))
  }
  if (byteLength(message) > MAX_MESSAGE_BYTES) errors.push(tooLong(`${path}.message`, MAX_MESSAGE_BYTES))
}
