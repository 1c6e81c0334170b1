// HorizontalPodAutoscalers, rule by rule: paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import type { V2HorizontalPodAutoscaler } from '../../objects/index.ts'
import { create, refusal, testContext, update } from '../strategy-run.suite.ts'
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts'
import { horizontalPodAutoscalerV1 } from './horizontal-pod-autoscaler-v1.ts'
import { targetsText } from './targets-text.ts'

const scaler = (spec: object): object => ({
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 3, ...spec },
})
const shortened = (message: string): string => message.replace(/^HorizontalPodAutoscaler\S* "x" is invalid: /, '')
const refused = (spec: object): string => shortened(refusal(() => create(horizontalPodAutoscaler, scaler(spec))))
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }

describe('an autoscaler is refused for', () => {
  it.each<[string, object, string]>([
    [
      'no replicas at most',
      { maxReplicas: 0, minReplicas: 1 },
      '[spec.maxReplicas: Required value: must be set and greater than 0, spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`]',
    ],
    [
      'zero at least',
      { minReplicas: 0 },
      '[spec.minReplicas: Invalid value: 0: must be greater than or equal to 1, spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas]',
    ],
    [
      'a target without group',
      { scaleTargetRef: { apiVersion: 'v1', kind: 'Deployment', name: 'd' } },
      'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
    ],
    [
      'a ReplicationController of any version',
      { scaleTargetRef: { apiVersion: '', kind: 'ReplicationController', name: 'd' } },
      '',
    ],
    [
      'a target without name',
      { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'a/b', name: '' } },
      '[spec.scaleTargetRef.kind: Invalid value: "a/b": may not contain \'/\', spec.scaleTargetRef.name: Required value]',
    ],
  ])('%s', (_, spec, expected) => {
    expect(refused(spec)).toBe(expected)
  })

  it.each<[string, object, string]>([
    [
      'a metric of two sources',
      { ...cpu, pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } },
      'spec.metrics[0].pods: Forbidden: must populate the given metric source only',
    ],
    [
      'a metric of no source',
      { type: 'Pods' },
      'spec.metrics[0].pods: Required value: must populate information for the given metric source',
    ],
    [
      'a share and an amount',
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0, averageValue: '1' } },
      },
      '[spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0, spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization]',
    ],
    [
      'no container',
      {
        type: 'ContainerResource',
        containerResource: { name: 'pods', container: '', target: { type: 'Utilization', averageUtilization: 1 } },
      },
      '[spec.metrics[0].containerResource.name: Invalid value: "pods": must be a standard resource for containers, spec.metrics[0].containerResource.container: Required value: must specify a container]',
    ],
    [
      'nothing to aim at',
      { type: 'External', external: { metric: { name: 'm' }, target: { type: 'Value' } } },
      'spec.metrics[0].external.target.averageValue: Required value: must set either a target value for metric or a per-pod target',
    ],
  ])('%s', (_, metric, expected) => {
    expect(refused({ metrics: [metric] })).toBe(expected)
  })

  it.each<[string, object, string]>([
    [
      'a window',
      { stabilizationWindowSeconds: 3601 },
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    ],
    [
      'no policies',
      { policies: [] },
      'spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
    ],
    [
      'a policy',
      { policies: [{ type: 'Nodes', value: 0, periodSeconds: 1801 }] },
      '[spec.behavior.scaleUp.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods", spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero, spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800]',
    ],
    [
      'a selection',
      { selectPolicy: 'Mean' },
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Mean": supported values: "Disabled", "Max", "Min"',
    ],
    [
      'a tolerance',
      { tolerance: '-1' },
      'spec.behavior.scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ])('%s', (_, scaleUp, expected) => {
    expect(refused({ behavior: { scaleUp } })).toBe(expected)
  })
})

it('an autoscaler that once could scale to zero still may', () => {
  const made = create(horizontalPodAutoscaler, scaler({}))
  const external = { type: 'External', external: { metric: { name: 'm' }, target: { type: 'Value', value: '1' } } }
  const old = { ...made, spec: { ...made.spec, minReplicas: 0 } }
  const changed = scaler({ minReplicas: 0, metrics: [external], maxReplicas: 9 })
  expect(refusal(() => update(horizontalPodAutoscaler, old, changed, testContext()))).toBe('')
})

describe('the table shows', () => {
  const shown = (metrics: readonly object[], currentMetrics: readonly object[] = []): string =>
    targetsText({ spec: { metrics }, status: { currentMetrics } } as unknown as V2HorizontalPodAutoscaler)

  it.each<[string, readonly object[], readonly object[], string]>([
    ['nothing', [], [], '<none>'],
    [
      'a share',
      [cpu],
      [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 7, averageValue: '7m' } } }],
      'cpu: 7%/50%',
    ],
    [
      'the share of a container',
      [{ type: 'ContainerResource', containerResource: cpu.resource }],
      [{ type: 'ContainerResource', containerResource: { current: { averageUtilization: 8 } } }],
      'cpu: 8%/50%',
    ],
    [
      'an amount per pod',
      [{ type: 'Pods', pods: { metric: { name: 'm' }, target: { averageValue: '5' } } }],
      [{ type: 'Pods', pods: { current: { averageValue: '3' } } }],
      '3/5',
    ],
    ['an average', [{ type: 'External', external: { target: { averageValue: '5' } } }], [], '<unknown>/5 (avg)'],
    [
      'a value',
      [{ type: 'Object', object: { target: { value: '5' } } }],
      [{ type: 'Object', object: { current: { value: '4' } } }],
      '4/5',
    ],
    [
      'a value where an average was measured',
      [{ type: 'External', external: { target: { value: '5' } } }],
      [{ type: 'External', external: { current: { averageValue: '4' } } }],
      '<nil>/5',
    ],
    [
      'an amount where a share was measured',
      [{ type: 'Resource', resource: { name: 'cpu', target: { averageValue: '1' } } }],
      [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 8 } } }],
      'cpu: <nil>/1',
    ],
    ['two at most', [cpu, cpu, cpu], [], 'cpu: <unknown>/50%, cpu: <unknown>/50% + 1 more...'],
  ])('%s', (_, metrics, current, expected) => {
    expect(shown(metrics, current)).toBe(expected)
  })
})

describe('autoscaling/v1', () => {
  const { fromStored, toStored } = horizontalPodAutoscalerV1.otherVersion ?? {}
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '100Mi' } },
  }
  const requests = {
    type: 'Object',
    object: {
      describedObject: { kind: 'Service', name: 's', apiVersion: 'v1' },
      metric: { name: 'requests' },
      target: { type: 'Value', value: '5' },
    },
  }
  const stored = create(
    horizontalPodAutoscaler,
    scaler({ metrics: [memory, requests, cpu], behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }),
  )
  const shown = fromStored?.(stored)

  it('writes what it has no field for in annotations', () => {
    expect(shown?.metadata.annotations).toEqual({
      'autoscaling.alpha.kubernetes.io/metrics':
        '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"100Mi"}},{"type":"Object","object":{"target":{"kind":"Service","name":"s","apiVersion":"v1"},"metricName":"requests","targetValue":"5"}}]',
      'autoscaling.alpha.kubernetes.io/behavior':
        '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15},{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":60,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}',
    })
    expect(shown).toMatchObject({ spec: { targetCPUUtilizationPercentage: 50 } })
  })

  it('reads it back', () => {
    expect(shown === undefined ? undefined : toStored?.(shown, undefined)).toMatchObject({ spec: stored.spec })
  })
})
