// Informers: a component's own view of the objects it watches, a little behind the store as a real one is. One factory per
// component (all controllers of kube-controller-manager share one): same factory, same view, one delivery per batch.

import type { KubeObject } from '../objects/kube-object.ts'
import type { ResourceType } from '../resources/resource-type.ts'

export type InformerChange<T> =
  | { readonly type: 'added'; readonly object: T; readonly old?: undefined }
  | { readonly type: 'updated'; readonly object: T; readonly old: T }
  /** `object` is what the deletion found, `last` what the view had. */
  | { readonly type: 'deleted'; readonly object: T; readonly old?: undefined; readonly last: T | undefined }

export interface Informer<T extends KubeObject> {
  get(namespace: string | undefined, name: string): T | undefined
  /** @param key the object's `objectKey` */
  byKey(key: string): T | undefined
  /** All known objects, ordered by namespace, then name. */
  list(): readonly T[]
  inNamespace(namespace: string): readonly T[]
  /** Adds an index before the informer is used: `keys` names the buckets an object belongs to. */
  addIndex(index: string, keys: (object: T) => readonly string[]): void
  byIndex(index: string, key: string): readonly T[]
  /** Called for each change, in revision order, after the view shows it. Existing objects come first, as added. */
  onChange(handler: (change: InformerChange<T>) => void): void
}

export interface InformerFactory {
  /** The informer of a type; the same one for the same type and field selector. */
  informer<T extends KubeObject>(type: ResourceType<T>, options?: { readonly fieldSelector?: string }): Informer<T>
  /** Stops all watches. */
  stop(): void
}
