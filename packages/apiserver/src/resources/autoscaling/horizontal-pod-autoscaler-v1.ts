// autoscaling/v1 HorizontalPodAutoscalers: knows one metric, the share of CPU; stored as v2.
// Source: kubernetes apis/autoscaling/v1/conversion.go.

import type {
  HorizontalPodAutoscaler,
  V2HorizontalPodAutoscaler,
  V2MetricSpec,
  V2MetricStatus,
} from '../../objects/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import { defineResource } from '../define-resource.ts'
import { resourceType } from '../resource-type.ts'
import { horizontalPodAutoscalers } from '../served-types.ts'
import { autoscalerColumns, horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts'
import { readRest } from './v1-annotations-read.ts'
import { withoutRest, withRest } from './v1-annotations.ts'

function isCpuShare({ type, resource }: V2MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined
}

function fromStored(object: KubeObject): HorizontalPodAutoscaler {
  // Only v2 autoscalers are handed here.
  const stored = object as V2HorizontalPodAutoscaler
  const { spec, status } = stored
  const metrics = spec.metrics ?? []
  const cpu = metrics.find(isCpuShare)?.resource?.target.averageUtilization
  const others = metrics.filter((metric) => !isCpuShare(metric))
  const { scaleTargetRef, minReplicas, maxReplicas } = spec
  const shares = (status?.currentMetrics ?? []).filter(
    ({ type, resource }) => type === 'Resource' && resource?.name === 'cpu',
  )
  const share = shares.findLast(({ resource }) => resource?.current.averageUtilization !== undefined)
  const { annotations, ...rest } = stored.metadata
  const all = withRest(annotations, stored, others)
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: all === undefined ? rest : { ...rest, annotations: all },
    spec: {
      scaleTargetRef,
      ...(minReplicas === undefined ? {} : { minReplicas }),
      maxReplicas,
      ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }),
    },
    status: {
      ...(status?.observedGeneration === undefined ? {} : { observedGeneration: status.observedGeneration }),
      ...(status?.lastScaleTime === undefined ? {} : { lastScaleTime: status.lastScaleTime }),
      currentReplicas: status?.currentReplicas ?? 0,
      desiredReplicas: status?.desiredReplicas ?? 0,
      ...(share === undefined ? {} : { currentCPUUtilizationPercentage: share.resource?.current.averageUtilization }),
    },
  } as HorizontalPodAutoscaler
}

function toStored(object: HorizontalPodAutoscaler): V2HorizontalPodAutoscaler {
  const { targetCPUUtilizationPercentage: share, ...spec } = object.spec ?? {}
  const { annotations, ...metadata } = object.metadata
  const rest = readRest(annotations)
  const target = { type: 'Utilization', averageUtilization: share ?? 0 }
  const cpu: readonly V2MetricSpec[] =
    share === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target } }]
  const others = withoutRest(annotations)
  const { currentCPUUtilizationPercentage: shareNow, ...counts } = object.status ?? {}
  const measured: readonly V2MetricStatus[] =
    shareNow === undefined
      ? []
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: shareNow } } }]
  const currentMetrics = rest.currentMetrics ?? measured
  const status = {
    ...counts,
    ...(currentMetrics.length === 0 ? {} : { currentMetrics }),
    ...(rest.conditions === undefined ? {} : { conditions: rest.conditions }),
  }
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: others === undefined ? metadata : { ...metadata, annotations: others },
    spec: {
      ...spec,
      metrics: [...(rest.metrics ?? []), ...cpu],
      ...(rest.behavior === undefined ? {} : { behavior: rest.behavior }),
    },
    ...(Object.keys(status).length === 0 ? {} : { status }),
  } as V2HorizontalPodAutoscaler
}

export const horizontalPodAutoscalerV1 = defineResource<HorizontalPodAutoscaler>({
  type: resourceType<HorizontalPodAutoscaler>('autoscaling/v1', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    namespaced: true,
  }),
  singular: horizontalPodAutoscaler.singular,
  shortNames: horizontalPodAutoscaler.shortNames,
  categories: horizontalPodAutoscaler.categories,
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  status: true,
  columns: autoscalerColumns.map((column) => ({
    ...column,
    cell: (object: HorizontalPodAutoscaler, context) => column.cell(toStored(object), context),
  })),
  strategy: {},
  otherVersion: { stored: horizontalPodAutoscalers, fromStored, toStored },
})
