// Which nodes a pod may run on, as node affinity says it. Source: kubernetes core/validation (ValidateNodeSelector,
// ValidatePreferredSchedulingTerms).

import type {
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PreferredSchedulingTerm,
} from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, pushProblems, required } from '../../../validation/field-errors.ts'
import { validateLabelKey } from '../../../validation/labels.ts'
import { dnsSubdomain, labelValue } from '../../../validation/names.ts'

export function validateNodeAffinity(
  {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  }: NodeAffinity,
  path: string,
  errors: FieldError[],
): void {
  if (required !== undefined) {
    validateNodeSelector(required, `${path}.requiredDuringSchedulingIgnoredDuringExecution`, errors)
  }
  for (const [index, term] of preferred.entries()) {
    validatePreferred(term, `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`, errors)
  }
}

/** Also for the affinity of volumes. */
export function validateNodeSelector(
  { nodeSelectorTerms: terms = [] }: NodeSelector,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.nodeSelectorTerms`
  if (terms.length === 0) errors.push(required(at, 'must have at least one node selector term'))
  for (const [index, term] of terms.entries()) validateTerm(term, true, `${at}[${index}]`, errors)
}

function validatePreferred(
  { weight = 0, preference = {} }: PreferredSchedulingTerm,
  path: string,
  errors: FieldError[],
): void {
  if (weight <= 0 || weight > 100) errors.push(invalid(`${path}.weight`, weight, 'must be in the range 1-100'))
  validateTerm(preference, false, `${path}.preference`, errors)
}

/** @param checkValues preferences may name values no label can have */
function validateTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  checkValues: boolean,
  path: string,
  errors: FieldError[],
): void {
  for (const [index, requirement] of matchExpressions.entries()) {
    validateExpression(requirement, checkValues, `${path}.matchExpressions[${index}]`, errors)
  }
  for (const [index, requirement] of matchFields.entries()) {
    validateField(requirement, `${path}.matchFields[${index}]`, errors)
  }
}

function validateExpression(
  { key = '', operator = '', values = [] }: NodeSelectorRequirement,
  checkValues: boolean,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.values`
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(at, "must be specified when `operator` is 'In' or 'NotIn'"))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    }
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) {
      errors.push(required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
    }
  } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'))
  validateLabelKey(key, `${path}.key`, errors)
  if (!checkValues) return
  for (const [index, value] of values.entries()) pushProblems(labelValue(value), `${at}[${index}]`, value, errors)
}

/** Nodes have one field that can be asked for: their name. */
function validateField(
  { key = '', operator = '', values = [] }: NodeSelectorRequirement,
  path: string,
  errors: FieldError[],
): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length !== 1) errors.push(required(`${path}.values`, ONE_VALUE))
  } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'))
  if (key !== 'metadata.name') errors.push(invalid(`${path}.key`, key, 'not a valid field selector key'))
  else {
    for (const [index, value] of values.entries()) {
      pushProblems(dnsSubdomain(value), `${path}.values[${index}]`, value, errors)
    }
  }
}

const ONE_VALUE = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
