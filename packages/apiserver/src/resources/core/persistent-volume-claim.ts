// PersistentVolumeClaims: stored objects; nothing binds them but who is told to. Source: kubernetes core/v1/defaults.go,
// core/validation ValidatePersistentVolumeClaim, printers printPersistentVolumeClaim.
// Departure: no protection finalizer is added, since nothing here would take it off.

import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { persistentVolumeClaims } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { accessModesText, storageText, validateAccessModes } from './volume-fields.ts'

const UNSET = '<unset>'

/** Also for the claims a StatefulSet makes. */
export function defaultClaim(claim: Mutable<Pick<PersistentVolumeClaim, 'spec'>>): void {
  claim.spec ??= {}
  claim.spec.volumeMode ??= 'Filesystem'
  claim.spec.resources ??= {}
}

function validate({ spec }: PersistentVolumeClaim): readonly FieldError[] {
  const errors: FieldError[] = []
  if (spec.selector !== undefined) validateLabelSelector(spec.selector, 'spec.selector', errors)
  validateAccessModes(spec.accessModes ?? [], errors)
  const storage = spec.resources?.requests?.['storage']
  if (storage === undefined) errors.push(required('spec.resources[storage]'))
  else if ((parseQuantity(storage)?.nano ?? 0n) <= 0n) {
    errors.push(invalid('spec.resources[storage]', storage, 'must be greater than zero'))
  }
  const { volumeMode = 'Filesystem' } = spec
  if (volumeMode !== 'Filesystem' && volumeMode !== 'Block') {
    errors.push(notSupported('spec.volumeMode', volumeMode, ['Block', 'Filesystem']))
  }
  return errors
}

const FIXED_TEXT =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

function validateUpdate({ spec }: PersistentVolumeClaim, { spec: old }: PersistentVolumeClaim): readonly FieldError[] {
  const errors: FieldError[] = []
  const bound = (old.volumeName ?? '') !== ''
  if (!sameValue(fixedPart(spec, bound), fixedPart(old, bound))) errors.push(forbiddenField('spec', FIXED_TEXT))
  return errors
}

/** A claim may still be bound, and a bound one may grow. */
function fixedPart(spec: PersistentVolumeClaimSpec, bound: boolean): object {
  const { resources: _resources, volumeAttributesClassName: _class, volumeName, ...rest } = spec
  return bound ? { ...rest, volumeName } : { ...rest, resources: spec.resources }
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
    column('StorageClass', { description: 'StorageClass of the pvc' }, ({ spec }) => spec.storageClassName ?? ''),
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
    defaults: defaultClaim,
    prepareForCreate: (claim) => {
      claim.status = { phase: 'Pending' }
    },
    validate,
    validateUpdate,
    updateChecks: ['meta', 'whole', 'meta-update', 'meta', 'whole', 'changes'],
  },
})
