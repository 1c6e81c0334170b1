// Mirror pods show the static pods of a node, which know nothing of the API: they may refer to none of its objects.
// Source: kubernetes plugin/pkg/admission/serviceaccount (Validate), pkg/api/pod/util.go (VisitPodSecretNames).

import type { PodSpec, Volume } from '../../objects/index.ts'
import type { AnyContainer } from './validation/pod-scope.ts'

export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

/** Why a mirror pod of this spec is not admitted; undefined when it is. */
export function mirrorProblem(spec: PodSpec): string | undefined {
  const { serviceAccountName = '', volumes = [] } = spec
  if (serviceAccountName !== '') return 'a mirror pod may not reference service accounts'
  if (refersToSecrets(spec)) return 'a mirror pod may not reference secrets'
  const tokens = volumes.some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  )
  return tokens ? 'a mirror pod may not use ServiceAccountToken volume projections' : undefined
}

function refersToSecrets({ imagePullSecrets = [], volumes = [], ...spec }: PodSpec): boolean {
  const containers: readonly AnyContainer[] = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ]
  return imagePullSecrets.some(isNamed) || containers.some(readsSecrets) || volumes.some(holdsSecrets)
}

function readsSecrets({ env = [], envFrom = [] }: AnyContainer): boolean {
  return (
    env.some(({ valueFrom }) => isNamed(valueFrom?.secretKeyRef)) || envFrom.some(({ secretRef }) => isNamed(secretRef))
  )
}

const WITH_REFERENCE = ['cephfs', 'cinder', 'flexVolume', 'rbd', 'scaleIO', 'iscsi', 'storageos'] as const

function holdsSecrets(volume: Volume): boolean {
  const { secret, azureFile, csi, projected } = volume
  if ((secret?.secretName ?? '') !== '' || isNamed(csi?.nodePublishSecretRef)) return true
  if ((azureFile?.secretName ?? '') !== '') return true
  if (WITH_REFERENCE.some((source) => isNamed(volume[source]?.secretRef))) return true
  return projected?.sources?.some((source) => isNamed(source.secret)) ?? false
}

function isNamed(reference: { readonly name?: string } | undefined): boolean {
  return (reference?.name ?? '') !== ''
}
