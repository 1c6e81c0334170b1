// A Deployment's status from its ReplicaSets: counts, Available, Progressing with its deadline, ReplicaFailure. Pure.
// Source: kubernetes pkg/controller/deployment/{progress,sync}.go.

import type { Draft } from '@podwire/engine'
import type { Deployment, DeploymentStatus, ReplicaSet } from '@podwire/apiserver'
import {
  type ConditionChange,
  type Conditions,
  findCondition,
  replaceCondition,
  setCondition,
  withoutCondition,
} from './conditions.ts'
import { maxUnavailable, totalAvailable, totalSize, wantedReplicas } from './strategy.ts'
import { timestampMs } from '../objects/timestamp-ms.ts'

export interface Moment {
  readonly nowMs: number
  /** The same moment as metav1.Time. */
  readonly timestamp: string
}

/** "No deadline" as the API spells it. */
const NO_DEADLINE = 2_147_483_647

export function hasProgressDeadline(deployment: Deployment): boolean {
  return (deployment.spec.progressDeadlineSeconds ?? NO_DEADLINE) !== NO_DEADLINE
}

type Count = 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas'

function total(replicaSets: readonly ReplicaSet[], count: Count): number {
  let sum = 0
  for (const replicaSet of replicaSets) sum += replicaSet.status?.[count] ?? 0
  return sum
}

/** Counts and the Available condition; Progressing as it was. */
export function calculateStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
  moment: Moment,
): Draft<DeploymentStatus> {
  const available = totalAvailable(all)
  const unavailable = Math.max(0, totalSize(all) - available)
  const enough = available >= wantedReplicas(deployment) - maxUnavailable(deployment)
  const conditions = setCondition(deployment.status?.conditions ?? [], availableCondition(enough), moment.timestamp)
  const collisionCount = deployment.status?.collisionCount
  // Field by field: this runs at every sync, and a dozen spreads of what may be absent cost as much as the rest of one.
  const status: Draft<DeploymentStatus> = {}
  setNonZero(status, 'observedGeneration', deployment.metadata.generation ?? 0)
  setNonZero(status, 'replicas', total(all, 'replicas'))
  setNonZero(status, 'updatedReplicas', current?.status?.replicas ?? 0)
  setNonZero(status, 'readyReplicas', total(all, 'readyReplicas'))
  setNonZero(status, 'availableReplicas', available)
  setNonZero(status, 'unavailableReplicas', unavailable)
  status.terminatingReplicas = total(all, 'terminatingReplicas')
  if (collisionCount !== undefined) status.collisionCount = collisionCount
  status.conditions = conditions
  return status
}

function setNonZero(
  status: Draft<DeploymentStatus>,
  field: Exclude<keyof DeploymentStatus, 'conditions'>,
  value: number,
): void {
  if (value !== 0) status[field] = value
}

function availableCondition(enough: boolean): ConditionChange {
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
}

export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const wanted = wantedReplicas(deployment)
  return (
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function isProgressing(old: DeploymentStatus | undefined, next: DeploymentStatus): boolean {
  const updated = (status: DeploymentStatus | undefined): number => status?.updatedReplicas ?? 0
  const leftOver = (status: DeploymentStatus | undefined): number => (status?.replicas ?? 0) - updated(status)
  return (
    updated(next) > updated(old) ||
    leftOver(next) < leftOver(old) ||
    (next.readyReplicas ?? 0) > (old?.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old?.availableReplicas ?? 0)
  )
}

/** When the present rollout counts as stuck, or undefined when no deadline runs. */
export function progressDeadlineMs(deployment: Deployment, status: DeploymentStatus): number | undefined {
  if (!hasProgressDeadline(deployment)) return undefined
  const condition = findCondition(status.conditions ?? [], 'Progressing')
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return undefined
  if (condition.reason === 'ProgressDeadlineExceeded' || typeof condition.lastUpdateTime !== 'string') return undefined
  return timestampMs(condition.lastUpdateTime) + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000
}

/** The status a rollout writes: counts, Available, Progressing and the ReplicaSets' failures. */
export function rolloutStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
  moment: Moment,
): DeploymentStatus {
  const status = calculateStatus(deployment, all, current, moment)
  let conditions = status.conditions ?? []
  if (!hasProgressDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing')
  else conditions = progress(deployment, status, current, moment)
  const failure = failureOf(all, current)
  // It has been so for as long as the ReplicaSet says.
  conditions =
    failure === undefined
      ? withoutCondition(conditions, 'ReplicaFailure')
      : setCondition(conditions, failure.change, failure.since ?? moment.timestamp)
  status.conditions = conditions
  return status
}

function progress(
  deployment: Deployment,
  status: DeploymentStatus,
  current: ReplicaSet | undefined,
  moment: Moment,
): Conditions {
  const conditions = status.conditions ?? []
  const condition = findCondition(conditions, 'Progressing')
  const settled =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && condition?.reason === 'NewReplicaSetAvailable'
  if (settled) return conditions
  const subject =
    current === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${current.metadata.name}"`
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`
    const change: ConditionChange = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message }
    return setCondition(conditions, change, moment.timestamp)
  }
  if (isProgressing(deployment.status, status)) {
    const message = `${subject} is progressing.`
    const change: ConditionChange = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message }
    return replaceCondition(conditions, change, moment.timestamp)
  }
  const deadlineMs = progressDeadlineMs(deployment, status)
  if (deadlineMs === undefined || deadlineMs >= moment.nowMs) return conditions
  const message = `${subject} has timed out progressing.`
  const change: ConditionChange = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message }
  return setCondition(conditions, change, moment.timestamp)
}

/** The first failure, the new ReplicaSet's before the others'. */
function failureOf(
  all: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
): { readonly change: ConditionChange; readonly since: string | undefined } | undefined {
  for (const replicaSet of current === undefined ? all : [current, ...all]) {
    const failure = replicaSet.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure')
    if (failure === undefined) continue
    const { reason = '', message = '', lastTransitionTime: since } = failure
    const status = failure.status === 'False' ? 'False' : 'True'
    return { change: { type: 'ReplicaFailure', status, reason, message }, since }
  }
  return undefined
}
