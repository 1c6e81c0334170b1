// Records in managedFields who wrote which fields. Source: apiserver endpoints/handlers (create.go, update.go, patch.go),
// where this happens on the decoded object, before the server fills in anything.
// Departure: objects created in process are recorded only when their creator names itself (WriteOptions.fieldManager): a
// simulated controller's thousand pods need no owners. As on the real server, what is not recorded at creation stays so until
// it is applied.

import { endpointOf, recordUpdate } from '../managed-fields/index.ts'
import type { KubeObject, ManagedFieldsEntry } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'
import type { Write } from './write.ts'
import { asWritten } from './written-form.ts'

/** Whose the written fields become. */
export type WriteOwner =
  | {
      readonly manager: string
      /** A new object gets managedFields. */
      readonly recordsCreation: boolean
      /** The version it was written in; absent: the stored one. */
      readonly spoken?: Resource | undefined
    }
  /** Worked out already: server-side apply and /scale. */
  | { readonly managedFields: readonly ManagedFieldsEntry[] | undefined }

type OwnedWrite = Pick<Write, 'owner' | 'old' | 'resource' | 'subresource' | 'server'>

/** What becomes of managedFields when `sent` is written through an endpoint that keeps but a part of it. */
export function ownersOfSent(
  write: OwnedWrite,
  sent: KubeObject,
): { readonly managedFields: readonly ManagedFieldsEntry[] | undefined } {
  return { managedFields: entriesOf(write, sent, sent.metadata.managedFields) }
}

export function recordOwners(write: Write): void {
  const { metadata } = write.object
  const sent = metadata.managedFields
  if (sent !== undefined) delete metadata.managedFields
  const entries = entriesOf(write, write.object as unknown as KubeObject, sent)
  // Stored entries are frozen and shared between versions; nothing later in the pipeline edits them.
  if (entries !== undefined) metadata.managedFields = entries as typeof sent & object
}

function entriesOf(
  write: OwnedWrite,
  object: KubeObject,
  sent: readonly ManagedFieldsEntry[] | undefined,
): readonly ManagedFieldsEntry[] | undefined {
  const { owner, old, resource, subresource, server } = write
  const stored = old?.metadata.managedFields
  if (owner === undefined) return stored
  if ('managedFields' in owner) return owner.managedFields
  if (old === undefined ? !owner.recordsCreation : stored === undefined && sent === undefined) return undefined
  const manager = owner.manager === '' ? 'unknown' : owner.manager
  const view = viewOf(owner.spoken)
  const next = view(object)
  const record = {
    manager,
    now: server.engine.clock.timestamp(),
    old: old === undefined ? old : view(asWritten(old)),
    next,
    sent,
  }
  return recordUpdate(endpointOf(server.registry, owner.spoken ?? resource, subresource), record)
}

/** An object as its writer sees it. */
function viewOf(spoken: Resource | undefined): (object: KubeObject) => KubeObject {
  const conversion = spoken?.otherVersion
  return conversion === undefined ? (object) => object : (object) => conversion.fromStored(object)
}
