// The order of a Deployment sync: pause, scaling, or one step of its strategy, then status. The decisions are the pure
// functions of scaling.ts, rolling.ts and status.ts. Source: kubernetes pkg/controller/deployment/{deployment_controller,
// rolling,recreate,sync}.go.

import type { Deployment, ReplicaSet } from '@podwire/apiserver'
import { revisionOf } from './annotations.ts'
import { findCondition } from './conditions.ts'
import { splitGenerations } from './new-replica-set.ts'
import { expiredHistory, growNew, removeOld, shrinkOld } from './rolling.ts'
import { isScalingEvent, planScaling, type Resize } from './scaling.ts'
import { calculateStatus, hasProgressDeadline, isComplete, type Moment, rolloutStatus } from './status.ts'
import { isRollingUpdate } from './strategy.ts'
import type { DeploymentWriter } from './writer.ts'

export interface RolloutInput {
  readonly deployment: Deployment
  /** Owned by the Deployment. */
  readonly replicaSets: readonly ReplicaSet[]
  readonly hasRunningPods: (replicaSet: ReplicaSet) => boolean
  readonly moment: Moment
  readonly writer: DeploymentWriter
}

/** Runs one sync and returns the Deployment as it is stored now. */
export function runRollout(input: RolloutInput): Deployment {
  const { writer, replicaSets } = input
  if (input.deployment.metadata.deletionTimestamp !== undefined) return statusOnly(input)
  const deployment = markPaused(input.deployment, writer)
  const current = { ...input, deployment }
  if (deployment.spec.paused === true) return scaleOnly(current)
  if (isScalingEvent(deployment, replicaSets)) return scaleOnly(current)
  return isRollingUpdate(deployment) ? rollingStep(current) : recreateStep(current)
}

/** Deleting: nothing is created or sized any more, only counted. */
function statusOnly({ deployment, replicaSets, moment, writer }: RolloutInput): Deployment {
  const { current } = splitGenerations(deployment, replicaSets)
  return writer.writeStatus(deployment, calculateStatus(deployment, replicaSets, current, moment))
}

function markPaused(deployment: Deployment, writer: DeploymentWriter): Deployment {
  if (!hasProgressDeadline(deployment)) return deployment
  const reason = findCondition(deployment.status?.conditions ?? [], 'Progressing')?.reason
  const paused = deployment.spec.paused === true
  // A rollout that timed out keeps saying so.
  if (reason === 'ProgressDeadlineExceeded' || paused === (reason === 'DeploymentPaused')) return deployment
  return writer.setProgress(deployment, {
    type: 'Progressing',
    status: 'Unknown',
    reason: paused ? 'DeploymentPaused' : 'DeploymentResumed',
    message: paused ? 'Deployment is paused' : 'Deployment is resumed',
  })
}

/** Paused, or spec.replicas changed: sizes only, no new template. */
function scaleOnly(input: RolloutInput): Deployment {
  const { deployment, writer, moment } = input
  const split = splitGenerations(deployment, input.replicaSets)
  const current = split.current === undefined ? undefined : writer.refresh(deployment, split.current, split.old)
  const resizes = planScaling(deployment, current, split.old)
  const applied = applyInOrder(deployment, resizes, writer)
  const old = split.old.map(applied)
  const sized = current === undefined ? undefined : applied(current)
  if (deployment.spec.paused === true) removeExpired(deployment, old, writer)
  const all = sized === undefined ? old : [...old, sized]
  const latest = writer.newest(deployment)
  return writer.writeStatus(latest, calculateStatus(latest, all, sized, moment))
}

function rollingStep(input: RolloutInput): Deployment {
  const { deployment, writer } = input
  const split = splitGenerations(deployment, input.replicaSets)
  const current =
    split.current === undefined
      ? writer.create(deployment, split.old)
      : writer.refresh(deployment, split.current, split.old)
  if (current === undefined) return writer.newest(deployment)
  const grown = growNew(deployment, current, split.old)
  if (grown !== undefined) return finish(input, writer.resize(deployment, grown), split.old)
  const shrunk = shrinkOld(deployment, current, split.old)
  if (shrunk.length > 0) return finish(input, current, split.old.map(applyInOrder(deployment, shrunk, writer)))
  if (isComplete(deployment, deployment.status)) removeExpired(deployment, split.old, writer)
  return finish(input, current, split.old)
}

function recreateStep(input: RolloutInput): Deployment {
  const { deployment, writer } = input
  const split = splitGenerations(deployment, input.replicaSets)
  const present = split.current === undefined ? undefined : writer.refresh(deployment, split.current, split.old)
  const removed = removeOld(split.old)
  if (removed.length > 0) return finish(input, present, split.old.map(applyInOrder(deployment, removed, writer)))
  if (split.old.some(input.hasRunningPods)) return finish(input, present, split.old)
  const current = present ?? writer.create(deployment, split.old)
  if (current === undefined) return writer.newest(deployment)
  const grown = growNew(deployment, current, split.old)
  const sized = grown === undefined ? current : writer.resize(deployment, grown)
  if (isComplete(deployment, deployment.status)) removeExpired(deployment, split.old, writer)
  return finish(input, sized, split.old)
}

/** Writes the rollout's status. The Deployment may have got a revision or condition in this sync: that counts too. */
function finish(input: RolloutInput, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): Deployment {
  const { writer, moment } = input
  const deployment = writer.newest(input.deployment)
  const all = current === undefined ? old : [...old, current]
  return writer.writeStatus(deployment, rolloutStatus(deployment, all, current, moment))
}

/** Returns what a ReplicaSet is once all resizes are done: the order is that of the events. */
function applyInOrder(
  deployment: Deployment,
  resizes: readonly Resize[],
  writer: DeploymentWriter,
): (replicaSet: ReplicaSet) => ReplicaSet {
  const sized = new Map<ReplicaSet, ReplicaSet>()
  for (const resize of resizes) sized.set(resize.replicaSet, writer.resize(deployment, resize))
  return (replicaSet) => sized.get(replicaSet) ?? replicaSet
}

function removeExpired(deployment: Deployment, old: readonly ReplicaSet[], writer: DeploymentWriter): void {
  for (const replicaSet of expiredHistory(deployment, old, revisionOf)) writer.remove(replicaSet)
}
