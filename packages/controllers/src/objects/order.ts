// The order of objects: by creation time, then name.

import type { KubeObject } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'

/** Older first; objects of the same second by name, as upstream's ReplicaSetsByCreationTimestamp. */
export function compareCreation(a: KubeObject, b: KubeObject): number {
  return (
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  )
}
