// What autoscaling/v1 has no fields for is written in annotations. Source: kubernetes
// apis/autoscaling/v1/conversion.go.

import type {
  V2CrossVersionObjectReference,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
  V2HPAScalingRules,
  V2MetricSpec,
  V2MetricStatus,
} from '../../objects/index.ts'

const PREFIX = 'autoscaling.alpha.kubernetes.io/'
export const METRICS = `${PREFIX}metrics`
export const CURRENT_METRICS = `${PREFIX}current-metrics`
export const BEHAVIOR = `${PREFIX}behavior`
export const CONDITIONS = `${PREFIX}conditions`
export const REST_ANNOTATIONS: readonly string[] = [METRICS, CURRENT_METRICS, BEHAVIOR, CONDITIONS]

type Annotations = Readonly<Record<string, string>>
interface Target {
  readonly value?: string
  readonly averageValue?: string
  readonly averageUtilization?: number
}

/** Those the object has, and those that say the rest. */
export function withRest(
  annotations: Annotations | undefined,
  { spec, status }: V2HorizontalPodAutoscaler,
  others: readonly V2MetricSpec[],
): Annotations | undefined {
  const all: Record<string, string> = { ...withoutRest(annotations) }
  const { behavior } = spec
  const { currentMetrics = [], conditions = [] } = status ?? {}
  if (others.length > 0) all[METRICS] = JSON.stringify(others.map(flatMetric))
  if (currentMetrics.length > 0) all[CURRENT_METRICS] = JSON.stringify(currentMetrics.map(flatStatus))
  if (behavior !== undefined) all[BEHAVIOR] = JSON.stringify(printedBehavior(behavior))
  if (conditions.length > 0) {
    all[CONDITIONS] = JSON.stringify(
      conditions.map(({ type, status: holds, lastTransitionTime = null, reason, message }) => ({
        type,
        status: holds,
        lastTransitionTime,
        reason: reason || undefined,
        message: message || undefined,
      })),
    )
  }
  return Object.keys(all).length === 0 ? undefined : all
}

export function withoutRest(annotations: Annotations | undefined): Annotations | undefined {
  if (annotations === undefined || !REST_ANNOTATIONS.some((key) => key in annotations)) return annotations
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !REST_ANNOTATIONS.includes(key)))
}

function flatMetric({ type, object, pods, resource, containerResource, external }: V2MetricSpec): object {
  return {
    type,
    object: object && {
      target: reference(object.describedObject),
      metricName: object.metric.name,
      targetValue: object.target.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.target.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue ?? '0',
      selector: pods.metric.selector,
    },
    resource: resource && { name: resource.name, ...flatUsage(resource.target) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...flatUsage(containerResource.target),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    },
  }
}

function flatUsage({
  averageUtilization,
  averageValue,
}: {
  averageUtilization?: number
  averageValue?: string
}): object {
  return { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue }
}

function reference({ kind, name, apiVersion }: V2CrossVersionObjectReference): object {
  return { kind, name, apiVersion: apiVersion || undefined }
}

function flatStatus({ type, object, pods, resource, containerResource, external }: V2MetricStatus): object {
  const usage = (current: Target): object => ({
    currentAverageUtilization: current.averageUtilization,
    currentAverageValue: current.averageValue ?? '0',
  })
  return {
    type,
    object: object && {
      target: reference(object.describedObject),
      metricName: object.metric.name,
      currentValue: object.current.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.current.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue ?? '0',
      selector: pods.metric.selector,
    },
    resource: resource && { name: resource.name, ...usage(resource.current as Target) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...usage(containerResource.current as Target),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      currentValue: external.current.value ?? '0',
      currentAverageValue: external.current.averageValue,
    },
  }
}

/** As the server's own struct: here it is what is kept. */
function printedBehavior({ scaleUp, scaleDown }: V2HorizontalPodAutoscalerBehavior): object {
  const printed = (rules: V2HPAScalingRules | undefined): object | null =>
    rules === undefined
      ? null
      : {
          StabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? null,
          SelectPolicy: rules.selectPolicy ?? null,
          Policies:
            rules.policies?.map(({ type, value, periodSeconds }) => ({
              Type: type,
              Value: value,
              PeriodSeconds: periodSeconds,
            })) ?? null,
          Tolerance: rules.tolerance ?? null,
        }
  return { ScaleUp: printed(scaleUp), ScaleDown: printed(scaleDown) }
}
