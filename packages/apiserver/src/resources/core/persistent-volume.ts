// PersistentVolumes: stored objects; podwire has no storage behind them. Source: kubernetes core/v1/defaults.go,
// core/validation ValidatePersistentVolume, printers printPersistentVolume.

import type { PersistentVolume } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { notSupported, required } from '../../validation/field-errors.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { persistentVolumes } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { accessModesText, storageText, validateAccessModes } from './volume-fields.ts'

const CLAIM_DESCRIPTION =
  'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil ' +
  'when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: ' +
  'https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding'
const UNSET = '<unset>'
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain']

function defaults(volume: Mutable<PersistentVolume>): void {
  volume.spec ??= {}
  volume.spec.persistentVolumeReclaimPolicy ??= 'Retain'
  volume.spec.volumeMode ??= 'Filesystem'
  if (volume.spec.hostPath !== undefined) volume.spec.hostPath.type ??= ''
}

function validate({ spec }: PersistentVolume): readonly FieldError[] {
  const errors: FieldError[] = []
  validateAccessModes(spec.accessModes ?? [], errors)
  if (spec.capacity === undefined) errors.push(required('spec.capacity'))
  else if (!Object.hasOwn(spec.capacity, 'storage'))
    errors.push(notSupported('spec.capacity', spec.capacity, ['storage']))
  const policy = spec.persistentVolumeReclaimPolicy ?? ''
  if (!RECLAIM_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES))
  }
  return errors
}

function claimText({ spec }: PersistentVolume): string {
  const { claimRef } = spec
  return claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`
}

export const persistentVolume = defineResource<PersistentVolume>({
  type: persistentVolumes,
  singular: 'persistentvolume',
  shortNames: ['pv'],
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  status: true,
  returnsDeletedObject: true,
  columns: [
    nameColumn(),
    column('Capacity', { description: columnDescriptions['PersistentVolumeSpec.capacity'] }, ({ spec }) =>
      storageText(spec.capacity),
    ),
    column('Access Modes', { description: columnDescriptions['PersistentVolumeSpec.accessModes'] }, ({ spec }) =>
      accessModesText(spec.accessModes),
    ),
    column(
      'Reclaim Policy',
      { description: columnDescriptions['PersistentVolumeSpec.persistentVolumeReclaimPolicy'] },
      ({ spec }) => spec.persistentVolumeReclaimPolicy ?? '',
    ),
    column('Status', { description: columnDescriptions['PersistentVolumeStatus.phase'] }, ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
    ),
    column('Claim', { description: CLAIM_DESCRIPTION }, claimText),
    column('StorageClass', { description: 'StorageClass of the pv' }, ({ spec }) => spec.storageClassName ?? ''),
    column(
      'VolumeAttributesClass',
      { description: 'VolumeAttributesClass of the pv' },
      ({ spec }) => spec.volumeAttributesClassName ?? UNSET,
    ),
    column(
      'Reason',
      { description: columnDescriptions['PersistentVolumeStatus.reason'] },
      ({ status }) => status?.reason ?? '',
    ),
    ageColumn(),
    column(
      'VolumeMode',
      { description: columnDescriptions['PersistentVolumeSpec.volumeMode'], wide: true },
      ({ spec }) => spec.volumeMode ?? UNSET,
    ),
  ],
  strategy: {
    defaults,
    prepareForCreate: (volume) => {
      volume.status = { phase: 'Pending' }
    },
    validate,
    updateChecks: ['meta', 'whole', 'meta', 'whole', 'changes'],
  },
})
