// How many pods a rolling update may miss or add: a number or a percentage.
// Source: kubernetes apps/validation ValidatePositiveIntOrPercent, getIntOrPercentValue, IsNotMoreThan100Percent.

import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { validateNonNegative } from './workload-validation.ts'

const PERCENT_TEXT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for " +
  "validation is '[0-9]+%')"

/** A number of pods or a percentage of them. */
export function validateCount(value: number | string, path: string, errors: FieldError[]): void {
  if (typeof value === 'number') validateNonNegative(value, path, errors)
  else if (!isPercent(value)) errors.push(invalid(path, value, PERCENT_TEXT))
}

/** What counts towards being zero: of a text that is no percentage, the number it is, or none. */
export function amount(value: number | string): number {
  if (typeof value === 'number') return value
  if (isPercent(value)) return Number.parseInt(value, 10)
  return /^[-+]?\d+$/.test(value) ? Number(value) : 0
}

function isPercent(text: string): boolean {
  return /^[0-9]+%$/.test(text)
}

export function validateAtMostAll(value: number | string, path: string, errors: FieldError[]): void {
  if (typeof value === 'string' && isPercent(value) && amount(value) > 100) {
    errors.push(invalid(path, value, 'must not be greater than 100%'))
  }
}
