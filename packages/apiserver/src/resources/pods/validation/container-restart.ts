// Restart and resize policies of containers. Source: kubernetes core/validation (validateContainerRestartPolicy,
// validateInitContainerRestartPolicy, validateResizePolicy).

import type { Container, ContainerResizePolicy, ContainerRestartRule } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { duplicate, invalid, notSupported, required, tooLong } from '../../../validation/field-errors.ts'

const POLICIES = ['Always', 'Never', 'OnFailure']
const ACTIONS = ['Restart', 'RestartAllContainers']
const OPERATORS = ['In', 'NotIn']
const MAX_RULES = 20
const MAX_EXIT_CODES = 255

export function validateRestartPolicy(
  { restartPolicy, restartPolicyRules: rules = [] }: Container,
  path: string,
  errors: FieldError[],
): void {
  if (restartPolicy === undefined) {
    if (rules.length === 0) return
    errors.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'))
  } else if (!POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(`${path}.restartPolicy`, restartPolicy, POLICIES))
  }
  if (rules.length > MAX_RULES) errors.push(tooLong(`${path}.restartPolicyRules`, MAX_RULES))
  for (const [index, rule] of rules.entries()) validateRule(rule, `${path}.restartPolicyRules[${index}]`, errors)
}

function validateRule({ action = '', exitCodes }: ContainerRestartRule, path: string, errors: FieldError[]): void {
  if (!ACTIONS.includes(action)) errors.push(notSupported(`${path}.action`, action, ACTIONS))
  if (exitCodes === undefined) {
    errors.push(required(`${path}.exitCodes`, 'must be specified'))
    return
  }
  const { operator = '', values = [] } = exitCodes
  if (!OPERATORS.includes(operator)) errors.push(notSupported(`${path}.exitCodes.operator`, operator, OPERATORS))
  if (values.length > MAX_EXIT_CODES) errors.push(tooLong(`${path}.exitCodes.values`, MAX_EXIT_CODES))
}

const RESIZABLE = ['cpu', 'memory']
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer']

export function validateResizePolicy(
  policies: readonly ContainerResizePolicy[],
  podRestartPolicy: string | undefined,
  path: string,
  errors: FieldError[],
): void {
  const resources = new Set<string>()
  for (const [index, { resourceName = '', restartPolicy = '' }] of policies.entries()) {
    if (resources.has(resourceName)) errors.push(duplicate(`${path}[${index}]`, resourceName))
    resources.add(resourceName)
    if (resourceName === '') errors.push(required(path))
    else if (!RESIZABLE.includes(resourceName)) errors.push(notSupported(path, resourceName, RESIZABLE))
    if (restartPolicy === '') errors.push(required(path))
    else if (!RESIZE_POLICIES.includes(restartPolicy)) {
      errors.push(notSupported(path, restartPolicy, RESIZE_POLICIES))
    }
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.push(invalid(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
    }
  }
}
