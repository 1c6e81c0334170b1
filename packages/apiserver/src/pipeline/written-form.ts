// What was written and what is shown of it, where the two differ: readers never see some fields of a kind (Strategy.shown), and
// the next write still begins with them. The store holds what is shown; what it hides is remembered beside it.
// Source: apiserver registry/generic/registry/store.go (Decorator), registry/core/service/storage/storage.go (defaultOnRead).

import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'
import { copyFields } from '../store/share.ts'

type Spec = { readonly spec?: unknown }

/** The written spec of stored objects that show another one. */
const hiddenSpecs = new WeakMap<KubeObject, unknown>()

/** As readers see it: `object` itself where its kind hides nothing. */
export function asShown(resource: Resource, object: KubeObject): KubeObject {
  return resource.strategy.shown?.(object) ?? object
}

/** As it was written: what a patch is applied to, and what fields are owned of. */
export function asWritten<T extends KubeObject | undefined>(stored: T): T {
  if (stored === undefined) return stored
  const spec = hiddenSpecs.get(stored)
  return spec === undefined ? stored : { ...copyFields(stored), spec }
}

/** @param stored what the store gave back for what is shown of `written` */
export function rememberWritten(stored: KubeObject, written: KubeObject): void {
  const { spec } = written as Spec
  if (spec !== (stored as Spec).spec) hiddenSpecs.set(stored, spec)
}
