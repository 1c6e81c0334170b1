// Owner references: who controls an object, and the reference a controller puts on what it makes.
// Source: apimachinery meta/v1 controller_ref.go.

import type { KubeObject, OwnerReference } from '@podwire/apiserver'

/** The reference marked `controller: true`; an object has at most one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  const references = object.metadata.ownerReferences
  // Most objects have one owner, and that one controls them.
  const first = references?.[0]
  if (first === undefined || first.controller === true) return first
  return references?.find((reference) => reference.controller === true)
}

export function isControlledBy(object: KubeObject, ownerUid: string): boolean {
  return controllerOf(object)?.uid === ownerUid
}

export function controllerReference(owner: KubeObject, apiVersion: string, kind: string): OwnerReference {
  const { name, uid } = owner.metadata
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }
}

/** Index keys: objects by the uid of their controller. */
export function controllerUidKeys(object: KubeObject): readonly string[] {
  const controller = controllerOf(object)
  return controller === undefined ? [] : [controller.uid]
}

/** Index keys: objects without controller, by namespace. */
export function orphanKeys(object: KubeObject): readonly string[] {
  return controllerOf(object) === undefined ? [object.metadata.namespace ?? ''] : []
}
