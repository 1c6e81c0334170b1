// Conditions of a CustomResourceDefinition: found, compared and set as upstream does, which moves lastTransitionTime only
// when the status changes. Source: apiextensions-apiserver pkg/apihelpers/helpers.go.

import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '../../objects/index.ts'

export type ConditionType = 'Established' | 'KubernetesAPIApprovalPolicyConformant' | 'NamesAccepted' | 'Terminating'

/** A condition without its time. */
export interface ConditionClaim {
  readonly type: ConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

export function findCondition(
  definition: CustomResourceDefinition,
  type: ConditionType,
): CustomResourceDefinitionCondition | undefined {
  return definition.status?.conditions?.find((condition) => condition.type === type)
}

export function isConditionTrue(definition: CustomResourceDefinition, type: ConditionType): boolean {
  return findCondition(definition, type)?.status === 'True'
}

/** The same but for the time. */
export function saysTheSame(condition: CustomResourceDefinitionCondition | undefined, claim: ConditionClaim): boolean {
  return (
    condition !== undefined &&
    condition.status === claim.status &&
    condition.reason === claim.reason &&
    condition.message === claim.message
  )
}

/** @param now RFC 3339 */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  { type, status, reason, message }: ConditionClaim,
  now: string,
): readonly CustomResourceDefinitionCondition[] {
  const existing = conditions.find((condition) => condition.type === type)
  if (existing === undefined) return [...conditions, { type, status, lastTransitionTime: now, reason, message }]
  const since = existing.status === status ? (existing.lastTransitionTime ?? now) : now
  const changed = { ...existing, status, lastTransitionTime: since, reason, message }
  return conditions.map((condition) => (condition === existing ? changed : condition))
}
