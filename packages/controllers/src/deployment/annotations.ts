// The annotations a Deployment keeps on its ReplicaSets: revision, sizes, and a copy of its own annotations.
// Source: kubernetes pkg/controller/deployment/util/deployment_util.go (SetNewReplicaSetAnnotations).

import type { Deployment, ReplicaSet } from '@podwire/apiserver'
import { maxSurge, wantedReplicas } from './strategy.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'

type Annotations = Readonly<Record<string, string>>

const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
])

/** How long the revision-history annotation may get. */
const HISTORY_LENGTH_MAX = 2000

export function revisionOf(replicaSet: ReplicaSet): number {
  const revision = Number(replicaSet.metadata.annotations?.[REVISION] ?? '0')
  return Number.isSafeInteger(revision) ? revision : 0
}

export function maxRevision(replicaSets: readonly ReplicaSet[]): number {
  let max = 0
  for (const replicaSet of replicaSets) max = Math.max(max, revisionOf(replicaSet))
  return max
}

export function sizeAnnotations(deployment: Deployment): Annotations {
  const wanted = wantedReplicas(deployment)
  return { [DESIRED_REPLICAS]: String(wanted), [MAX_REPLICAS]: String(wanted + maxSurge(deployment)) }
}

/** The annotations of a ReplicaSet that is about to be created. */
export function annotationsForCreate(deployment: Deployment, revision: number): Annotations {
  return { ...copied(deployment, {}), [REVISION]: String(revision), ...sizeAnnotations(deployment) }
}

/** The annotations an existing new ReplicaSet should have. A rollback gives it a new revision and keeps the old ones. */
export function annotationsForExisting(deployment: Deployment, replicaSet: ReplicaSet, revision: number): Annotations {
  const present = replicaSet.metadata.annotations ?? {}
  const next = copied(deployment, present)
  const old = present[REVISION]
  if (revisionOf(replicaSet) < revision) {
    next[REVISION] = String(revision)
    if (old !== undefined) next[REVISION_HISTORY] = extendHistory(present[REVISION_HISTORY], old)
  }
  return next
}

/** `present` with the Deployment's annotations put over it. */
function copied(deployment: Deployment, present: Annotations): Record<string, string> {
  const copy: Record<string, string> = { ...present }
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(key)) copy[key] = value
  return copy
}

function extendHistory(history: string | undefined, revision: string): string {
  const revisions = [...(history === undefined || history === '' ? [] : history.split(',')), revision]
  while (revisions.length > 1 && revisions.join(',').length > HISTORY_LENGTH_MAX) revisions.shift()
  return revisions.join(',')
}
