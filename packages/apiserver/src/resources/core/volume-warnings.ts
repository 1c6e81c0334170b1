// Warnings about PersistentVolumes and their claims. Source: kubernetes pkg/api/persistentvolume/util.go and
// pkg/api/persistentvolumeclaim/util.go (GetWarningsForPersistentVolumeClaimSpec).

import type { PersistentVolume, PersistentVolumeClaimSpec } from '../../objects/index.ts'
import { formatQuantity, parseQuantity } from '../../validation/quantity.ts'
import { warnAboutExpressions } from '../pods/pod-warnings.ts'
import type { StrategyContext } from '../resource.ts'

type Warn = (text: string) => void
const NANO = 1_000_000_000n

/** Storage is counted in whole bytes. */
export function warnAboutFraction(quantity: string | undefined, path: string, warn: Warn): void {
  const parsed = quantity === undefined ? undefined : parseQuantity(quantity)
  if (parsed === undefined || parsed.nano % NANO === 0n) return
  warn(`${path}: fractional byte value "${formatQuantity(parsed)}" is invalid, must be an integer`)
}

export function warnAboutFractions({ resources }: PersistentVolumeClaimSpec, path: string, warn: Warn): void {
  warnAboutFraction(resources?.requests?.['storage'], `${path}.resources.requests[storage]`, warn)
  warnAboutFraction(resources?.limits?.['storage'], `${path}.resources.limits[storage]`, warn)
}

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ['volume.beta.kubernetes.io/storage-class', 'deprecated since v1.8; use "storageClassName" attribute instead'],
  ['volume.beta.kubernetes.io/mount-options', 'deprecated since v1.31; use "mountOptions" attribute instead'],
])

const GONE_SOURCES = [
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const

export function warnAboutVolume({ metadata, spec }: PersistentVolume, { warn }: StrategyContext): void {
  for (const [annotation, text] of MESSAGES) {
    if (metadata.annotations?.[annotation] !== undefined) warn(`metadata.annotations[${annotation}]: ${text}`)
  }
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    warn(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to ' +
        'use dynamic provisioning.',
    )
  }
  for (const [index, { matchExpressions }] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries()) {
    const term = `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`
    warnAboutExpressions(matchExpressions, false, term, warn)
  }
  for (const [source, path, text] of GONE_SOURCES) if (spec[source] !== undefined) warn(`spec.${path}: ${text}`)
  warnAboutFraction(spec.capacity?.['storage'], 'spec.capacity[storage]', warn)
}
