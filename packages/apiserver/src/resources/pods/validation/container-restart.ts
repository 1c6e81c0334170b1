// Restart and resize policies of containers. Source: kubernetes core/validation (validateContainerRestartPolicy,
// validateInitContainerRestartPolicy, validateResizePolicy).

import type { Container, ContainerResizePolicy, ContainerRestartRule } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { duplicate, invalid, notSupported, required, tooMany } from '../../../validation/field-errors.ts'

const POLICIES = ['Always', 'Never', 'OnFailure']
const ACTIONS = ['Restart', 'RestartAllContainers']
const OPERATORS = ['In', 'NotIn']
const MAX_RULES = 20
const MAX_EXIT_CODES = 255

/** Of an init container: rules without a policy are all that is said of them. */
export function validateInitRestartPolicy(container: Container, path: string, errors: FieldError[]): void {
  if (container.restartPolicy !== undefined) validateRestartPolicy(container, path, errors)
  else if ((container.restartPolicyRules ?? []).length > 0) errors.push(required(`${path}.restartPolicy`, NO_POLICY))
}

const NO_POLICY = 'must specify restartPolicy when restart rules are used'

export function validateRestartPolicy(
  { restartPolicy, restartPolicyRules: rules = [] }: Container,
  path: string,
  errors: FieldError[],
): void {
  if (restartPolicy === undefined) {
    if (rules.length === 0) return
    errors.push(required(`${path}.restartPolicy`, NO_POLICY))
  } else if (!POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(`${path}.restartPolicy`, restartPolicy, POLICIES))
  }
  if (rules.length > MAX_RULES) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, MAX_RULES))
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
  if (values.length > MAX_EXIT_CODES) {
    errors.push(tooMany(`${path}.exitCodes.values`, values.length, MAX_EXIT_CODES))
  }
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
      errors.push(invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"))
    }
  }
}

/** Those that run once before the others are not started again for their resources. */
export function refuseRestartOnResize({ resizePolicy = [] }: Container, path: string, errors: FieldError[]): void {
  for (const [index, { restartPolicy }] of resizePolicy.entries()) {
    if (restartPolicy !== 'RestartContainer') continue
    const text = "must not be set to 'RestartContainer' for non-sidecar initContainers"
    errors.push(invalid(`${path}.resizePolicy[${index}].restartPolicy`, restartPolicy, text))
  }
}
