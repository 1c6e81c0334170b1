// PersistentVolumeClaims: stored objects; nothing binds them but who is told to. Source: kubernetes core/v1/defaults.go,
// core/validation ValidatePersistentVolumeClaim, printers printPersistentVolumeClaim.

import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { persistentVolumeClaims } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { validateClaimSpec, validateClaimStatus, validateClaimUpdate } from './claim-validation.ts'
import { accessModesText, STORAGE_CLASS, storageClassText, storageText } from './volume-fields.ts'
import { warnAboutFractions } from './volume-warnings.ts'

const UNSET = '<unset>'

/** Also for the claims a StatefulSet makes. */
export function defaultClaim(claim: Mutable<Pick<PersistentVolumeClaim, 'spec'>>): void {
  claim.spec ??= {}
  claim.spec.volumeMode ??= 'Filesystem'
  claim.spec.resources ??= {}
}

function prepareForCreate(claim: Mutable<PersistentVolumeClaim>): void {
  claim.status = { phase: 'Pending' }
  prepareSources(claim)
}

function prepareSources(claim: Mutable<PersistentVolumeClaim>, old?: PersistentVolumeClaim): void {
  const { dataSource, dataSourceRef } = claim.spec
  // Data of other namespaces is behind a gate that is off.
  if (dataSourceRef?.namespace !== undefined && old?.spec.dataSourceRef?.namespace === undefined) {
    delete claim.spec.dataSourceRef
  }
  // Anything else has to be named by the newer field.
  if (dataSource !== undefined && old?.spec.dataSource === undefined && !isClaimOrSnapshot(dataSource)) {
    delete claim.spec.dataSource
  }
  alignSources(claim)
}

function isClaimOrSnapshot({ kind, apiGroup = '' }: NonNullable<PersistentVolumeClaimSpec['dataSource']>): boolean {
  return (
    (kind === 'PersistentVolumeClaim' && apiGroup === '') ||
    (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io')
  )
}

/** Two spellings of where the data comes from, kept in step unless it comes from another namespace. */
function alignSources({ spec }: Mutable<PersistentVolumeClaim>): void {
  const { dataSource, dataSourceRef } = spec
  if ((dataSourceRef?.namespace ?? '') !== '') return
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource }
  if (dataSource === undefined && dataSourceRef !== undefined) {
    const { namespace: _namespace, ...reference } = dataSourceRef
    spec.dataSource = reference
  }
}

function warn({ metadata, spec }: PersistentVolumeClaim, context: StrategyContext): void {
  if (metadata.annotations?.[STORAGE_CLASS] !== undefined) {
    const text = 'deprecated since v1.8; use "storageClassName" attribute instead'
    context.warn(`metadata.annotations[${STORAGE_CLASS}]: ${text}`)
  }
  warnAboutFractions(spec, 'spec', context.warn)
}

export const persistentVolumeClaim = defineResource<PersistentVolumeClaim>({
  type: persistentVolumeClaims,
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  status: true,
  returnsDeletedObject: true,
  columns: [
    nameColumn(),
    column(
      'Status',
      { description: columnDescriptions['PersistentVolumeClaimStatus.phase'] },
      ({ metadata, status }) => (metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating'),
    ),
    column(
      'Volume',
      { description: columnDescriptions['PersistentVolumeClaimSpec.volumeName'] },
      ({ spec }) => spec.volumeName ?? '',
    ),
    column(
      'Capacity',
      { description: columnDescriptions['PersistentVolumeClaimStatus.capacity'] },
      ({ spec, status }) => ((spec.volumeName ?? '') === '' ? '' : storageText(status?.capacity)),
    ),
    column(
      'Access Modes',
      { description: columnDescriptions['PersistentVolumeClaimStatus.accessModes'] },
      ({ spec, status }) => ((spec.volumeName ?? '') === '' ? '' : accessModesText(status?.accessModes)),
    ),
    column('StorageClass', { description: 'StorageClass of the pvc' }, storageClassText),
    column(
      'VolumeAttributesClass',
      { description: 'VolumeAttributesClass of the pvc' },
      ({ spec }) => spec.volumeAttributesClassName ?? UNSET,
    ),
    ageColumn(),
    column(
      'VolumeMode',
      { description: columnDescriptions['PersistentVolumeClaimSpec.volumeMode'], wide: true },
      ({ spec }) => spec.volumeMode ?? UNSET,
    ),
  ],
  strategy: {
    defaults: (claim) => {
      defaultClaim(claim)
      if (claim.status !== undefined) claim.status.phase ||= 'Pending'
    },
    prepareForCreate,
    prepareForUpdate: prepareSources,
    validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
    validateUpdate: validateClaimUpdate,
    validateStatusUpdate: validateClaimStatus,
    warn,
  },
})
