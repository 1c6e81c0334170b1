// Which finalizers a DELETE leaves on an object: `orphan` and `foregroundDeletion` say what becomes of its dependents.
// Source: apiserver registry/generic/registry/store.go (deletionFinalizersForGarbageCollection).

import type { DeleteOptions } from '../client/client.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'

export const ORPHAN = 'orphan'
export const FOREGROUND = 'foregroundDeletion'

/** The object's own list when nothing changes: then its order stays, too. */
export function deletionFinalizers(
  resource: Resource,
  { metadata }: KubeObject,
  policy: DeleteOptions['propagationPolicy'],
): readonly string[] {
  const before = metadata.finalizers ?? []
  const added = addedFinalizer(resource, before, policy)
  const others = before.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND)
  const after = added === undefined ? others : [...others, added]
  const same = new Set(before).size === new Set(after).size && after.every((finalizer) => before.includes(finalizer))
  return same ? before : after
}

function addedFinalizer(
  resource: Resource,
  before: readonly string[],
  policy: DeleteOptions['propagationPolicy'],
): string | undefined {
  if (resource.hasNoDependents === true) return undefined
  if (policy === 'Orphan') return ORPHAN
  if (policy === 'Foreground') return FOREGROUND
  if (policy === 'Background') return undefined
  // What an earlier DELETE asked for counts before the kind's own way.
  const earlier = before.find((finalizer) => finalizer === ORPHAN || finalizer === FOREGROUND)
  return earlier ?? (resource.orphansByDefault === true ? ORPHAN : undefined)
}
