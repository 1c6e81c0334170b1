// Which pods (or ReplicaSets) a controller owns, adopts or lets go, by selector and controller reference.
// Source: kubernetes pkg/controller/controller_ref_manager.go.

import type { KubeObject } from '@podwire/apiserver'
import { controllerOf } from '../objects/owner.ts'

export interface Claim<T> {
  /** Owned already and still matching. */
  readonly owned: readonly T[]
  /** Without controller and matching: to be adopted. */
  readonly adopt: readonly T[]
  /** Owned and no longer matching: to be released. */
  readonly release: readonly T[]
}

export function claimObjects<T extends KubeObject>(
  owner: KubeObject,
  candidates: readonly T[],
  matches: (object: T) => boolean,
): Claim<T> {
  const owned: T[] = []
  const adopt: T[] = []
  const release: T[] = []
  const ownerLeaves = owner.metadata.deletionTimestamp !== undefined
  for (const object of candidates) {
    const controller = controllerOf(object)
    if (controller !== undefined && controller.uid !== owner.metadata.uid) continue
    const fits = matches(object)
    if (controller !== undefined) {
      if (fits) owned.push(object)
      else if (!ownerLeaves) release.push(object)
    } else if (fits && !ownerLeaves && object.metadata.deletionTimestamp === undefined) {
      adopt.push(object)
    }
  }
  return { owned, adopt, release }
}
