// What a controller that owns pods tells about its kind, so that claiming and writing pods is written once.

import type { KubeObject, LabelSelector, Pod, ResourceType } from '@podwire/apiserver'

export interface OwnerKind<T extends KubeObject> {
  readonly type: ResourceType<T>
  readonly apiVersion: string
  readonly kind: string
  /** The event source and queue name, e.g. `daemonset-controller`. */
  readonly component: string
  /** What its pods are held by, also those it adopts. */
  readonly finalizer?: string
  selector(owner: T): LabelSelector | undefined
  /** Pods that match the selector but are not of this owner's making are left alone. Default: none. */
  isForeign?(owner: T, pod: Pod): boolean
}
