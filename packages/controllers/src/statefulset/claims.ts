// The claims of a StatefulSet's pods: one for each template and ordinal, under a stable name, kept or owned as the retention
// policy says. Pure. Source: kubernetes pkg/controller/statefulset/stateful_set_utils.go (getPersistentVolumeClaims,
// updateStorage, updateClaimOwnerRefForSetAndPod).

import type {
  NewObject,
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
  StatefulSet,
  Volume,
} from '@podwire/apiserver'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { controllerReference } from '../objects/owner.ts'
import { isWantedOrdinal } from './ordinals.ts'

const templatesOf = (set: StatefulSet): readonly PersistentVolumeClaim[] => set.spec.volumeClaimTemplates ?? []

export const hasClaims = (set: StatefulSet): boolean => templatesOf(set).length > 0

function claimName(set: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${ordinal}`
}

export function claimNames(set: StatefulSet, ordinal: number): readonly string[] {
  return templatesOf(set).map(({ metadata }) => claimName(set, metadata.name, ordinal))
}

export function claimsOfOrdinal(set: StatefulSet, ordinal: number): readonly NewObject<PersistentVolumeClaim>[] {
  const { namespace } = set.metadata
  return templatesOf(set).map(({ metadata: { name, labels, annotations }, spec }) => ({
    metadata: {
      name: claimName(set, name, ordinal),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, ...set.spec.selector.matchLabels },
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  }))
}

/** The claims' volumes come first and take the place of the template's of the same name. */
export function withClaimVolumes(set: StatefulSet, ordinal: number, spec: PodSpec): PodSpec {
  if (!hasClaims(set)) return spec
  const claimed = templatesOf(set).map(({ metadata: { name } }): Volume => {
    return { name, persistentVolumeClaim: { claimName: claimName(set, name, ordinal) } }
  })
  const names = new Set(claimed.map(({ name }) => name))
  return { ...spec, volumes: [...claimed, ...(spec.volumes ?? []).filter(({ name }) => !names.has(name))] }
}

/**
 * The owners a claim should have; undefined when it has them. A claim goes with the set (whenDeleted: Delete), or with the pod
 * that is scaled away (whenScaled: Delete).
 */
export function retentionOwners(
  set: StatefulSet,
  { pod, ordinal }: { readonly pod: Pod; readonly ordinal: number },
  claim: PersistentVolumeClaim,
): readonly OwnerReference[] | undefined {
  const present = claim.metadata.ownerReferences ?? []
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  const owners = [...foreignOwners(set, pod, claim)]
  if (hasForeignController(set, pod, claim)) {
    // Left to that one.
  } else if (!isWantedOrdinal(set, ordinal) && whenScaled === 'Delete') {
    owners.push(controllerReference(pod, 'v1', 'Pod'))
  } else if (whenDeleted === 'Delete') owners.push(controllerReference(set, 'apps/v1', 'StatefulSet'))
  return semanticEqual(present, owners) ? undefined : owners
}

function foreignOwners(set: StatefulSet, pod: Pod, { metadata }: PersistentVolumeClaim): readonly OwnerReference[] {
  return (metadata.ownerReferences ?? []).filter(({ kind, name, uid }) => {
    const ofPod = kind === 'Pod' && (uid === pod.metadata.uid || name === pod.metadata.name)
    return !ofPod && uid !== set.metadata.uid
  })
}

/** Somebody else manages the claim: the policy is not followed then. Where nothing is ever deleted nobody minds. */
export function hasForeignController(set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): boolean {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  if (whenDeleted !== 'Delete' && whenScaled !== 'Delete') return false
  return foreignOwners(set, pod, claim).some(({ controller }) => controller === true)
}

/** The claim still belongs to an earlier pod of this name, which was scaled away; it will go with it. */
export function isStale(claim: PersistentVolumeClaim, podName: string, podUid: string | undefined): boolean {
  return (claim.metadata.ownerReferences ?? []).some(
    ({ kind, name, uid }) => kind === 'Pod' && name === podName && uid !== podUid,
  )
}
