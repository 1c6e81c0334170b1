// DELETE: preconditions, grace (only pods have it), propagation by finalizers, and what is answered.
// Source: apiserver registry/rest/delete.go, registry/generic/registry/store.go (Delete), core/pod/strategy.go.

import type { DeleteOptions } from '../client/client.ts'
import type { Namespace, Pod } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'
import { conflict, forbidden, notFound, preconditionFailed } from '../status/errors.ts'
import { mutableCopy } from '../store/share.ts'
import { removeObject } from './removal.ts'
import { strategyContext, type ServerState } from './server-state.ts'

export interface DeleteRequest extends DeleteOptions {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly dryRun?: boolean
  /** One of a DELETE of a list: upstream's storage deletes these without the kind's own beginning. */
  readonly ofCollection?: boolean
}

export interface DeleteOutcome {
  readonly object: KubeObject
  /** False: it stays for now, with a deletionTimestamp. */
  readonly removed: boolean
}

// Deleting these would leave a cluster that cannot work (plugin/namespace/lifecycle).
const IMMORTAL_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

export function deleteObject(server: ServerState, request: DeleteRequest): DeleteOutcome {
  const { resource, namespace, name } = request
  const { type } = resource
  const object = server.store.get(type, namespace, name)
  if (object === undefined) throw notFound(type, name)
  const { beginDeletion } = resource.strategy
  if (beginDeletion !== undefined && object.metadata.deletionTimestamp === undefined && request.ofCollection !== true) {
    checkUpdatePreconditions(request, object)
    const begun = beginDeletion(object, strategyContext(server))
    return { object: request.dryRun === true ? begun : server.store.put(type, begun), removed: false }
  }
  checkPreconditions(request, object)
  if (object.kind === 'Namespace' && type.group === '' && IMMORTAL_NAMESPACES.has(name)) {
    throw forbidden(type, name, 'this namespace may not be deleted')
  }
  const grace = gracePeriodSeconds(request, object)
  const finalizers = finalizersFor(request, object)
  const held = finalizers.length > 0 || namespaceFinalizers(object) > 0
  if (grace === 0 && !held) {
    // A pod leaves as one that was told to, at once.
    const last = isPod(object) ? markDeleting(server, object, 0, []) : object
    if (request.dryRun) return { object: last, removed: true }
    return { object: removeObject(server, resource, last), removed: true }
  }
  const pending = object.metadata.deletionTimestamp !== undefined
  const shorter = grace < (object.metadata.deletionGracePeriodSeconds ?? Infinity)
  const sameFinalizers = finalizers.join() === (object.metadata.finalizers ?? []).join()
  if (pending && sameFinalizers && !(shorter && isPod(object))) return { object, removed: false }
  const next = markDeleting(server, object, grace, finalizers)
  if (request.dryRun) return { object: next, removed: false }
  return { object: server.store.put(type, next), removed: false }
}

/** As a write words them. */
function checkUpdatePreconditions({ resource: { type }, preconditions = {} }: DeleteRequest, object: KubeObject): void {
  const { name, uid, resourceVersion } = object.metadata
  const differs = (what: string, wanted: string, stored: string): Error =>
    conflict(type, name, `precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${stored}`)
  if (preconditions.uid !== undefined && preconditions.uid !== uid) throw differs('UID', preconditions.uid, uid)
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw differs('ResourceVersion', preconditions.resourceVersion, resourceVersion)
  }
}

function checkPreconditions(request: DeleteRequest, object: KubeObject): void {
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

function isPod(object: KubeObject): object is Pod {
  return object.kind === 'Pod' && object.apiVersion === 'v1'
}

/** Seconds the object may still live; 0 for everything but a pod that was scheduled and has not ended. */
function gracePeriodSeconds(request: DeleteRequest, object: KubeObject): number {
  if (!isPod(object)) return 0
  const { phase } = object.status ?? {}
  if ((object.spec.nodeName ?? '') === '' || phase === 'Succeeded' || phase === 'Failed') return 0
  const wanted = request.gracePeriodSeconds ?? object.spec.terminationGracePeriodSeconds ?? 30
  const seconds = wanted < 0 ? 1 : wanted
  // A later DELETE may only shorten the time that is left to it.
  return Math.min(seconds, object.metadata.deletionGracePeriodSeconds ?? Infinity)
}

function finalizersFor(request: DeleteRequest, object: KubeObject): readonly string[] {
  const others = (object.metadata.finalizers ?? []).filter(
    (finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion',
  )
  const policy = request.propagationPolicy ?? (request.resource.orphansByDefault === true ? 'Orphan' : undefined)
  switch (policy) {
    case 'Orphan':
      return [...others, 'orphan']
    case 'Foreground':
      return [...others, 'foregroundDeletion']
    case 'Background':
      return others
    case undefined:
      return object.metadata.finalizers ?? []
  }
}

function namespaceFinalizers(object: KubeObject): number {
  return object.kind === 'Namespace' ? ((object as Namespace).spec.finalizers?.length ?? 0) : 0
}

function markDeleting(
  server: ServerState,
  object: KubeObject,
  grace: number,
  finalizers: readonly string[],
): KubeObject {
  const next = mutableCopy(object) as KubeObject & { status?: object }
  const deadlineMs = Math.floor(server.engine.clock.wallTimeMs() / 1000) * 1000 + grace * 1000
  const firstTime = object.metadata.deletionTimestamp === undefined
  const { finalizers: _, ...metadata } = next.metadata
  const marked = {
    ...next,
    metadata: {
      ...metadata,
      ...(finalizers.length > 0 ? { finalizers: [...finalizers] } : {}),
      deletionTimestamp:
        isPod(object) || firstTime
          ? `${new Date(deadlineMs).toISOString().slice(0, 19)}Z`
          : (metadata.deletionTimestamp ?? ''),
      deletionGracePeriodSeconds: grace,
      ...(firstTime && metadata.generation !== undefined ? { generation: metadata.generation + 1 } : {}),
    },
  }
  // A namespace says at once that it is on its way out (core/namespace/storage).
  return object.kind === 'Namespace'
    ? ({ ...marked, status: { ...next.status, phase: 'Terminating' } } as KubeObject)
    : marked
}
