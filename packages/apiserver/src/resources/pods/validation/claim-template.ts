// The claim a pod makes for an ephemeral volume. Source: kubernetes core/validation (validateEphemeralVolumeSource,
// ValidatePersistentVolumeClaimSpec).

import type {
  EphemeralVolumeSource,
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
  TypedObjectReference,
} from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, pushProblems, required } from '../../../validation/field-errors.ts'
import { validateLabels, validateLabelSelector } from '../../../validation/labels.ts'
import { dnsLabel, dnsSubdomain } from '../../../validation/names.ts'
import { validateAnnotations } from '../../../validation/object-meta.ts'
import { parseQuantity } from '../../../validation/quantity.ts'

export function validateClaimTemplate(
  { volumeClaimTemplate: template }: EphemeralVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.volumeClaimTemplate`
  if (template === undefined) {
    errors.push(required(at))
    return
  }
  const { metadata = {} } = template
  const { annotations, labels } = metadata
  if (annotations !== undefined) validateAnnotations(annotations, `${at}.metadata.annotations`, errors)
  if (labels !== undefined) validateLabels(labels, `${at}.metadata.labels`, errors)
  const given: ReadonlySet<string> = new Set(Object.keys(metadata))
  for (const field of REFUSED_METADATA) {
    if (given.has(field)) errors.push(forbiddenField(`${at}.metadata.${field}`, 'cannot be set'))
  }
  validateClaimSpec(template.spec, `${at}.spec`, errors)
}

const REFUSED_METADATA = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uID',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
]

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const VOLUME_MODES = ['Block', 'Filesystem']

export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string, errors: FieldError[]): void {
  const { accessModes = [], selector, storageClassName = '', volumeMode, volumeAttributesClassName = '' } = spec
  if (accessModes.length === 0) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'))
  if (selector !== undefined) validateLabelSelector(selector, `${path}.selector`, errors)
  for (const mode of accessModes) {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(`${path}.accessModes`, mode, ACCESS_MODES))
  }
  const others = accessModes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode))
  if (accessModes.includes('ReadWriteOncePod') && others) {
    errors.push(forbiddenField(`${path}.accessModes`, 'may not use ReadWriteOncePod with other access modes'))
  }
  const storage = spec.resources?.requests?.['storage']
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`))
  else if ((parseQuantity(storage)?.nano ?? 0n) <= 0n) {
    errors.push(invalid(`${path}.resources[storage]`, storage, 'must be greater than zero'))
  }
  pushNameProblems(storageClassName, `${path}.storageClassName`, errors)
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, VOLUME_MODES))
  }
  validateDataSources(spec, path, errors)
  pushNameProblems(volumeAttributesClassName, `${path}.volumeAttributesClassName`, errors)
}

function pushNameProblems(name: string, path: string, errors: FieldError[]): void {
  if (name !== '') pushProblems(dnsSubdomain(name), path, name, errors)
}

function validateDataSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
  errors: FieldError[],
): void {
  if (dataSource !== undefined) validateDataSource(dataSource, `${path}.dataSource`, errors)
  if (dataSourceRef !== undefined) {
    validateDataSource(dataSourceRef, `${path}.dataSourceRef`, errors)
    const { namespace = '' } = dataSourceRef
    if (namespace !== '') pushProblems(dnsLabel(namespace), `${path}.dataSourceRef.namespace`, namespace, errors)
  }
  if (dataSource === undefined || dataSourceRef === undefined) return
  // The value these messages print is a field path, whose parts have no names outside Go.
  if ((dataSourceRef.namespace ?? '') !== '') {
    errors.push(invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified'))
  } else if (
    dataSource.apiGroup !== dataSourceRef.apiGroup ||
    dataSource.kind !== dataSourceRef.kind ||
    dataSource.name !== dataSourceRef.name
  ) {
    errors.push(invalid(path, {}, 'must match dataSourceRef'))
  }
}

function validateDataSource(
  { name = '', kind = '', apiGroup = '' }: TypedLocalObjectReference | TypedObjectReference,
  path: string,
  errors: FieldError[],
): void {
  if (name === '') errors.push(required(`${path}.name`))
  if (kind === '') errors.push(required(`${path}.kind`))
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    errors.push(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
  }
  pushNameProblems(apiGroup, `${path}.apiGroup`, errors)
}
