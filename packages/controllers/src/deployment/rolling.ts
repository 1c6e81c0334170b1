// One step of a rolling update, and of Recreate: which ReplicaSets get which size now. Pure: one kind of write per sync, as
// upstream, so that the next step sees what this one did. Source: kubernetes pkg/controller/deployment/{rolling,recreate}.go.

import type { Deployment, ReplicaSet } from '@podwire/apiserver'
import { compareCreation } from '../objects/order.ts'
import type { Resize } from './scaling.ts'
import {
  availableOf,
  isActive,
  maxUnavailable,
  newReplicaSetSize,
  sizeOf,
  totalAvailable,
  totalSize,
  wantedReplicas,
} from './strategy.ts'

/** The new ReplicaSet's next size; undefined when it stays. */
export function growNew(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Resize | undefined {
  const size = sizeOf(current)
  const wanted = wantedReplicas(deployment)
  const next = size > wanted ? wanted : newReplicaSetSize(deployment, old, size)
  return next === size ? undefined : { replicaSet: current, size: next }
}

/**
 * The old ReplicaSets' next sizes, in the order they are written. An unhealthy one can appear twice: first what is broken is
 * taken away, then what is no longer needed.
 */
export function shrinkOld(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): readonly Resize[] {
  if (totalSize(old) === 0) return []
  const minAvailable = wantedReplicas(deployment) - maxUnavailable(deployment)
  const newUnavailable = sizeOf(current) - availableOf(current)
  const budget = totalSize(old) + sizeOf(current) - minAvailable - newUnavailable
  if (budget <= 0) return []
  const oldestFirst = old.filter(isActive).sort(compareCreation)
  // A ReplicaSet that was just made smaller still counts pods it no longer has: wait for its status.
  if (oldestFirst.some((replicaSet) => availableOf(replicaSet) > sizeOf(replicaSet))) return []
  const sizes = new Map(oldestFirst.map((replicaSet) => [replicaSet, sizeOf(replicaSet)]))
  const unhealthy = take(sizes, budget, (replicaSet, size) => Math.max(0, size - availableOf(replicaSet)))
  // What is sized down to nothing already may still report pods that are available: they are not to be counted on.
  const surplus = totalAvailable([...oldestFirst, current]) - minAvailable
  return [...unhealthy, ...(surplus > 0 ? take(sizes, surplus, (_, size) => size) : [])]
}

/** Takes up to `budget` replicas, oldest ReplicaSet first, at most `limit` from each; `sizes` follows. */
function take(
  sizes: Map<ReplicaSet, number>,
  budget: number,
  limit: (replicaSet: ReplicaSet, size: number) => number,
): readonly Resize[] {
  const resizes: Resize[] = []
  let left = budget
  for (const [replicaSet, size] of sizes) {
    const amount = Math.min(left, limit(replicaSet, size))
    if (amount <= 0) continue
    left -= amount
    sizes.set(replicaSet, size - amount)
    resizes.push({ replicaSet, size: size - amount })
  }
  return resizes
}

/** Recreate: every old ReplicaSet goes to nothing at once. */
export function removeOld(old: readonly ReplicaSet[]): readonly Resize[] {
  return old.filter(isActive).map((replicaSet) => ({ replicaSet, size: 0 }))
}

/** Old ReplicaSets beyond the history limit, oldest revision first. */
export function expiredHistory(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  revisionOf: (replicaSet: ReplicaSet) => number,
): readonly ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit
  if (limit === undefined || limit === 2_147_483_647) return []
  const alive = old.filter((replicaSet) => replicaSet.metadata.deletionTimestamp === undefined)
  const ordered = alive.sort((a, b) => revisionOf(a) - revisionOf(b) || compareCreation(a, b))
  return ordered.slice(0, Math.max(0, ordered.length - limit)).filter((replicaSet) => {
    const seen = (replicaSet.status?.observedGeneration ?? 0) >= (replicaSet.metadata.generation ?? 0)
    return seen && sizeOf(replicaSet) === 0 && (replicaSet.status?.replicas ?? 0) === 0
  })
}
