// The last step of a write: store it, or nothing if nothing changed; a deleting object whose last finalizer went is removed.
// Source: apiserver registry/generic/registry/store.go (Create, Update, deleteWithoutFinalizers).

import { invariant } from '@podwire/engine'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Namespace } from '../objects/index.ts'
import { sameButForTimes } from '../managed-fields/index.ts'
import { alreadyExists } from '../status/errors.ts'
import { shareUnchanged } from '../store/share.ts'
import { removeObject } from './removal.ts'
import { claimAddresses, releaseAddresses, takesAddresses } from './service-addresses.ts'
import { completed, type Write } from './write.ts'
import { asShown, asWritten, rememberWritten } from './written-form.ts'

/** Stores a new object and returns it. A dry run returns it unstored, without a resourceVersion. */
export function commitCreate(write: Write): KubeObject {
  const { server, resource } = write
  const written = completed(write.object)
  const object = asShown(resource, written)
  // Addresses are claimed before the object is stored, and never for one that cannot be.
  if (write.dryRun || takesAddresses(resource)) refuseKnown(write)
  if (write.dryRun) {
    delete write.object.metadata.resourceVersion
    return object
  }
  claimAddresses(server, resource, object)
  const { siblings } = server.store
  const template = siblings.share(object)
  const stored = server.store.create(resource.type, object)
  if (stored === undefined) refuseKnown(write)
  invariant(stored !== undefined, `the new ${resource.type.kind} is stored`)
  if (object !== written) rememberWritten(stored, written)
  if (template !== undefined) siblings.remember(template, stored)
  return stored
}

/** @throws StatusError 409 */
function refuseKnown({ server, resource, namespace, object }: Write): void {
  const found = server.store.get(resource.type, namespace, object.metadata.name ?? '')
  if (found === undefined) return
  throw alreadyExists(resource.type, found.metadata.name, found.metadata.deletionTimestamp !== undefined)
}

export interface UpdateOutcome {
  readonly object: KubeObject
  /** The update took the last finalizer off a deleting object. */
  readonly removed: boolean
}

export function commitUpdate(write: Write, old: KubeObject): UpdateOutcome {
  const { server, resource } = write
  const before = asWritten(old)
  const written = shareUnchanged(before, keepTimes(before, completed(write.object)))
  const next = asShown(resource, written)
  if (isReadyToGo(old, next)) {
    // What goes is the stored object, as everybody has seen it; the writer gets what he wrote.
    if (!write.dryRun) removeObject(server, resource, old)
    return { object: next, removed: true }
  }
  // Through /status the writer is shown everything.
  const showsAll = write.subresource === 'status'
  if (written === before) return { object: showsAll ? before : old, removed: false }
  if (write.dryRun) return { object: showsAll ? written : next, removed: false }
  claimAddresses(server, resource, next, old)
  const stored = server.store.put(resource.type, next)
  if (next !== written) rememberWritten(stored, written)
  releaseAddresses(server, resource, old, stored)
  return { object: showsAll ? asWritten(stored) : stored, removed: false }
}

/** When nothing but the times in managedFields changed, they stay as they were: such a write stores nothing. */
function keepTimes(old: KubeObject, next: KubeObject): KubeObject {
  const entries = old.metadata.managedFields
  if (entries === undefined || next.metadata.managedFields === entries) return next
  if (!sameButForTimes(entries, next.metadata.managedFields)) return next
  const kept = { ...next, metadata: { ...next.metadata, managedFields: entries } }
  return shareUnchanged(old, kept) === old ? old : next
}

/** Deleting, without time left, and this update leaves nothing that holds it. */
function isReadyToGo(old: KubeObject, next: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = old.metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds !== 0) return false
  if ((next.metadata.finalizers ?? []).length > 0) return false
  return next.kind !== 'Namespace' || ((next as Namespace).spec.finalizers ?? []).length === 0
}
