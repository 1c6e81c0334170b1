// What differs between ReplicaSet and ReplicationController for the replica manager they share.

import type { KubeObject, LabelSelector, PodTemplateSpec, ResourceType } from '@podwire/apiserver'

/** The status both kinds have; ReplicationController leaves out terminatingReplicas. */
export interface ReplicaStatus {
  readonly replicas: number
  readonly fullyLabeledReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly terminatingReplicas?: number
  readonly observedGeneration?: number
  readonly conditions?: readonly ReplicaCondition[]
}

interface ReplicaCondition {
  readonly type: string
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export interface ReplicaKind<T extends KubeObject> {
  readonly type: ResourceType<T>
  readonly apiVersion: string
  readonly kind: string
  /** The controller's name, e.g. `replicaset`. */
  readonly name: string
  /** The event source, e.g. `replicaset-controller`. */
  readonly component: string
  readonly reportsTerminating: boolean
  replicas(owner: T): number
  minReadySeconds(owner: T): number
  selector(owner: T): LabelSelector | undefined
  template(owner: T): PodTemplateSpec | undefined
  status(owner: T): ReplicaStatus | undefined
  withStatus(owner: T, status: ReplicaStatus): T
}
