// ReplicaSet as the replica manager sees it. Source: kubernetes pkg/controller/replicaset.

import { type ReplicaSet, replicaSets } from '@podwire/apiserver'
import type { ReplicaKind } from '../replicas/replica-kind.ts'

export const replicaSetKind: ReplicaKind<ReplicaSet> = {
  type: replicaSets,
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'replicaset-controller',
  component: 'replicaset-controller',
  reportsTerminating: true,
  replicas: (owner) => owner.spec.replicas ?? 1,
  minReadySeconds: (owner) => owner.spec.minReadySeconds ?? 0,
  selector: (owner) => owner.spec.selector,
  template: (owner) => owner.spec.template,
  status: (owner) => owner.status,
  withStatus: (owner, status) => ({ ...owner, status }),
}
