// A namespace says at once that it is on its way out, and goes when its content is gone and its finalizers are taken away.
// Source: kubernetes registry/core/namespace/storage (Delete), apiserver plugin/namespace/lifecycle.

import type { Namespace } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { conflict, forbidden } from '../status/errors.ts'
import type { DeleteOutcome, DeleteRequest } from './deletion.ts'
import { FOREGROUND, ORPHAN } from './deletion-finalizers.ts'
import type { ServerState } from './server-state.ts'

// Deleting these would leave a cluster that cannot work.
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

export function isNamespace(object: KubeObject): object is Namespace {
  return object.kind === 'Namespace' && object.apiVersion === 'v1'
}

/** undefined: nothing holds it, so it is deleted like any other object. */
export function deleteNamespace(
  server: ServerState,
  request: DeleteRequest,
  namespace: Namespace,
): DeleteOutcome | undefined {
  checkPreconditions(request, namespace)
  if (IMMORTAL.has(request.name)) {
    throw forbidden(request.resource.type, request.name, 'this namespace may not be deleted')
  }
  if (namespace.metadata.deletionTimestamp === undefined) {
    const next = terminating(server, request, namespace)
    const object = request.dryRun === true ? next : server.store.put(request.resource.type, next)
    return { object, removed: false, summary: false }
  }
  if ((namespace.spec?.finalizers ?? []).length === 0) return undefined
  return { object: namespace, removed: false, summary: false }
}

function checkPreconditions({ resource, name, preconditions }: DeleteRequest, { metadata }: Namespace): void {
  const { uid, resourceVersion } = preconditions ?? {}
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`
    throw conflict(resource.type, name, why)
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why =
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ` +
      `ResourceVersion in object meta: ${metadata.resourceVersion}`
    throw conflict(resource.type, name, why)
  }
}

function terminating(server: ServerState, request: DeleteRequest, namespace: Namespace): Namespace {
  const { finalizers: before = [], ...metadata } = namespace.metadata
  const finalizers = finalizersAfter(before, policyOf(request))
  return {
    ...namespace,
    metadata: {
      ...metadata,
      ...(finalizers.length > 0 ? { finalizers } : {}),
      deletionTimestamp: server.engine.clock.timestamp(),
    },
    status: { ...namespace.status, phase: 'Terminating' },
  }
}

/** Whoever does not want dependents orphaned has them deleted first. */
function policyOf({ orphanDependents, propagationPolicy }: DeleteRequest): DeleteRequest['propagationPolicy'] {
  return orphanDependents === false ? 'Foreground' : propagationPolicy
}

function finalizersAfter(before: readonly string[], policy: DeleteRequest['propagationPolicy']): readonly string[] {
  if (policy === undefined) return before
  const others = before.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND)
  if (policy === 'Orphan') return [...others, ORPHAN]
  return policy === 'Foreground' ? [...others, FOREGROUND] : others
}
