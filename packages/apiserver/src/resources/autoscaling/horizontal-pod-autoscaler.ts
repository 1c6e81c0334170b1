// HorizontalPodAutoscalers, autoscaling/v2: stored and checked; what scales by them is the controllers' business.
// Source: kubernetes autoscaling/v2/defaults.go, autoscaling/validation, printers printHorizontalPodAutoscaler.

import type { V2HorizontalPodAutoscaler, V2MetricStatus } from '../../objects/index.ts'
import { defineResource } from '../define-resource.ts'
import type { Column, Mutable } from '../resource.ts'
import { horizontalPodAutoscalers } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { validateAutoscaler, validateAutoscalerStatus } from './autoscaler-validation.ts'
import { targetsText } from './targets-text.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

type Rules = NonNullable<NonNullable<Mutable<V2HorizontalPodAutoscaler>['spec']['behavior']>['scaleUp']>

function defaults(object: Mutable<V2HorizontalPodAutoscaler>): void {
  object.spec ??= {} as Mutable<V2HorizontalPodAutoscaler>['spec']
  const { spec } = object
  spec.scaleTargetRef ??= { kind: '', name: '' }
  spec.minReplicas ??= 1
  if ((spec.metrics ?? []).length === 0) {
    const target = { type: 'Utilization', averageUtilization: 80 }
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }]
  }
  for (const metric of object.status?.currentMetrics ?? []) defaultMetricStatus(metric)
  if (spec.behavior === undefined) return
  spec.behavior.scaleUp = defaultRules(spec.behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  })
  spec.behavior.scaleDown = defaultRules(spec.behavior.scaleDown, {
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  })
}

/** Go holds these by value: they are there when nothing is said of them. */
function defaultMetricStatus({ object, pods, external, resource, containerResource }: Mutable<V2MetricStatus>): void {
  if (object !== undefined) object.describedObject ??= { kind: '', name: '' }
  for (const source of [object, pods, external]) if (source !== undefined) source.metric ??= { name: '' }
  for (const source of [object, pods, external, resource, containerResource]) {
    if (source !== undefined) source.current ??= {}
  }
}

function defaultRules(rules: Rules | undefined, usual: Rules): Rules {
  return { selectPolicy: 'Max', ...usual, ...rules }
}

const DESCRIPTIONS = {
  reference:
    'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be ' +
    'collected, as well as to actually change the replica count.',
  targets:
    'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica ' +
    'count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the ' +
    'target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count ' +
    'is increased, and vice-versa.  See the individual metric source types for more information about how each type of ' +
    'metric must respond. If not set, the default metric will be set to 80% average CPU utilization.',
  minPods:
    'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 ' +
    'pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or ' +
    'External metric is configured.  Scaling is active as long as at least one metric value is available.',
  maxPods:
    'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less ' +
    'that minReplicas.',
  replicas:
    'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.',
}

/** Of both versions. */
export const autoscalerColumns: readonly Column<V2HorizontalPodAutoscaler>[] = [
  nameColumn(),
  column(
    'Reference',
    { description: DESCRIPTIONS.reference },
    ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
  ),
  column('Targets', { description: DESCRIPTIONS.targets }, targetsText),
  column('MinPods', { description: DESCRIPTIONS.minPods }, ({ spec }) => String(spec.minReplicas ?? '<unset>')),
  column('MaxPods', { description: DESCRIPTIONS.maxPods }, ({ spec }) => spec.maxReplicas),
  column('Replicas', { description: DESCRIPTIONS.replicas }, ({ status }) => status?.currentReplicas ?? 0),
  ageColumn(),
]

export const horizontalPodAutoscaler = defineResource<V2HorizontalPodAutoscaler>({
  type: horizontalPodAutoscalers,
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  status: true,
  columns: autoscalerColumns,
  strategy: {
    defaults,
    prepareForCreate: (object) => {
      object.status = { desiredReplicas: 0 }
    },
    validate: (object, _context, old) => validateAutoscaler(object, old),
    validateStatusUpdate: validateAutoscalerStatus,
    updateChecks: FIELDS_FIRST,
  },
})
