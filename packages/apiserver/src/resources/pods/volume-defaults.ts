// Defaults of volumes. Source: kubernetes core/v1/defaults.go, zz_generated.defaults.go.

import type { DownwardAPIVolumeFile, ImageVolumeSource, Volume } from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'
import { roundAmounts } from './container-defaults.ts'
import { defaultPullPolicy } from './image-reference.ts'

const DEFAULT_MODE = 0o644

export function defaultVolume(volume: Mutable<Volume>): void {
  if (!hasSource(volume)) volume.emptyDir = {}
  const { secret, configMap, hostPath, downwardAPI, projected, image } = volume
  if (secret !== undefined) secret.defaultMode ??= DEFAULT_MODE
  if (configMap !== undefined) configMap.defaultMode ??= DEFAULT_MODE
  if (hostPath !== undefined) hostPath.type ??= ''
  if (downwardAPI !== undefined) {
    downwardAPI.defaultMode ??= DEFAULT_MODE
    defaultFiles(downwardAPI.items)
  }
  if (projected !== undefined) defaultProjected(projected)
  if (image !== undefined) defaultImage(image)
  defaultStorage(volume)
  defaultClaim(volume)
}

function hasSource(volume: Volume): boolean {
  for (const [key, source] of Object.entries(volume)) if (key !== 'name' && source !== undefined) return true
  return false
}

function defaultFiles(files: readonly Mutable<DownwardAPIVolumeFile>[] | undefined): void {
  for (const { fieldRef, resourceFieldRef } of files ?? []) {
    if (fieldRef !== undefined) fieldRef.apiVersion ||= 'v1'
    if (resourceFieldRef !== undefined) resourceFieldRef.divisor ??= '0'
  }
}

function defaultProjected(projected: NonNullable<Mutable<Volume>['projected']>): void {
  projected.defaultMode ??= DEFAULT_MODE
  for (const { serviceAccountToken, downwardAPI } of projected.sources ?? []) {
    if (serviceAccountToken !== undefined) serviceAccountToken.expirationSeconds ??= 3600
    defaultFiles(downwardAPI?.items)
  }
}

function defaultImage(image: Mutable<ImageVolumeSource>): void {
  image.pullPolicy ||= defaultPullPolicy(image.reference ?? '')
}

/** Also of PersistentVolumes. */
export function defaultStorage({
  iscsi,
  rbd,
  azureDisk,
  scaleIO,
}: Pick<Mutable<Volume>, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>): void {
  if (iscsi !== undefined) iscsi.iscsiInterface ||= 'default'
  if (rbd !== undefined) {
    rbd.pool ||= 'rbd'
    rbd.user ||= 'admin'
    rbd.keyring ||= '/etc/ceph/keyring'
  }
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= 'ReadWrite'
    azureDisk.fsType ??= 'ext4'
    azureDisk.readOnly ??= false
    azureDisk.kind ??= 'Shared'
  }
  if (scaleIO !== undefined) {
    scaleIO.storageMode ||= 'ThinProvisioned'
    scaleIO.fsType ||= 'xfs'
  }
}

function defaultClaim({ ephemeral }: Mutable<Volume>): void {
  const template = ephemeral?.volumeClaimTemplate
  if (template === undefined) return
  template.metadata ??= {}
  const claim = (template.spec ??= {})
  claim.volumeMode ??= 'Filesystem'
  claim.resources ??= {}
  roundAmounts(claim.resources)
}
