// The in-process client: the same request pipeline as HTTP, without HTTP. Calls are synchronous, because the pipeline is:
// what a controller writes is stored when the call returns. Refusals are thrown as StatusError.

import type { KubeObject, NewObject } from '../objects/kube-object.ts'
import type { Mutable } from '../resources/resource.ts'
import type { ResourceType } from '../resources/resource-type.ts'

export interface ObjectRef {
  /** Needed for namespaced types. */
  readonly namespace?: string | undefined
  readonly name: string
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined
  /** kubectl's notation: `app=web,tier!=db`. */
  readonly labelSelector?: string
  /** `spec.nodeName=node-1,status.phase!=Failed` */
  readonly fieldSelector?: string
}

export interface ObjectList<T> {
  readonly items: readonly T[]
  readonly resourceVersion: string
}

export type PatchType = 'json' | 'merge' | 'strategic'

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export interface WriteOptions {
  /** `status`, `scale`, `binding`, `eviction` …; absent for the object itself. */
  readonly subresource?: string
  readonly dryRun?: boolean
  /** Whose the written fields become in managedFields. Named, it records new objects too; default the client's name. */
  readonly fieldManager?: string
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED'

export interface WatchEvent<T = KubeObject> {
  readonly type: WatchEventType
  /** DELETED carries the last content with the revision of the deletion. */
  readonly object: T
}

export interface Watch {
  stop(): void
}

export interface WatchOptions extends ListOptions {
  /** Absent: synthetic ADDED for what exists, then live. A revision: what came after it. */
  readonly resourceVersion?: string
}

export interface Client {
  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T
  /** Like get, but undefined when there is no such object. */
  find<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined
  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): ObjectList<T>
  create<T extends KubeObject>(type: ResourceType<T>, object: NewObject<T>, options?: WriteOptions): T
  /** PUT: refused with Conflict when the stored object moved on since `object` was read. */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, options?: WriteOptions): T
  /** Reads the present version, lets `change` edit a draft (immer) and writes it: no lost updates, no conflict. */
  modify<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    change: (draft: Mutable<T>) => void,
    options?: WriteOptions,
  ): T
  patch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    patchType: PatchType,
    patch: unknown,
    options?: WriteOptions,
  ): T
  /** Returns the object when it stays for now (grace period, finalizers), undefined when it is gone. */
  delete<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options?: DeleteOptions): T | undefined
  deleteCollection<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions & DeleteOptions): readonly T[]
  /** Events are delivered at the moment of the write; components that model delivery time use an informer. */
  watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
  ): Watch
}
