// Counts in the status of replicated workloads. Source: kubernetes apps/validation ValidateReplicaSetStatus,
// ValidateDeploymentStatus; core/validation ValidateReplicationControllerStatusUpdate.

import type { Deployment, ReplicaSet, ReplicationController } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { validateNonNegative } from './workload-validation.ts'

const ABOVE_REPLICAS = 'cannot be greater than status.replicas'
const ABOVE_READY = 'cannot be greater than readyReplicas'

export function validateReplicaStatus({ status }: ReplicaSet | ReplicationController): readonly FieldError[] {
  const errors: FieldError[] = []
  const {
    replicas = 0,
    fullyLabeledReplicas = 0,
    readyReplicas = 0,
    availableReplicas = 0,
    observedGeneration,
  } = status ?? {}
  const terminatingReplicas = status && 'terminatingReplicas' in status ? status.terminatingReplicas : undefined
  validateNonNegative(replicas, 'status.replicas', errors)
  validateNonNegative(fullyLabeledReplicas, 'status.fullyLabeledReplicas', errors)
  validateNonNegative(readyReplicas, 'status.readyReplicas', errors)
  validateNonNegative(availableReplicas, 'status.availableReplicas', errors)
  validateNonNegative(observedGeneration, 'status.observedGeneration', errors)
  validateNonNegative(terminatingReplicas, 'status.terminatingReplicas', errors)
  if (fullyLabeledReplicas > replicas)
    errors.push(invalid('status.fullyLabeledReplicas', fullyLabeledReplicas, ABOVE_REPLICAS))
  if (readyReplicas > replicas) errors.push(invalid('status.readyReplicas', readyReplicas, ABOVE_REPLICAS))
  if (availableReplicas > replicas) errors.push(invalid('status.availableReplicas', availableReplicas, ABOVE_REPLICAS))
  if (availableReplicas > readyReplicas)
    errors.push(invalid('status.availableReplicas', availableReplicas, ABOVE_READY))
  return errors
}

/** How often names of revisions met others: never less. */
export function validateCollisions(now: number | undefined, old: number | undefined, errors: FieldError[]): void {
  if (old === undefined || (now !== undefined && now >= old)) return
  errors.push(invalid('status.collisionCount', now ?? 0, 'cannot be decremented'))
}

export function validateDeploymentStatus({ status }: Deployment, { status: old }: Deployment): readonly FieldError[] {
  const errors: FieldError[] = []
  const {
    replicas = 0,
    updatedReplicas = 0,
    readyReplicas = 0,
    availableReplicas = 0,
    unavailableReplicas = 0,
  } = status ?? {}
  validateNonNegative(status?.observedGeneration, 'status.observedGeneration', errors)
  validateNonNegative(replicas, 'status.replicas', errors)
  validateNonNegative(updatedReplicas, 'status.updatedReplicas', errors)
  validateNonNegative(readyReplicas, 'status.readyReplicas', errors)
  validateNonNegative(availableReplicas, 'status.availableReplicas', errors)
  validateNonNegative(unavailableReplicas, 'status.unavailableReplicas', errors)
  validateNonNegative(status?.terminatingReplicas, 'status.terminatingReplicas', errors)
  validateNonNegative(status?.collisionCount, 'status.collisionCount', errors)
  if (updatedReplicas > replicas) errors.push(invalid('status.updatedReplicas', updatedReplicas, ABOVE_REPLICAS))
  if (readyReplicas > replicas) errors.push(invalid('status.readyReplicas', readyReplicas, ABOVE_REPLICAS))
  if (availableReplicas > replicas) errors.push(invalid('status.availableReplicas', availableReplicas, ABOVE_REPLICAS))
  if (availableReplicas > readyReplicas)
    errors.push(invalid('status.availableReplicas', availableReplicas, ABOVE_READY))
  validateCollisions(status?.collisionCount, old?.collisionCount, errors)
  return errors
}
