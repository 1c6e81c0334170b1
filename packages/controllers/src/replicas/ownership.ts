// Writing ownership: adopting an orphan and letting an object go, each guarded against acting on a namesake.
// Source: kubernetes pkg/controller/controller_ref_manager.go (AdoptPod, ReleasePod).

import { type Client, isNotFound, type KubeObject, type OwnerReference, type ResourceType } from '@podwire/apiserver'

/**
 * Adds `owner` to the object's owners. Returns the stored object, or undefined when it is gone or taken.
 * @param finalizer which the object gets with its owner
 */
export function adopt<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  object: T,
  owner: OwnerReference,
  finalizer?: string,
): T | undefined {
  const live = client.find(type, object.metadata)
  if (live === undefined || live.metadata.uid !== object.metadata.uid) return undefined
  if (live.metadata.deletionTimestamp !== undefined) return undefined
  const references = live.metadata.ownerReferences ?? []
  if (references.some((reference) => reference.controller === true)) return undefined
  const others = references.filter((reference) => reference.uid !== owner.uid)
  const { uid, finalizers = [] } = live.metadata
  const lacks = finalizer !== undefined && !finalizers.includes(finalizer)
  return client.patch(type, live.metadata, 'merge', {
    metadata: {
      uid,
      ownerReferences: [...others, owner],
      ...(lacks ? { finalizers: [...finalizers, finalizer] } : {}),
    },
  })
}

/** Takes the owner with `ownerUid` off the object. Returns the stored object, or undefined when it is gone. */
export function release<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  object: T,
  ownerUid: string,
): T | undefined {
  const live = client.find(type, object.metadata)
  if (live === undefined || live.metadata.uid !== object.metadata.uid) return undefined
  const references = live.metadata.ownerReferences ?? []
  const kept = references.filter((reference) => reference.uid !== ownerUid)
  if (kept.length === references.length) return live
  try {
    return client.patch(type, live.metadata, 'merge', {
      metadata: { uid: live.metadata.uid, ownerReferences: kept.length === 0 ? null : kept },
    })
  } catch (error) {
    // Taking off the last finalizer-like hold of a deleting object can remove it.
    if (isNotFound(error)) return undefined
    throw error
  }
}
