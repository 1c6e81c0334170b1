// Tolerations, gates and claims of a pod. Source: kubernetes core/validation (ValidateTolerations, validateSchedulingGates,
// validateReadinessGates, validatePodResourceClaims).

import type { PodReadinessGate, PodResourceClaim, PodSchedulingGate, Toleration } from '../../../objects/index.ts'
import { goStruct } from '../../../internal-structs/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import {
  duplicate,
  forbiddenField,
  invalid,
  notSupported,
  pushProblems,
  required,
} from '../../../validation/field-errors.ts'
import { validateLabelKey } from '../../../validation/labels.ts'
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../../../validation/names.ts'
import { EVICTION_TOLERATIONS } from '../pod-admission.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
const OPERATORS = ['Equal', 'Exists']
/** Comparisons are behind a gate that is off, and listed all the same. */
const COMPARISONS = ['Lt', 'Gt']
const NO_KEY_TEXT = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'

export function validateTolerations(tolerations: readonly Toleration[], path: string, errors: FieldError[]): void {
  if (tolerations === EVICTION_TOLERATIONS) return
  for (const [index, toleration] of tolerations.entries()) {
    validateToleration(toleration, `${path}[${index}]`, errors)
  }
}

function validateToleration(
  { key = '', operator = '', value = '', effect = '', tolerationSeconds }: Toleration,
  path: string,
  errors: FieldError[],
): void {
  if (key !== '') validateLabelKey(key, `${path}.key`, errors)
  else if (operator !== 'Exists') errors.push(invalid(`${path}.operator`, operator, NO_KEY_TEXT))
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
    errors.push(invalid(`${path}.effect`, effect, text))
  }
  if (operator === 'Exists') {
    if (value !== '') {
      errors.push(invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"))
    }
  } else if (operator === 'Equal' || operator === '') {
    const problems = labelValue(value)
    if (problems.length > 0) errors.push(invalid(`${path}.operator`, value, problems.join(';')))
  } else {
    const listed = COMPARISONS.includes(operator) ? [...OPERATORS, ...COMPARISONS] : OPERATORS
    errors.push(notSupported(`${path}.operator`, operator, listed))
  }
  if (effect !== '' && !EFFECTS.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, EFFECTS))
}

export function validateReadinessGates(gates: readonly PodReadinessGate[], path: string, errors: FieldError[]): void {
  for (const [index, { conditionType = '' }] of gates.entries()) {
    pushProblems(qualifiedName(conditionType), `${path}[${index}].conditionType`, conditionType, errors)
  }
}

export function validateSchedulingGates(gates: readonly PodSchedulingGate[], path: string, errors: FieldError[]): void {
  const names = new Set<string>()
  for (const [index, { name = '' }] of gates.entries()) {
    pushProblems(qualifiedName(name), `${path}[${index}]`, name, errors)
    if (names.has(name)) errors.push(duplicate(`${path}[${index}]`, name))
    names.add(name)
  }
}

const NO_CLAIMS: ReadonlySet<string> = new Set()

/** @returns the names containers may claim */
export function validateResourceClaims(
  claims: readonly PodResourceClaim[] | undefined,
  isMirror: boolean,
  path: string,
  errors: FieldError[],
): ReadonlySet<string> {
  if (claims === undefined) return NO_CLAIMS
  const known = new Set<string>()
  for (const [index, claim] of claims.entries()) {
    if (isMirror) errors.push(forbiddenField('[]', 'static pods do not support resource claims'))
    else validateResourceClaim(claim, known, `${path}[${index}]`, errors)
  }
  return new Set(claims.map(({ name }) => name).filter((name) => (name ?? '') !== ''))
}

function validateResourceClaim(claim: PodResourceClaim, known: Set<string>, path: string, errors: FieldError[]): void {
  const { name = '', resourceClaimName: own, resourceClaimTemplateName: template } = claim
  if (name === '') errors.push(required(`${path}.name`))
  else if (known.has(name)) errors.push(duplicate(`${path}.name`, name))
  else {
    pushProblems(dnsLabel(name), `${path}.name`, name, errors)
    known.add(name)
  }
  const printed = (): unknown => goStruct('core.PodResourceClaim', claim)
  if (own !== undefined && template !== undefined) {
    const text = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
    errors.push(invalid(path, printed(), text))
  }
  if (own === undefined && template === undefined) {
    errors.push(invalid(path, printed(), 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'))
  }
  if (own !== undefined) pushProblems(dnsSubdomain(own), `${path}.resourceClaimName`, own, errors)
  if (template !== undefined) {
    pushProblems(dnsSubdomain(template), `${path}.resourceClaimTemplateName`, template, errors)
  }
}
