// The /scale subresource: a Scale made from a workload, and a workload changed by a Scale.
// Source: kubernetes registry/apps/{deployment,replicaset}/storage, registry/core/replicationcontroller/storage.

import { compareKeys } from '@podwire/engine'
import type {
  Deployment,
  LabelSelector,
  ReplicaSet,
  ReplicationController,
  Scale,
  StatefulSet,
} from '../../objects/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import { formatSelector, selectorOf } from '../../selectors/label-selector.ts'
import { selectorOfObject } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { validateObjectMeta } from '../../validation/object-meta.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import type { Subresource } from '../resource.ts'

export const scaleSubresource: Subresource = {
  name: 'scale',
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  verbs: ['get', 'patch', 'update'],
}

export type Scalable = Deployment | ReplicaSet | ReplicationController | StatefulSet

const SCALABLE: ReadonlySet<string> = new Set(['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet'])

/** True for kinds that have a /scale. */
export function isScalable(object: KubeObject): object is Scalable {
  return SCALABLE.has(object.kind)
}

/** What GET /scale answers. */
export function scaleOf(workload: Scalable): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, uid, resourceVersion, creationTimestamp, ...(namespace === undefined ? {} : { namespace }) },
    // Zero replicas are left out, as the real server does.
    spec: { ...(workload.spec.replicas ? { replicas: workload.spec.replicas } : {}) },
    status: { replicas: workload.status?.replicas ?? 0, selector: selectorText(workload) },
  }
}

function selectorText(workload: Scalable): string {
  const { selector } = workload.spec
  if (selector === undefined) return ''
  if (workload.kind !== 'ReplicationController') return formatSelector(selectorOfObject(selector as LabelSelector))
  const labels = Object.entries(selector as Readonly<Record<string, string>>).sort(compareKeys)
  return formatSelector(selectorOf(labels.map(([key, value]) => ({ key, operator: '=', values: [value] }))))
}

/** The workload with the replicas a Scale asks for; identity and version come from the Scale, for conflict checks. */
export function withScale<T extends Scalable>(workload: T, scale: Scale): T {
  const { resourceVersion } = scale.metadata
  return {
    ...workload,
    metadata: { ...workload.metadata, ...(resourceVersion ? { resourceVersion } : {}) },
    spec: { ...workload.spec, replicas: scale.spec?.replicas ?? 0 },
  }
}

/** @param namespace where the workload is, which a Scale need not say */
export function validateScale({ metadata, spec }: Scale, namespace: string): readonly FieldError[] {
  const rules = { namespaced: true, nameRule: 'dns-subdomain' } as const
  const errors = validateObjectMeta({ ...metadata, namespace }, rules, 'metadata')
  validateNonNegative(spec?.replicas, 'spec.replicas', errors)
  return errors
}
