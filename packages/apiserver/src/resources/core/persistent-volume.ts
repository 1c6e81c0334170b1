// PersistentVolumes: stored objects; podwire has no storage behind them. Source: kubernetes core/v1/defaults.go,
// core/validation ValidatePersistentVolume, printers printPersistentVolume.

import type { PersistentVolume } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { defineResource } from '../define-resource.ts'
import { defaultStorage } from '../pods/volume-defaults.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { persistentVolumes } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { accessModesText, storageClassText, storageText } from './volume-fields.ts'
import { validateVolumeSpec, validateVolumeUpdate } from './persistent-volume-validation.ts'
import { warnAboutVolume } from './volume-warnings.ts'

const CLAIM_DESCRIPTION =
  'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil ' +
  'when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: ' +
  'https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding'
const UNSET = '<unset>'

function defaults(volume: Mutable<PersistentVolume>): void {
  volume.spec ??= {}
  volume.spec.persistentVolumeReclaimPolicy ||= 'Retain'
  volume.spec.volumeMode ??= 'Filesystem'
  if (volume.spec.hostPath !== undefined) volume.spec.hostPath.type ??= ''
  defaultStorage(volume.spec)
}

function prepareForCreate(volume: Mutable<PersistentVolume>, { clock }: StrategyContext): void {
  volume.status = { phase: 'Pending', lastPhaseTransitionTime: clock.timestamp() }
}

/** When the phase last changed is noted, unless the writer says. */
function prepareForStatusUpdate(
  volume: Mutable<PersistentVolume>,
  old: PersistentVolume,
  { clock }: StrategyContext,
): void {
  volume.spec = old.spec as Mutable<PersistentVolume>['spec']
  volume.status ??= {}
  volume.status.phase ||= 'Pending'
  const { status } = volume
  const before = old.status?.lastPhaseTransitionTime
  if (status.phase !== old.status?.phase) {
    if (status.lastPhaseTransitionTime === undefined || status.lastPhaseTransitionTime === before) {
      status.lastPhaseTransitionTime = clock.timestamp()
    }
  } else if (before !== undefined) status.lastPhaseTransitionTime ??= before
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
    column('StorageClass', { description: 'StorageClass of the pv' }, storageClassText),
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
    prepareForCreate,
    prepareForStatusUpdate,
    validate: validateVolumeSpec,
    validateUpdate: validateVolumeUpdate,
    warn: warnAboutVolume,
    updateChecks: ['meta', 'whole', 'meta', 'whole', 'changes'],
  },
})
