// ReplicationController as the replica manager sees it: the same core, a plain label map as selector, no terminatingReplicas.
// Source: kubernetes pkg/controller/replication/conversion.go.

import { type ReplicationController, replicationControllers } from '@podwire/apiserver'
import type { ReplicaKind } from '../replicas/replica-kind.ts'

export const replicationControllerKind: ReplicaKind<ReplicationController> = {
  type: replicationControllers,
  apiVersion: 'v1',
  kind: 'ReplicationController',
  name: 'replicationcontroller-controller',
  component: 'replication-controller',
  reportsTerminating: false,
  replicas: (owner) => owner.spec.replicas ?? 1,
  minReadySeconds: (owner) => owner.spec.minReadySeconds ?? 0,
  selector: (owner) => (owner.spec.selector === undefined ? undefined : { matchLabels: owner.spec.selector }),
  template: (owner) => owner.spec.template,
  status: (owner) => owner.status,
  withStatus: (owner, status) => ({ ...owner, status }),
}
