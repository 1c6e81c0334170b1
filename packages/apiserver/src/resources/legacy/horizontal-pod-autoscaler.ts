// autoscaling/v2beta1 and v2beta2 HorizontalPodAutoscalers. v2beta2 is v2 by another name; v2beta1 says a metric's name and
// target in other fields. Source: kubernetes apis/autoscaling/v2beta1/conversion.go.
// Departure: what v2beta1 cannot say (behavior) is kept as it is stored and not shown in annotations.

import { horizontalPodAutoscaler } from '../autoscaling/horizontal-pod-autoscaler.ts'
import { asFields, asList, changed, legacyVersion, present, type Fields, type LegacyObject } from './legacy-version.ts'

type Change = (fields: Fields) => Fields

function targetOf(utilization: unknown, averageValue: unknown, value?: unknown): Fields {
  const type = utilization !== undefined ? 'Utilization' : averageValue !== undefined ? 'AverageValue' : 'Value'
  return present({ type, averageUtilization: utilization, averageValue, value })
}

/** v2beta1 → v2, by the metric's field. */
const TO_STORED: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['resource', resourceToStored],
  ['containerResource', resourceToStored],
  [
    'pods',
    ({ metricName, selector, targetAverageValue }) => ({
      metric: present({ name: metricName, selector }),
      target: targetOf(undefined, targetAverageValue),
    }),
  ],
  [
    'object',
    ({ target, metricName, selector, averageValue, targetValue }) => ({
      describedObject: target,
      metric: present({ name: metricName, selector }),
      target:
        averageValue === undefined ? targetOf(undefined, undefined, targetValue) : targetOf(undefined, averageValue),
    }),
  ],
  [
    'external',
    ({ metricName, metricSelector, targetValue, targetAverageValue }) => ({
      metric: present({ name: metricName, selector: metricSelector }),
      target: targetOf(undefined, targetAverageValue, targetValue),
    }),
  ],
])

function resourceToStored({ targetAverageUtilization, targetAverageValue, ...rest }: Fields): Fields {
  return { ...rest, target: targetOf(targetAverageUtilization, targetAverageValue) }
}

/** v2 → v2beta1, for targets (spec) and current values (status). */
function fromStored(prefix: 'target' | 'current'): ReadonlyMap<string, Change> {
  const values = (metric: Fields): Fields => asFields(metric[prefix]) ?? {}
  const named = (metric: Fields): Fields => asFields(metric['metric']) ?? {}
  const resource: Change = (metric) => {
    const { [prefix]: _values, ...rest } = metric
    const { averageUtilization, averageValue } = values(metric)
    return present({
      ...rest,
      [`${prefix}AverageUtilization`]: averageUtilization,
      [`${prefix}AverageValue`]: averageValue,
    })
  }
  return new Map<string, Change>([
    ['resource', resource],
    ['containerResource', resource],
    [
      'pods',
      (metric) => {
        const { name, selector } = named(metric)
        return present({ metricName: name, [`${prefix}AverageValue`]: values(metric)['averageValue'], selector })
      },
    ],
    [
      'object',
      (metric) => {
        const { name, selector } = named(metric)
        const { value = '0', averageValue } = values(metric)
        const target = metric['describedObject']
        return present({ target, metricName: name, [`${prefix}Value`]: value, selector, averageValue })
      },
    ],
    [
      'external',
      (metric) => {
        const { name, selector } = named(metric)
        const { value, averageValue } = values(metric)
        const numbers = { [`${prefix}Value`]: value, [`${prefix}AverageValue`]: averageValue }
        return present({ metricName: name, metricSelector: selector, ...numbers })
      },
    ],
  ])
}

const SPEC_FROM_STORED = fromStored('target')
const STATUS_FROM_STORED = fromStored('current')

function convertMetrics(metrics: unknown, changes: ReadonlyMap<string, Change>): unknown {
  return asList(metrics)?.map((item) => {
    let metric = asFields(item) ?? {}
    for (const [name, change] of changes) metric = changed(metric, name, (source) => change(asFields(source) ?? {}))
    return metric
  })
}

function v2beta1FromStored(object: LegacyObject): LegacyObject {
  const { behavior: _behavior, ...spec } = object.spec ?? {}
  const status = object.status
  return {
    ...object,
    spec: changed(spec, 'metrics', (metrics) => convertMetrics(metrics, SPEC_FROM_STORED)),
    ...(status === undefined
      ? {}
      : { status: changed(status, 'currentMetrics', (metrics) => convertMetrics(metrics, STATUS_FROM_STORED)) }),
  }
}

function v2beta1ToStored(object: LegacyObject, old: LegacyObject | undefined): LegacyObject {
  const spec = changed(object.spec ?? {}, 'metrics', (metrics) => convertMetrics(metrics, TO_STORED))
  const { status: _status, ...rest } = object
  return {
    ...rest,
    spec: { ...spec, ...present({ behavior: old?.spec?.['behavior'] }) },
    ...(old?.status === undefined ? {} : { status: old.status }),
  }
}

const use = 'autoscaling/v2 HorizontalPodAutoscaler'

export const legacyAutoscalers = [
  legacyVersion(horizontalPodAutoscaler, {
    groupVersion: 'autoscaling/v2beta1',
    since: 8,
    until: 24,
    deprecated: 22,
    use,
    fromStored: v2beta1FromStored,
    toStored: v2beta1ToStored,
  }),
  legacyVersion(horizontalPodAutoscaler, {
    groupVersion: 'autoscaling/v2beta2',
    since: 12,
    until: 25,
    deprecated: 23,
    use,
  }),
]
