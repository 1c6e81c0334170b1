// What autoscaling/v1 keeps in annotations, read back. Source: kubernetes apis/autoscaling/v1/conversion.go.
// Departure: texts that hold something else than the server would have written are taken as far as they can be read.

import type {
  V2HorizontalPodAutoscalerBehavior,
  V2HorizontalPodAutoscalerCondition,
  V2MetricSpec,
  V2MetricStatus,
} from '../../objects/index.ts'
import { BEHAVIOR, CONDITIONS, CURRENT_METRICS, METRICS } from './v1-annotations.ts'

type Flat = Readonly<Record<string, unknown>>

interface Rest {
  readonly metrics?: readonly V2MetricSpec[]
  readonly currentMetrics?: readonly V2MetricStatus[]
  readonly behavior?: V2HorizontalPodAutoscalerBehavior
  readonly conditions?: readonly V2HorizontalPodAutoscalerCondition[]
}

/** What the annotations say; what cannot be read is passed over. */
export function readRest(annotations: Readonly<Record<string, string>> = {}): Rest {
  const metrics = parsed(annotations[METRICS])
  const currentMetrics = parsed(annotations[CURRENT_METRICS])
  const conditions = parsed(annotations[CONDITIONS])
  const behavior = parsed(annotations[BEHAVIOR])
  return {
    ...(Array.isArray(metrics) ? { metrics: metrics.filter(isObject).map((item) => fullMetric(item, 'target')) } : {}),
    ...(Array.isArray(currentMetrics)
      ? { currentMetrics: currentMetrics.filter(isObject).map((item) => fullMetric(item, 'current')) }
      : {}),
    ...(Array.isArray(conditions) ? { conditions: conditions.filter(isObject) } : {}),
    ...(isObject(behavior) && Object.values(behavior).some(isObject) ? { behavior: readBehavior(behavior) } : {}),
  } as unknown as Rest
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Flat {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @param what is asked for or was measured: the fields are called after it */
function fullMetric(flat: Flat, what: 'current' | 'target'): Flat {
  const { type } = flat
  const part = (name: string): Flat | undefined => (isObject(flat[name]) ? flat[name] : undefined)
  const [object, pods, external] = [part('object'), part('pods'), part('external')]
  const values = (value: unknown, averageValue: unknown, averageUtilization?: unknown): Flat => ({
    ...(what === 'target' ? { type: targetType(value, averageUtilization) } : {}),
    ...defined({ value, averageValue, averageUtilization }),
  })
  const metric = ({ metricName, selector, metricSelector }: Flat): Flat => ({
    name: metricName,
    ...defined({ selector: selector ?? metricSelector }),
  })
  const usage = (source: Flat): Flat =>
    values(undefined, source[`${what}AverageValue`], source[`${what}AverageUtilization`])
  const sources: Record<string, unknown> = {}
  if (object !== undefined) {
    const value = object[`${what}Value`]
    const target = values(value, object['averageValue'])
    if (what === 'target' && object['averageValue'] !== undefined) Object.assign(target, { type: 'AverageValue' })
    sources['object'] = { describedObject: object['target'], metric: metric(object), [what]: target }
  }
  if (pods !== undefined) {
    sources['pods'] = { metric: metric(pods), [what]: values(undefined, pods[`${what}AverageValue`]) }
  }
  for (const name of ['resource', 'containerResource']) {
    const source = part(name)
    if (source === undefined) continue
    sources[name] = { ...defined({ name: source['name'], container: source['container'] }), [what]: usage(source) }
  }
  if (external !== undefined) {
    const current = values(external[`${what}Value`], external[`${what}AverageValue`])
    sources['external'] = { metric: metric(external), [what]: current }
  }
  return { type, ...sources }
}

function targetType(value: unknown, averageUtilization: unknown): string {
  if (averageUtilization !== undefined) return 'Utilization'
  return value === undefined ? 'AverageValue' : 'Value'
}

function defined(fields: Flat): Flat {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
}

function readBehavior({ ScaleUp: up, ScaleDown: down }: Flat): Flat {
  return defined({ scaleUp: readRules(up), scaleDown: readRules(down) })
}

function readRules(rules: unknown): Flat | undefined {
  if (!isObject(rules)) return undefined
  const policies = rules['Policies']
  return defined({
    stabilizationWindowSeconds: rules['StabilizationWindowSeconds'],
    selectPolicy: rules['SelectPolicy'],
    policies: Array.isArray(policies)
      ? policies
          .filter(isObject)
          .map(({ Type: type, Value: value, PeriodSeconds: periodSeconds }) => ({ type, value, periodSeconds }))
      : undefined,
    tolerance: rules['Tolerance'],
  })
}
