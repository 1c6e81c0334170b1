// Orders that do not depend on the host: by code unit, by creation time then name.

import type { KubeObject } from '@podwire/apiserver'

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Older first; objects of the same second by name, as upstream's ReplicaSetsByCreationTimestamp. */
export function compareCreation(a: KubeObject, b: KubeObject): number {
  return (
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  )
}
