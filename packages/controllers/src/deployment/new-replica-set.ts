// Finding, refreshing or making the ReplicaSet that has the Deployment's present template. Pure.
// Source: kubernetes pkg/controller/deployment/sync.go (getNewReplicaSet).

import type { Deployment, NewObject, ReplicaSet } from '@podwire/apiserver'
import { compareCreation } from '../objects/order.ts'
import { controllerReference } from '../objects/owner.ts'
import { sameMap } from '../objects/semantic-equal.ts'
import { annotationsForCreate, annotationsForExisting, maxRevision } from './annotations.ts'
import { newReplicaSetSize } from './strategy.ts'
import { sameTemplate, TEMPLATE_HASH_LABEL, templateHash } from './template.ts'

export interface Generations {
  /** The ReplicaSet with the present template, if there is one; the oldest when several have it. */
  readonly current: ReplicaSet | undefined
  /** All others. */
  readonly old: readonly ReplicaSet[]
}

export function splitGenerations(deployment: Deployment, replicaSets: readonly ReplicaSet[]): Generations {
  const ordered = [...replicaSets].sort(compareCreation)
  const current = ordered.find((replicaSet) => sameTemplate(replicaSet.spec.template, deployment.spec.template))
  return { current, old: ordered.filter((replicaSet) => replicaSet !== current) }
}

/** The present ReplicaSet as it should be, or undefined when it already is. */
export function refreshed(
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const annotations = annotationsForExisting(deployment, current, maxRevision(old) + 1)
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0
  const sameReady = (current.spec.minReadySeconds ?? 0) === minReadySeconds
  if (sameReady && sameMap(annotations, current.metadata.annotations)) return undefined
  return {
    ...current,
    metadata: { ...current.metadata, annotations },
    spec: sameReady ? current.spec : { ...current.spec, minReadySeconds },
  }
}

export function newReplicaSet(deployment: Deployment, old: readonly ReplicaSet[]): NewObject<ReplicaSet> {
  const { name, namespace } = deployment.metadata
  const { template, selector, minReadySeconds } = deployment.spec
  const hash = templateHash(template, deployment.status?.collisionCount)
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH_LABEL]: hash }
  return {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: annotationsForCreate(deployment, maxRevision(old) + 1),
      ownerReferences: [controllerReference(deployment, 'apps/v1', 'Deployment')],
    },
    spec: {
      replicas: newReplicaSetSize(deployment, old, 0),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}
