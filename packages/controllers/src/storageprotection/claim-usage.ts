// Which claims a pod uses, and whether it holds them while they are being deleted: a pod that has a node does, even a finished one,
// until it is gone; one made for an ephemeral volume is let go as soon as the kubelet is done. Pure.
// Source: kubernetes pkg/controller/volume/pvcprotection (podUsesPVCForDeletion), component-helpers storage/ephemeral.

import type { PersistentVolumeClaim, Pod } from '@podwire/apiserver'

const ephemeralClaim = (pod: Pod, volume: string): string => `${pod.metadata.name}-${volume}`

/** Claims under these names, `namespace/name`. */
export function claimsOf(pod: Pod): readonly string[] {
  const claims: string[] = []
  // A loop: what is stored is frozen, and V8's methods of arrays are slow on frozen ones.
  for (const { name, persistentVolumeClaim, ephemeral } of pod.spec.volumes ?? []) {
    if (persistentVolumeClaim !== undefined) claims.push(`${pod.metadata.namespace}/${persistentVolumeClaim.claimName}`)
    else if (ephemeral !== undefined) claims.push(`${pod.metadata.namespace}/${ephemeralClaim(pod, name)}`)
  }
  return claims
}

export function holdsClaim(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if ((pod.spec.nodeName ?? '') === '') return false
  return (pod.spec.volumes ?? []).some(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim?.claimName === claim.metadata.name) return true
    if (ephemeral === undefined || isShutDown(pod)) return false
    return ephemeralClaim(pod, name) === claim.metadata.name && isMadeFor(pod, claim)
  })
}

/** The kubelet is done with it, or it was deleted by force. */
function isShutDown({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0
}

function isMadeFor(pod: Pod, { metadata: { ownerReferences = [] } }: PersistentVolumeClaim): boolean {
  return ownerReferences.some(({ uid, controller }) => controller === true && uid === pod.metadata.uid)
}
