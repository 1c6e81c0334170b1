// Scaling a Deployment outside a rollout step: one active ReplicaSet takes it all, several share in proportion. Pure.
// Source: kubernetes pkg/controller/deployment/sync.go (scale), util/deployment_util.go (GetReplicaSetProportion).

import type { Deployment, ReplicaSet } from '@podwire/apiserver'
import { compareCreation } from '../objects/order.ts'
import { DESIRED_REPLICAS, MAX_REPLICAS } from './annotations.ts'
import { availableOf, isActive, isRollingUpdate, maxSurge, sizeOf, totalSize, wantedReplicas } from './strategy.ts'

/** A ReplicaSet and the size it should get; the same size still refreshes its annotations. */
export interface Resize {
  readonly replicaSet: ReplicaSet
  readonly size: number
}

/** True when spec.replicas changed since the ReplicaSets were last sized. */
export function isScalingEvent(deployment: Deployment, all: readonly ReplicaSet[]): boolean {
  return all.filter(isActive).some((replicaSet) => {
    const desired = replicaSet.metadata.annotations?.[DESIRED_REPLICAS]
    return desired !== undefined && Number(desired) !== wantedReplicas(deployment)
  })
}

export function planScaling(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): readonly Resize[] {
  const all = current === undefined ? old : [...old, current]
  const wanted = wantedReplicas(deployment)
  const only = activeOrLatest(all, current)
  if (only !== undefined) return sizeOf(only) === wanted ? [] : [{ replicaSet: only, size: wanted }]
  if (current !== undefined && isSaturated(deployment, current)) {
    return old.filter(isActive).map((replicaSet) => ({ replicaSet, size: 0 }))
  }
  return isRollingUpdate(deployment) ? proportional(deployment, all.filter(isActive)) : []
}

/** The one ReplicaSet that carries the whole size; undefined when several do. */
function activeOrLatest(all: readonly ReplicaSet[], current: ReplicaSet | undefined): ReplicaSet | undefined {
  const active = all.filter(isActive)
  if (active.length > 1) return undefined
  return active[0] ?? current ?? [...all].sort(compareCreation).at(-1)
}

function isSaturated(deployment: Deployment, current: ReplicaSet): boolean {
  const wanted = wantedReplicas(deployment)
  return (
    sizeOf(current) === wanted &&
    availableOf(current) === wanted &&
    Number(current.metadata.annotations?.[DESIRED_REPLICAS] ?? NaN) === wanted
  )
}

function proportional(deployment: Deployment, active: readonly ReplicaSet[]): readonly Resize[] {
  const wanted = wantedReplicas(deployment)
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0
  const toAdd = allowed - totalSize(active)
  const ordered = [...active].sort(
    (a, b) => sizeOf(b) - sizeOf(a) || (toAdd > 0 ? compareCreation(b, a) : compareCreation(a, b)),
  )
  let added = 0
  const sizes = ordered.map((replicaSet) => {
    const share = toAdd === 0 ? 0 : proportion(deployment, replicaSet, toAdd, added)
    added += share
    return sizeOf(replicaSet) + share
  })
  return ordered.map((replicaSet, index) => {
    const leftover = index === 0 && toAdd !== 0 ? toAdd - added : 0
    return { replicaSet, size: Math.max(0, (sizes[index] ?? 0) + leftover) }
  })
}

function proportion(deployment: Deployment, replicaSet: ReplicaSet, toAdd: number, added: number): number {
  const left = toAdd - added
  if (left === 0) return 0
  const share = fraction(deployment, replicaSet)
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left)
}

function fraction(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = sizeOf(replicaSet)
  const wanted = wantedReplicas(deployment)
  if (wanted === 0) return -size
  const annotated = Number(replicaSet.metadata.annotations?.[MAX_REPLICAS] ?? NaN)
  const before = annotated > 0 ? annotated : (deployment.status?.replicas ?? 0)
  if (before === 0) return 0
  return Math.round((size * (wanted + maxSurge(deployment))) / before) - size
}
