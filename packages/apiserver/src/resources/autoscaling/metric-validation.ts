// What a HorizontalPodAutoscaler may measure. Source: kubernetes autoscaling/validation (validateMetricSpec and its sources).

import type { V2MetricIdentifier, V2MetricSpec, V2MetricTarget } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { dnsLabel, pathSegmentName } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { validateContainerResource } from '../core/resource-names.ts'
import { validateReference } from './target-validation.ts'

const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']
type Source = 'object' | 'external' | 'pods' | 'resource' | 'containerResource'
/** In the order the server looks at them. */
const SOURCES: readonly Source[] = ['object', 'external', 'pods', 'resource', 'containerResource']
const SOURCE_OF: ReadonlyMap<string, Source> = new Map([
  ['Object', 'object'],
  ['External', 'external'],
  ['Pods', 'pods'],
  ['Resource', 'resource'],
  ['ContainerResource', 'containerResource'],
])

export function validateMetric(metric: V2MetricSpec, path: string, errors: FieldError[]): void {
  const { type = '' } = metric
  const expected = SOURCE_OF.get(type)
  const unknown = notSupported(`${path}.type`, type, TYPES)
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric source type'))
  if (expected === undefined) errors.push(unknown)
  const present = SOURCES.filter((source) => metric[source] !== undefined)
  // Only the first is looked into.
  if (present[0] !== undefined) validateSource(metric, present[0], `${path}.${present[0]}`, errors)
  // Said again where the sources are counted.
  if (expected === undefined) errors.push(unknown)
  else if (metric[expected] === undefined) {
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'))
  }
  if (present.length === 1) return
  for (const source of present) {
    if (source === expected) continue
    errors.push(forbiddenField(`${path}.${source}`, 'must populate the given metric source only'))
  }
}

function validateSource(metric: V2MetricSpec, source: Source, path: string, errors: FieldError[]): void {
  const { object, external, pods, resource, containerResource } = metric
  if (source === 'object' && object !== undefined) {
    validateReference(object.describedObject ?? {}, `${path}.describedObject`, { coreGroup: true }, errors)
    validateIdentifier(object.metric, `${path}.metric`, errors)
    validateTarget(object.target, `${path}.target`, errors)
    requireOneOf(object.target, 'must set either a target value or averageValue', path, errors)
  } else if (source === 'external' && external !== undefined) {
    validateIdentifier(external.metric, `${path}.metric`, errors)
    validateTarget(external.target, `${path}.target`, errors)
    requireOneOf(external.target, 'must set either a target value for metric or a per-pod target', path, errors)
    if (external.target?.value !== undefined && external.target.averageValue !== undefined) {
      const text = 'may not set both a target value for metric and a per-pod target'
      errors.push(forbiddenField(`${path}.target.value`, text))
    }
  } else if (source === 'pods' && pods !== undefined) {
    validateIdentifier(pods.metric, `${path}.metric`, errors)
    validateTarget(pods.target, `${path}.target`, errors)
    if (pods.target?.averageValue === undefined) {
      errors.push(required(`${path}.target.averageValue`, 'must specify a positive target averageValue'))
    }
  } else if (source === 'containerResource' && containerResource !== undefined) {
    const { name = '', container = '', target } = containerResource
    if (name === '') errors.push(required(`${path}.name`, 'must specify a resource name'))
    else validateContainerResource(name, `${path}.name`, errors)
    if (container === '') errors.push(required(`${path}.container`, 'must specify a container'))
    else for (const problem of dnsLabel(container)) errors.push(invalid(`${path}.container`, container, problem))
    validateUsage(target, `${path}.target`, errors)
  } else if (resource !== undefined) {
    if ((resource.name ?? '') === '') errors.push(required(`${path}.name`, 'must specify a resource name'))
    validateUsage(resource.target, `${path}.target`, errors)
  }
}

function requireOneOf(target: V2MetricTarget | undefined, text: string, path: string, errors: FieldError[]): void {
  if (target?.value !== undefined || target?.averageValue !== undefined) return
  errors.push(required(`${path}.target.averageValue`, text))
}

/** Of a resource: a share or an amount. */
function validateUsage(target: V2MetricTarget | undefined, path: string, errors: FieldError[]): void {
  validateTarget(target, path, errors)
  const { averageUtilization, averageValue } = target ?? {}
  if (averageUtilization === undefined && averageValue === undefined) {
    const text = 'must set either a target raw value or a target utilization'
    errors.push(required(`${path}.averageUtilization`, text))
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const text = 'may not set both a target raw value and a target utilization'
    errors.push(forbiddenField(`${path}.averageValue`, text))
  }
}

function validateTarget(target: V2MetricTarget | undefined, path: string, errors: FieldError[]): void {
  const { type = '', value, averageValue, averageUtilization } = target ?? {}
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric target type'))
  if (type !== 'Utilization' && type !== 'Value' && type !== 'AverageValue') {
    errors.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'))
  }
  if (value !== undefined && !isPositive(value)) errors.push(invalid(`${path}.value`, value, 'must be positive'))
  if (averageValue !== undefined && !isPositive(averageValue)) {
    errors.push(invalid(`${path}.averageValue`, averageValue, 'must be positive'))
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'))
  }
}

function isPositive(quantity: string): boolean {
  return (parseQuantity(quantity)?.nano ?? 0n) > 0n
}

function validateIdentifier(metric: V2MetricIdentifier | undefined, path: string, errors: FieldError[]): void {
  const name = metric?.name ?? ''
  if (name === '') errors.push(required(`${path}.name`, 'must specify a metric name'))
  else for (const problem of pathSegmentName(name)) errors.push(invalid(`${path}.name`, name, problem))
}
