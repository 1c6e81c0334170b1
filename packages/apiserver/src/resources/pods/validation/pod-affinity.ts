// Near which other pods a pod may run, and over what it spreads. Source: kubernetes core/validation (validatePodAffinity,
// validateTopologySpreadConstraints, ValidateMatchLabelKeysAndMismatchLabelKeys).

import type {
  Affinity,
  LabelSelector,
  PodAffinity,
  PodAffinityTerm,
  TopologySpreadConstraint,
} from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import {
  duplicate,
  forbiddenField,
  invalid,
  notSupported,
  pushProblems,
  required,
} from '../../../validation/field-errors.ts'
import { validateLabelKey, validateLabelSelector } from '../../../validation/labels.ts'
import { dnsLabel } from '../../../validation/names.ts'
import { validateNodeAffinity } from './node-selector.ts'

export function validateAffinity(affinity: Affinity, path: string, errors: FieldError[]): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity
  if (nodeAffinity !== undefined) validateNodeAffinity(nodeAffinity, `${path}.nodeAffinity`, errors)
  if (podAffinity !== undefined) validatePodAffinity(podAffinity, `${path}.podAffinity`, errors)
  if (podAntiAffinity !== undefined) validatePodAffinity(podAntiAffinity, `${path}.podAntiAffinity`, errors)
}

function validatePodAffinity(
  {
    requiredDuringSchedulingIgnoredDuringExecution: needed = [],
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  }: PodAffinity,
  path: string,
  errors: FieldError[],
): void {
  for (const [index, term] of needed.entries()) {
    validateTerm(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, errors)
  }
  for (const [index, { weight = 0, podAffinityTerm }] of preferred.entries()) {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
    if (weight <= 0 || weight > 100) errors.push(invalid(`${at}.weight`, weight, 'must be in the range 1-100'))
    validateTerm(podAffinityTerm, `${at}.podAffinityTerm`, errors)
  }
}

function validateTerm(term: PodAffinityTerm, path: string, errors: FieldError[]): void {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = '' } = term
  if (labelSelector !== undefined) validateLabelSelector(labelSelector, `${path}.labelSelector`, errors)
  if (namespaceSelector !== undefined) validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors)
  for (const name of namespaces) pushProblems(dnsLabel(name), `${path}.namespace`, name, errors)
  validateLabelKeys(term.matchLabelKeys ?? [], term.mismatchLabelKeys ?? [], labelSelector, path, errors)
  if (topologyKey === '') errors.push(required(`${path}.topologyKey`, 'can not be empty'))
  validateLabelKey(topologyKey, `${path}.topologyKey`, errors)
}

/** Labels of the new pod itself that narrow the selector. */
function validateLabelKeys(
  match: readonly string[],
  mismatch: readonly string[],
  selector: LabelSelector | undefined,
  path: string,
  errors: FieldError[],
): void {
  validateKeys(match, selector, `${path}.matchLabelKeys`, errors)
  validateKeys(mismatch, selector, `${path}.mismatchLabelKeys`, errors)
  const taken = new Set(Object.keys(selector?.matchLabels ?? {}))
  for (const { key } of selector?.matchExpressions ?? []) {
    const index = match.lastIndexOf(key)
    if (index >= 0 && taken.has(key)) {
      errors.push(invalid(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'))
    }
    taken.add(key)
  }
  for (const [index, key] of match.entries()) {
    if (!mismatch.includes(key)) continue
    const text = 'exists in both matchLabelKeys and mismatchLabelKeys'
    errors.push(invalid(`${path}.matchLabelKeys[${index}]`, key, text))
  }
}

function validateKeys(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (keys.length === 0) return
  if (selector === undefined) {
    errors.push(forbiddenField(path, 'must not be specified when labelSelector is not set'))
    return
  }
  for (const [index, key] of keys.entries()) validateLabelKey(key, `${path}[${index}]`, errors)
}

const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway']
const INCLUSION_POLICIES = ['Honor', 'Ignore']

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  errors: FieldError[],
): void {
  for (const [index, constraint] of constraints.entries()) {
    const at = `${path}[${index}]`
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable: action = '' } = constraint
    if (maxSkew <= 0) errors.push(invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'))
    if (topologyKey === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'))
    if (!ACTIONS.includes(action)) errors.push(notSupported(`${at}.whenUnsatisfiable`, action, ACTIONS))
    const repeated = constraints
      .slice(index + 1)
      .some((other) => (other.topologyKey ?? '') === topologyKey && (other.whenUnsatisfiable ?? '') === action)
    if (repeated) {
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`))
    }
    validateSpreadOptions(constraint, at, errors)
  }
}

function validateSpreadOptions(constraint: TopologySpreadConstraint, path: string, errors: FieldError[]): void {
  const { minDomains, whenUnsatisfiable: action = '', labelSelector, matchLabelKeys = [] } = constraint
  if (minDomains !== undefined) {
    if (minDomains <= 0) errors.push(invalid(`${path}.minDomains`, minDomains, 'must be greater than zero'))
    if (action !== 'DoNotSchedule') {
      const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`
      errors.push(invalid(`${path}.minDomains`, minDomains, text))
    }
  }
  for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
    const policy = constraint[field]
    if (policy === undefined || INCLUSION_POLICIES.includes(policy)) continue
    errors.push(notSupported(`${path}.${field}`, policy, INCLUSION_POLICIES))
  }
  validateLabelKeys(matchLabelKeys, [], labelSelector, path, errors)
  if (labelSelector !== undefined) validateLabelSelector(labelSelector, `${path}.labelSelector`, errors)
}
