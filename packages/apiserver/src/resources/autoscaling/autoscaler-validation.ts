// What a HorizontalPodAutoscaler may say. Source: kubernetes autoscaling/validation.

import type { V2HorizontalPodAutoscaler, V2HPAScalingRules, V2MetricSpec } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { pathSegmentName } from '../../validation/names.ts'

const METRIC_TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']
const METRIC_FIELDS: ReadonlyMap<string, keyof V2MetricSpec> = new Map([
  ['ContainerResource', 'containerResource'],
  ['External', 'external'],
  ['Object', 'object'],
  ['Pods', 'pods'],
  ['Resource', 'resource'],
])

export function validateAutoscaler({ spec }: V2HorizontalPodAutoscaler): readonly FieldError[] {
  const errors: FieldError[] = []
  const { minReplicas, maxReplicas, metrics = [] } = spec
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'))
  }
  if (maxReplicas < 1) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'))
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'))
  }
  validateTarget(spec.scaleTargetRef, errors)
  for (const [index, metric] of metrics.entries()) validateMetric(metric, `spec.metrics[${index}]`, errors)
  const scalesToZero = metrics.some(({ type }) => type === 'Object' || type === 'External')
  if (minReplicas === 0 && !scalesToZero) {
    const text = 'must specify at least one Object or External metric to support scaling to zero replicas'
    errors.push(forbiddenField('spec.metrics', text))
  }
  if (spec.behavior?.scaleUp !== undefined) validateRules(spec.behavior.scaleUp, 'spec.behavior.scaleUp', errors)
  if (spec.behavior?.scaleDown !== undefined) validateRules(spec.behavior.scaleDown, 'spec.behavior.scaleDown', errors)
  return errors
}

function validateTarget(
  { kind = '', name = '', apiVersion = '' }: V2HorizontalPodAutoscaler['spec']['scaleTargetRef'],
  errors: FieldError[],
): void {
  const path = 'spec.scaleTargetRef'
  const check = (field: string, value: string): void => {
    if (value === '') errors.push(required(`${path}.${field}`))
    else for (const problem of pathSegmentName(value)) errors.push(invalid(`${path}.${field}`, value, problem))
  }
  check('kind', kind)
  check('name', name)
  // ReplicationControllers are the one target of the core group.
  if (apiVersion === '' && kind !== 'ReplicationController') {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, 'apiVersion must specify API group'))
  }
}

function validateMetric(metric: V2MetricSpec, path: string, errors: FieldError[]): void {
  const { type = '' } = metric
  if (type === '') {
    errors.push(required(`${path}.type`, 'must specify a metric source type'))
    return
  }
  const field = METRIC_FIELDS.get(type)
  const expected: readonly string[] = field === undefined ? [] : [field]
  // Said twice by the server: once for the type, once for the missing source.
  const unknown = notSupported(`${path}.type`, type, METRIC_TYPES)
  if (field === undefined) errors.push(unknown, unknown)
  for (const other of METRIC_FIELDS.values()) {
    if (metric[other] === undefined || expected.includes(other)) continue
    errors.push(forbiddenField(`${path}.${other}`, 'must populate the given metric source only'))
  }
  if (field === undefined || metric[field] !== undefined) return
  const text = `must populate information for the given metric source (only allowed when \`type\` is "${type}")`
  errors.push(required(`${path}.${field}`, text))
}

const POLICIES = ['Disabled', 'Max', 'Min']
const POLICY_TYPES = ['Percent', 'Pods']
const MAX_WINDOW = 3600
const MAX_PERIOD = 1800

function validateRules(rules: V2HPAScalingRules, path: string, errors: FieldError[]): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [] } = rules
  if (window !== undefined && window < 0) {
    errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'))
  }
  if (window !== undefined && window > MAX_WINDOW) {
    errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${MAX_WINDOW}`))
  }
  if (selectPolicy !== undefined && !POLICIES.includes(selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, POLICIES))
  }
  if (policies.length === 0) errors.push(required(`${path}.policies`, 'must specify at least one Policy'))
  for (const [index, { type, value, periodSeconds }] of policies.entries()) {
    const at = `${path}.policies[${index}]`
    if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`${at}.type`, type, POLICY_TYPES))
    if (value <= 0) errors.push(invalid(`${at}.value`, value, 'must be greater than zero'))
    if (periodSeconds <= 0) errors.push(invalid(`${at}.periodSeconds`, periodSeconds, 'must be greater than zero'))
    if (periodSeconds > MAX_PERIOD) {
      errors.push(invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${MAX_PERIOD}`))
    }
  }
}
