// The query of a write, checked as the server checks it before it looks at the body.
// Source: apimachinery meta/v1/validation (ValidateCreateOptions, ValidatePatchOptions …).

import { invalidStatus } from '../validation/invalid-status.ts'
import type { FieldError } from '../validation/field-error.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteQuery {
  readonly dryRun: boolean
  readonly fieldValidation: FieldValidation
  readonly fieldManager: string | undefined
}

/** @param options the Kind errors are about: CreateOptions, UpdateOptions, PatchOptions */
export function checkWriteQuery(query: URLSearchParams, options: string): WriteQuery {
  const errors: FieldError[] = []
  for (const value of query.getAll('dryRun')) {
    if (value !== 'All') errors.push(unsupported('dryRun', [value], '"All"'))
  }
  const manager = query.get('fieldManager') ?? undefined
  if (manager !== undefined && manager.length > 128) {
    errors.push({ reason: 'FieldValueTooLong', field: 'fieldManager', body: 'Too long: may not be more than 128 bytes' })
  }
  const validation = query.get('fieldValidation') ?? ''
  if (!isFieldValidation(validation) && validation !== '') {
    errors.push(unsupported('fieldValidation', validation, '"", "Ignore", "Strict", "Warn"'))
  }
  if (options === 'PatchOptions' && query.has('force')) {
    errors.push({
      reason: 'FieldValueForbidden',
      field: 'force',
      body: 'Forbidden: may not be specified for non-apply patch',
    })
  }
  if (errors.length > 0) throw invalidStatus(options, 'meta.k8s.io', '', errors)
  return {
    dryRun: query.has('dryRun'),
    fieldValidation: isFieldValidation(validation) ? validation : 'Warn',
    fieldManager: manager,
  }
}

function isFieldValidation(text: string): text is FieldValidation {
  return text === 'Ignore' || text === 'Warn' || text === 'Strict'
}

function unsupported(field: string, value: unknown, supported: string): FieldError {
  return {
    reason: 'FieldValueNotSupported',
    field,
    body: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
  }
}
