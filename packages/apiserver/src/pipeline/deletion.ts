// DELETE: preconditions, what is written before the object goes (a deadline, finalizers), and what is answered.
// Source: apiserver registry/rest/delete.go, registry/generic/registry/store.go (Delete).

import type { DeleteOptions } from '../client/client.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'
import { conflict, notFound, preconditionFailed } from '../status/errors.ts'
import { deletionFinalizers } from './deletion-finalizers.ts'
import { graceOf } from './graceful-deletion.ts'
import { deleteNamespace, isNamespace } from './namespace-deletion.ts'
import { removeObject } from './removal.ts'
import { strategyContext, type ServerState } from './server-state.ts'
import { asWritten, rememberWritten } from './written-form.ts'

export interface DeleteRequest extends DeleteOptions {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly dryRun?: boolean
  /** The older way to say it, which the policy has already; namespaces take it otherwise. */
  readonly orphanDependents?: boolean | undefined
  /** One of a DELETE of a list: upstream's storage deletes these without the kind's own beginning. */
  readonly ofCollection?: boolean
}

export interface DeleteOutcome {
  readonly object: KubeObject
  /** False: it stays for now, with a deletionTimestamp. */
  readonly removed: boolean
  /** True when nothing was written before the end: kinds that do not return what they deleted answer with a Status. */
  readonly summary: boolean
}

export function deleteObject(server: ServerState, request: DeleteRequest): DeleteOutcome {
  const { resource, namespace, name } = request
  const object = server.store.get(resource.type, namespace, name)
  if (object === undefined) throw notFound(resource.type, name)
  return (
    (isNamespace(object) ? deleteNamespace(server, request, object) : undefined) ??
    begunDeletion(server, request, object) ??
    deleteStored(server, request, object)
  )
}

/** A kind may have its own beginning of a deletion: the first DELETE of an object does no more than that. */
function begunDeletion(server: ServerState, request: DeleteRequest, object: KubeObject): DeleteOutcome | undefined {
  const { type, strategy } = request.resource
  if (strategy.beginDeletion === undefined || object.metadata.deletionTimestamp !== undefined) return undefined
  if (request.ofCollection === true) return undefined
  checkUpdatePreconditions(request, object)
  const begun = strategy.beginDeletion(object, strategyContext(server))
  return { object: request.dryRun === true ? begun : server.store.put(type, begun), removed: false, summary: false }
}

/** @param object as stored */
function deleteStored(server: ServerState, request: DeleteRequest, object: KubeObject): DeleteOutcome {
  checkPreconditions(request, object)
  const { resource, dryRun = false } = request
  const grace = graceOf(object, request.gracePeriodSeconds, server.engine.clock.wallTimeMs())
  if (grace === 'pending') return { object, removed: false, summary: true }
  const finalizers = deletionFinalizers(resource, object, request.propagationPolicy)
  const held = finalizers.length > 0
  if (grace === 'none' && !held) return remove(server, resource, object, dryRun)
  const marked = grace === 'none' ? markDeleting(server, object) : { ...object, metadata: grace.metadata }
  const next = withFinalizers(marked, finalizers)
  const stays = held || (grace !== 'none' && grace.seconds > 0)
  if (dryRun) return { object: next, removed: !stays, summary: false }
  const stored = isChanged(object, next) ? server.store.put(resource.type, next) : object
  if (stored !== object) rememberWritten(stored, asWritten(object))
  if (stays) return { object: stored, removed: false, summary: false }
  return remove(server, resource, stored, false)
}

function remove(server: ServerState, resource: Resource, object: KubeObject, dryRun: boolean): DeleteOutcome {
  return { object: dryRun ? object : removeObject(server, resource, object), removed: true, summary: true }
}

/** As a write words them. */
function checkUpdatePreconditions({ resource: { type }, preconditions = {} }: DeleteRequest, object: KubeObject): void {
  const { name, uid, resourceVersion } = object.metadata
  const differs = (what: string, wanted: string, stored: string): Error =>
    conflict(type, name, `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${stored}`)
  if (preconditions.uid !== undefined && preconditions.uid !== uid) throw differs('UID', preconditions.uid, uid)
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw differs('ResourceVersion', preconditions.resourceVersion, resourceVersion)
  }
}

export function checkPreconditions(
  request: Pick<DeleteRequest, 'resource'> & { readonly preconditions?: DeleteRequest['preconditions'] | undefined },
  object: KubeObject,
): void {
  const { type } = request.resource
  const { uid, resourceVersion } = request.preconditions ?? {}
  if (uid !== undefined && uid !== object.metadata.uid) {
    throw preconditionFailed(
      type,
      object.metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${object.metadata.uid}). ` +
        'The object might have been deleted and then recreated',
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
    throw preconditionFailed(
      type,
      object.metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
        `(${object.metadata.resourceVersion}). The object might have been modified`,
    )
  }
}

/** A kind without grace that finalizers hold: deleting since now, unless it has been deleting already. */
function markDeleting(server: ServerState, object: KubeObject): KubeObject {
  const { metadata } = object
  const first = metadata.deletionTimestamp === undefined
  const { generation = 0 } = metadata
  return {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: metadata.deletionTimestamp ?? server.engine.clock.timestamp(),
      deletionGracePeriodSeconds: 0,
      ...(first && generation > 0 ? { generation: generation + 1 } : {}),
    },
  }
}

function withFinalizers(object: KubeObject, finalizers: readonly string[]): KubeObject {
  const { finalizers: before = [], ...metadata } = object.metadata
  if (before.length === finalizers.length && before.every((finalizer, index) => finalizer === finalizers[index])) {
    return object
  }
  return { ...object, metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers: [...finalizers] } }
}

function isChanged(old: KubeObject, next: KubeObject): boolean {
  const [a, b] = [old.metadata, next.metadata]
  return (
    a.deletionTimestamp !== b.deletionTimestamp ||
    a.deletionGracePeriodSeconds !== b.deletionGracePeriodSeconds ||
    a.generation !== b.generation ||
    (a.finalizers ?? []).join() !== (b.finalizers ?? []).join()
  )
}
