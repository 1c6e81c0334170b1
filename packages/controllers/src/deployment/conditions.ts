// Deployment conditions: setting one keeps its transition time while its status stays, and does nothing while status and
// reason stay. Source: kubernetes pkg/controller/deployment/util/deployment_util.go (SetDeploymentCondition).

import { conditionOf, type DeploymentCondition } from '@podwire/apiserver'

export type ConditionType = 'Available' | 'Progressing' | 'ReplicaFailure'
export type Conditions = readonly DeploymentCondition[]

export interface ConditionChange {
  readonly type: ConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

export function findCondition(conditions: Conditions, type: ConditionType): DeploymentCondition | undefined {
  return conditionOf(conditions, type)
}

export function withoutCondition(conditions: Conditions, type: ConditionType): Conditions {
  return findCondition(conditions, type) === undefined ? conditions : others(conditions, type)
}

/** By loops here: what is stored is frozen, and V8's methods of arrays are slow on frozen ones. */
function others(conditions: Conditions, type: ConditionType): DeploymentCondition[] {
  const kept: DeploymentCondition[] = []
  for (const condition of conditions) if (condition.type !== type) kept.push(condition)
  return kept
}

export function setCondition(conditions: Conditions, change: ConditionChange, timestamp: string): Conditions {
  const current = findCondition(conditions, change.type)
  if (current?.status === change.status && current.reason === change.reason) return conditions
  return replaceCondition(conditions, change, timestamp)
}

/** Like setCondition, but also when nothing changed: the update time moves. */
export function replaceCondition(conditions: Conditions, change: ConditionChange, timestamp: string): Conditions {
  const current = findCondition(conditions, change.type)
  const lastTransitionTime =
    current?.status === change.status && current.lastTransitionTime !== undefined
      ? current.lastTransitionTime
      : timestamp
  const { type, status, reason, message } = change
  const next: DeploymentCondition = { type, status, reason, message, lastUpdateTime: timestamp, lastTransitionTime }
  const replaced = others(conditions, change.type)
  replaced.push(next)
  return replaced
}
