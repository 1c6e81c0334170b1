// What a Job says of failed pods: which failures count, which are ignored, which fail the Job or its index.
// Source: kubernetes batch/validation (validatePodFailurePolicy, validatePodReplacementPolicy), batch/v1/defaults.go.

import type { JobSpec, PodFailurePolicy, PodFailurePolicyRule } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, invalid, notSupported, required, tooMany } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'
import type { Mutable } from '../resource.ts'

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const OPERATORS = ['In', 'NotIn']
const STATUSES = ['False', 'True', 'Unknown']
const REPLACEMENTS = ['Failed', 'TerminatingOrFailed']
const MAX_RULES = 20
const MAX_PATTERNS = 20
const MAX_EXIT_CODES = 255

/** Also for the jobs a CronJob makes. */
export function defaultFailurePolicy(policy: Mutable<PodFailurePolicy> | undefined): void {
  for (const rule of policy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
  }
}

export function validateFailurePolicy(spec: JobSpec, path: string, errors: FieldError[]): void {
  const rules = spec.podFailurePolicy?.rules ?? []
  const at = `${path}.rules`
  if (rules.length > MAX_RULES) errors.push(tooMany(at, rules.length, MAX_RULES))
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {}
  const names = new Set([...containers, ...initContainers].map(({ name }) => name))
  for (const [index, rule] of rules.entries()) validateRule(spec, rule, `${at}[${index}]`, names, errors)
}

/** As Go prints a list of strings. */
function listed(values: readonly string[]): string {
  return `valid values: [${values.map((value) => `"${value}"`).join(' ')}]`
}

/** An error about the whole, whose value is not shown. */
function invalidWhole(field: string, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, body: `Invalid value: ${detail}` }
}

function validateRule(
  spec: JobSpec,
  { action = '', onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  path: string,
  names: ReadonlySet<string>,
  errors: FieldError[],
): void {
  const at = `${path}.action`
  if (action === '') errors.push(required(at, listed(ACTIONS)))
  else if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) {
      errors.push(invalid(at, action, 'requires the backoffLimitPerIndex to be set'))
    }
  } else if (!ACTIONS.includes(action)) errors.push(notSupported(at, action, ACTIONS))
  if (onExitCodes !== undefined) validateExitCodes(onExitCodes, `${path}.onExitCodes`, names, errors)
  if (onPodConditions.length > 0) validatePatterns(onPodConditions, `${path}.onPodConditions`, errors)
  if (onExitCodes !== undefined && onPodConditions.length > 0) {
    errors.push(invalidWhole(path, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  }
  if (onExitCodes === undefined && onPodConditions.length === 0) {
    errors.push(invalidWhole(path, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
}

function validatePatterns(
  patterns: NonNullable<PodFailurePolicyRule['onPodConditions']>,
  path: string,
  errors: FieldError[],
): void {
  if (patterns.length > MAX_PATTERNS) errors.push(tooMany(path, patterns.length, MAX_PATTERNS))
  for (const [index, { type = '', status = '' }] of patterns.entries()) {
    const at = `${path}[${index}]`
    for (const problem of qualifiedName(type)) errors.push(invalid(`${at}.type`, type, problem))
    if (status === '') errors.push(required(`${at}.status`, listed(STATUSES)))
    else if (!STATUSES.includes(status)) errors.push(notSupported(`${at}.status`, status, STATUSES))
  }
}

function validateExitCodes(
  { operator = '', containerName, values: given }: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  path: string,
  names: ReadonlySet<string>,
  errors: FieldError[],
): void {
  const values = given ?? []
  if (operator === '') errors.push(required(`${path}.operator`, listed(OPERATORS)))
  else if (!OPERATORS.includes(operator)) errors.push(notSupported(`${path}.operator`, operator, OPERATORS))
  if (containerName !== undefined && !names.has(containerName)) {
    const text = 'must be one of the container or initContainer names in the pod template'
    errors.push(invalid(`${path}.containerName`, containerName, text))
  }
  const at = `${path}.values`
  if (values.length === 0) errors.push(invalid(at, given ?? null, 'at least one value is required'))
  else if (values.length > MAX_EXIT_CODES) errors.push(tooMany(at, values.length, MAX_EXIT_CODES))
  const seen = new Set<number>()
  for (const [index, code] of values.entries()) {
    if (operator === 'In' && code === 0) {
      errors.push(invalid(`${at}[${index}]`, code, 'must not be 0 for the In operator'))
    }
    if (seen.has(code)) errors.push(duplicate(`${at}[${index}]`, code))
    seen.add(code)
  }
  if (values.some((code, index) => index > 0 && (values[index - 1] ?? 0) > code)) {
    errors.push(invalid(at, values, 'must be ordered'))
  }
}

/** A pod is replaced only once it failed where failures are judged by a policy. */
export function validateReplacement(spec: JobSpec, path: string, errors: FieldError[]): void {
  const { podReplacementPolicy: policy, podFailurePolicy } = spec
  if (policy === undefined) return
  const allowed = podFailurePolicy === undefined ? REPLACEMENTS : ['Failed']
  if (!allowed.includes(policy)) errors.push(notSupported(path, policy, allowed))
}
