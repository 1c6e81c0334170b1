// What a HorizontalPodAutoscaler may say; metrics are a file of their own. Source: kubernetes autoscaling/validation,
// registry/autoscaling/horizontalpodautoscaler/strategy.go.

import type { V2HorizontalPodAutoscaler, V2HPAScalingRules } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { validateMetric } from './metric-validation.ts'
import { validateReference } from './target-validation.ts'

/** @param old a target or a zero that was accepted once is let be */
export function validateAutoscaler(
  { spec }: V2HorizontalPodAutoscaler,
  old?: V2HorizontalPodAutoscaler,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const { minReplicas, maxReplicas = 0, metrics = [], scaleTargetRef } = spec
  const least = old?.spec.minReplicas === 0 ? 0 : 1
  if (minReplicas !== undefined && minReplicas < least) {
    errors.push(invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${least}`))
  }
  if (maxReplicas === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'))
  else if (maxReplicas < 0) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1'))
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'))
  }
  // ReplicationControllers are the one target of the core group.
  const coreGroup = scaleTargetRef.kind === 'ReplicationController'
  const before = old?.spec.scaleTargetRef
  const anyVersion = before?.kind === scaleTargetRef.kind && before.apiVersion === scaleTargetRef.apiVersion
  validateReference(scaleTargetRef, 'spec.scaleTargetRef', { coreGroup, anyVersion }, errors)
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

export function validateAutoscalerStatus({ status }: V2HorizontalPodAutoscaler): readonly FieldError[] {
  const errors: FieldError[] = []
  validateNonNegative(status?.currentReplicas, 'status.currentReplicas', errors)
  validateNonNegative(status?.desiredReplicas, 'status.desiredReplicas', errors)
  return errors
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
  const { tolerance } = rules
  if (tolerance !== undefined && (parseQuantity(tolerance)?.nano ?? 0n) < 0n) {
    errors.push(invalid(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0'))
  }
}
