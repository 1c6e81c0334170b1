// A Deployment's numbers: how far a rollout may exceed or undercut the wanted replicas, and how many a new ReplicaSet gets.
// Source: kubernetes pkg/controller/deployment/util/deployment_util.go.

import type { Deployment, ReplicaSet } from '@podwire/apiserver'
import { scaledAmount } from '../objects/int-or-percent.ts'

export const wantedReplicas = (deployment: Deployment): number => deployment.spec.replicas ?? 1
export const sizeOf = (replicaSet: ReplicaSet): number => replicaSet.spec.replicas ?? 1
export const availableOf = (replicaSet: ReplicaSet): number => replicaSet.status?.availableReplicas ?? 0
export const isActive = (replicaSet: ReplicaSet): boolean => sizeOf(replicaSet) > 0

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'
}

export function totalSize(replicaSets: readonly ReplicaSet[]): number {
  let total = 0
  for (const replicaSet of replicaSets) total += sizeOf(replicaSet)
  return total
}

export function totalAvailable(replicaSets: readonly ReplicaSet[]): number {
  let total = 0
  for (const replicaSet of replicaSets) total += availableOf(replicaSet)
  return total
}

/** Pods above the wanted number; percentages round up. Recreate never surges. */
export function maxSurge(deployment: Deployment): number {
  if (!isRollingUpdate(deployment)) return 0
  return scaledAmount(deployment.spec.strategy?.rollingUpdate?.maxSurge ?? '25%', wantedReplicas(deployment), 'up')
}

/** Pods that may be missing; percentages round down, and when nothing may surge at least one may be missing. */
export function maxUnavailable(deployment: Deployment): number {
  const wanted = wantedReplicas(deployment)
  if (!isRollingUpdate(deployment) || wanted === 0) return 0
  const amount = scaledAmount(deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', wanted, 'down')
  return Math.min(amount === 0 && maxSurge(deployment) === 0 ? 1 : amount, wanted)
}

/** The size the new ReplicaSet may have now. `newSize` is what it has (0 before it exists). */
export function newReplicaSetSize(deployment: Deployment, others: readonly ReplicaSet[], newSize: number): number {
  const wanted = wantedReplicas(deployment)
  if (!isRollingUpdate(deployment)) return wanted
  const room = wanted + maxSurge(deployment) - totalSize(others) - newSize
  return room <= 0 ? newSize : newSize + Math.min(room, wanted - newSize)
}
