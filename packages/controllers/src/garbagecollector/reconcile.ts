// What becomes of one object, given the state of its owners. Pure.
// Source: kubernetes pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem).

import type { KubeObject, OwnerReference } from '@podwire/apiserver'
import { ownersOf } from './ownership-graph.ts'

export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'

/** An owner as it is stored now; undefined: there is none of that uid. */
export type OwnerLookup = (reference: OwnerReference) => KubeObject | undefined

type Propagation = 'Background' | 'Foreground' | 'Orphan'

export type Verdict =
  | { readonly do: 'nothing' }
  /** Some owners live: only the references to the others go. */
  | { readonly do: 'unlink'; readonly owners: readonly OwnerReference[] }
  /** `unblock`: first its references stop holding up its owners, as it and they wait for each other in a circle. */
  | { readonly do: 'delete'; readonly propagation: Propagation; readonly unblock?: true }

const NOTHING: Verdict = { do: 'nothing' }

export function isDeleting(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined
}

export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) === true
}

/** Deleted in the foreground: waits for its dependents. */
export function waitsForDependents(object: KubeObject): boolean {
  return isDeleting(object) && hasFinalizer(object, FOREGROUND)
}

export function judge(object: KubeObject, findOwner: OwnerLookup, dependents: readonly KubeObject[]): Verdict {
  const owners = ownersOf(object)
  if (owners.length === 0 || isDeleting(object)) return NOTHING
  const gone: OwnerReference[] = []
  const waiting: OwnerReference[] = []
  let solid = 0
  for (const reference of owners) {
    const owner = findOwner(reference)
    if (owner === undefined) gone.push(reference)
    else if (waitsForDependents(owner)) waiting.push(reference)
    else solid++
  }
  if (solid > 0) return gone.length + waiting.length === 0 ? NOTHING : { do: 'unlink', owners: [...gone, ...waiting] }
  // An owner that waits for its dependents wants theirs gone first, too.
  if (waiting.length > 0 && dependents.length > 0) {
    const circle = dependents.some(waitsForDependents)
    return { do: 'delete', propagation: 'Foreground', ...(circle ? { unblock: true } : {}) }
  }
  return { do: 'delete', propagation: propagationOf(object) }
}

/** A finalizer set earlier says how the deletion goes on. */
function propagationOf(object: KubeObject): Propagation {
  if (hasFinalizer(object, ORPHAN)) return 'Orphan'
  return hasFinalizer(object, FOREGROUND) ? 'Foreground' : 'Background'
}

/** True when `dependent` holds the removal of the owner with `ownerUid`. */
export function blocksDeletionOf(dependent: KubeObject, ownerUid: string): boolean {
  return ownersOf(dependent).some((owner) => owner.uid === ownerUid && owner.blockOwnerDeletion === true)
}

/** Uids of the owners whose removal the object held before and holds no more. */
export function unblockedOwners(before: KubeObject | undefined, now: KubeObject): readonly string[] {
  if (before?.metadata.ownerReferences === undefined) return []
  if (before.metadata.ownerReferences === now.metadata.ownerReferences) return []
  return ownersOf(before).flatMap(({ uid }) =>
    blocksDeletionOf(before, uid) && !blocksDeletionOf(now, uid) ? [uid] : [],
  )
}
