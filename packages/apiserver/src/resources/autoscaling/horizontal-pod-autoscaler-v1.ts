// autoscaling/v1 HorizontalPodAutoscalers: knows one metric, the share of CPU; stored as v2.
// Source: kubernetes apis/autoscaling/v1/conversion.go. Departure: what v1 cannot say (other metrics, behavior, conditions)
// is kept as it is stored, and not shown in annotations.

import type {
  HorizontalPodAutoscaler,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerStatus,
  V2MetricSpec,
} from '../../objects/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import { defineResource } from '../define-resource.ts'
import { resourceType } from '../resource-type.ts'
import { horizontalPodAutoscalers } from '../served-types.ts'
import { autoscalerColumns, horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts'

function isCpuShare({ type, resource }: V2MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined
}

function fromStored(stored: KubeObject): HorizontalPodAutoscaler {
  // Only v2 autoscalers are handed here.
  const { metadata, spec, status } = stored as V2HorizontalPodAutoscaler
  const cpu = (spec.metrics ?? []).find(isCpuShare)?.resource?.target.averageUtilization
  const { scaleTargetRef, minReplicas, maxReplicas } = spec
  const cpuNow = status?.currentMetrics?.find(({ resource }) => resource?.name === 'cpu')?.resource?.current
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata,
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
      ...(cpuNow?.averageUtilization === undefined
        ? {}
        : { currentCPUUtilizationPercentage: cpuNow.averageUtilization }),
    },
  }
}

function toStored(object: HorizontalPodAutoscaler, old: KubeObject | undefined): V2HorizontalPodAutoscaler {
  const before = old as V2HorizontalPodAutoscaler | undefined
  const { targetCPUUtilizationPercentage: share, ...spec } = object.spec ?? {}
  const others = (before?.spec.metrics ?? []).filter((metric) => !isCpuShare(metric))
  const target = { type: 'Utilization', averageUtilization: share ?? 0 }
  const cpu: readonly V2MetricSpec[] =
    share === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target } }]
  const status = storedStatus(object, before)
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: object.metadata,
    spec: {
      ...spec,
      metrics: [...others, ...cpu],
      ...(before?.spec.behavior === undefined ? {} : { behavior: before.spec.behavior }),
    },
    ...(status === undefined ? {} : { status }),
  }
}

function storedStatus(
  { status }: HorizontalPodAutoscaler,
  before: V2HorizontalPodAutoscaler | undefined,
): V2HorizontalPodAutoscalerStatus | undefined {
  if (status === undefined) return before?.status
  const { currentCPUUtilizationPercentage: _share, ...counts } = status
  return { ...before?.status, ...counts }
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
    cell: (object: HorizontalPodAutoscaler, context) => column.cell(toStored(object, undefined), context),
  })),
  strategy: {},
  otherVersion: { stored: horizontalPodAutoscalers, fromStored, toStored },
})
