// Small objects for this package's own tests: stored pods, nodes and Services with the fields the pure cores look at.

import type { ObjectMeta, Pod, PodSpec, PodStatus } from '@podwire/apiserver'

export interface PodShape {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly node?: string
  readonly ip?: string
  readonly phase?: string
  readonly ready?: boolean
  readonly readySince?: string
  readonly deleting?: boolean
  readonly deletionCost?: string
  readonly restarts?: number
  readonly owner?: ObjectMeta
  readonly spec?: Partial<PodSpec>
}

const CREATED = '2026-01-01T00:00:00Z'

function metaOf(name: string, extra: Partial<ObjectMeta> = {}): ObjectMeta {
  return { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: CREATED, ...extra }
}

export function podWith(shape: PodShape): Pod {
  const controller =
    shape.owner === undefined
      ? {}
      : {
          ownerReferences: [
            {
              apiVersion: 'apps/v1',
              kind: 'ReplicaSet',
              name: shape.owner.name,
              uid: shape.owner.uid,
              controller: true,
            },
          ],
        }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metaOf(shape.name, {
      ...(shape.namespace === undefined ? {} : { namespace: shape.namespace }),
      ...(shape.uid === undefined ? {} : { uid: shape.uid }),
      ...(shape.labels === undefined ? {} : { labels: shape.labels }),
      ...(shape.deleting === true ? { deletionTimestamp: CREATED } : {}),
      ...(shape.deletionCost === undefined
        ? {}
        : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': shape.deletionCost } }),
      ...controller,
    }),
    spec: {
      containers: [{ name: 'main', image: 'example.test/app:1' }],
      ...(shape.node === undefined ? {} : { nodeName: shape.node }),
      ...shape.spec,
    },
    status: statusOf(shape),
  }
}

function statusOf(shape: PodShape): PodStatus {
  return {
    phase: shape.phase ?? (shape.ready === undefined ? 'Pending' : 'Running'),
    ...(shape.ip === undefined ? {} : { podIP: shape.ip, podIPs: [{ ip: shape.ip }] }),
    ...(shape.ready === undefined
      ? {}
      : {
          conditions: [
            { type: 'Ready', status: shape.ready ? 'True' : 'False', lastTransitionTime: shape.readySince ?? CREATED },
          ],
        }),
    ...(shape.restarts === undefined
      ? {}
      : {
          containerStatuses: [{ name: 'main', image: '', imageID: '', ready: true, restartCount: shape.restarts }],
        }),
  }
}
