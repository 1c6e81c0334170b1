// Labels and label selectors inside objects. Source: apimachinery meta/v1/validation.

import type { LabelSelector } from '../objects/index.ts'
import type { FieldError } from './field-error.ts'
import { forbiddenField, invalid, required } from './field-errors.ts'
import { labelValue, qualifiedName } from './names.ts'

export function validateLabels(labels: Readonly<Record<string, string>>, path: string, errors: FieldError[]): void {
  for (const [key, value] of Object.entries(labels)) {
    validateLabelKey(key, path, errors)
    for (const problem of labelValue(value)) errors.push(invalid(path, value, problem))
  }
}

/** @param checked what is checked in place of `key`: annotations ignore case */
export function validateLabelKey(key: string, path: string, errors: FieldError[], checked = key): void {
  for (const problem of qualifiedName(checked)) errors.push(invalid(path, key, problem))
}

export function validateLabelSelector(selector: LabelSelector, path: string, errors: FieldError[]): void {
  if (selector.matchLabels !== undefined) validateLabels(selector.matchLabels, `${path}.matchLabels`, errors)
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) {
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        errors.push(
          forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        )
      }
    } else errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'))
    validateLabelKey(key, `${at}.key`, errors)
    for (const [at2, value] of values.entries()) {
      for (const problem of labelValue(value)) errors.push(invalid(`${at}.values[${at2}]`, value, problem))
    }
  }
}
