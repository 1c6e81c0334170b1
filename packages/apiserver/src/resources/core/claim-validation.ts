// What a PersistentVolumeClaim may ask for and what of it may change. Source: kubernetes core/validation
// (ValidatePersistentVolumeClaimSpec, ValidatePersistentVolumeClaimUpdate, ValidatePersistentVolumeClaimStatusUpdate).

import { compareText } from '@podwire/engine'
import { goDiff } from '../../internal-structs/index.ts'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, pushProblems, required } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { dnsLabel, dnsSubdomain, qualifiedName } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { sameValue } from '../compare.ts'
import { isNative } from './resource-names.ts'
import { STORAGE_CLASS, validateAccessModes, VOLUME_MODES } from './volume-fields.ts'

export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const { accessModes = [], selector, storageClassName = '', volumeMode, volumeAttributesClassName = '' } = spec
  if (accessModes.length === 0) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'))
  if (selector !== undefined) validateLabelSelector(selector, `${path}.selector`, errors)
  validateAccessModes(accessModes, `${path}.accessModes`, errors)
  validateStorage(spec.resources?.requests?.['storage'], `${path}.resources[storage]`, errors)
  if (storageClassName !== '') validateClass(storageClassName, `${path}.storageClassName`, errors)
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, VOLUME_MODES))
  }
  validateSources(spec, path, errors)
  if (volumeAttributesClassName !== '') {
    validateClass(volumeAttributesClassName, `${path}.volumeAttributesClassName`, errors)
  }
  return errors
}

function validateStorage(storage: string | undefined, path: string, errors: FieldError[]): void {
  if (storage === undefined) errors.push(required(path))
  else if ((parseQuantity(storage)?.nano ?? 0n) <= 0n) errors.push(invalid(path, storage, 'must be greater than zero'))
}

function validateClass(name: string, path: string, errors: FieldError[]): void {
  for (const problem of dnsSubdomain(name)) errors.push(invalid(path, name, problem))
}

interface Source {
  readonly apiGroup?: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

function validateSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
  errors: FieldError[],
): void {
  if (dataSource !== undefined) validateSource(dataSource, `${path}.dataSource`, errors)
  if (dataSourceRef !== undefined) validateSource(dataSourceRef, `${path}.dataSourceRef`, errors)
  if (dataSource === undefined || dataSourceRef === undefined) return
  // What is shown is the path, as the server's own struct: empty.
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

function validateSource(
  { apiGroup = '', kind = '', name = '', namespace = '' }: Source,
  path: string,
  errors: FieldError[],
): void {
  if (name === '') errors.push(required(`${path}.name`))
  if (kind === '') errors.push(required(`${path}.kind`))
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    errors.push(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
  }
  if (apiGroup !== '') {
    for (const problem of dnsSubdomain(apiGroup)) errors.push(invalid(`${path}.apiGroup`, apiGroup, problem))
  }
  if (namespace !== '') {
    for (const problem of dnsLabel(namespace)) errors.push(invalid(`${path}.namespace`, namespace, problem))
  }
}

const FIXED_TEXT =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): readonly FieldError[] {
  const errors: FieldError[] = []
  const { spec, status } = claim
  // A claim may still be given its volume.
  const before = (old.spec.volumeName ?? '') === '' ? { ...old.spec, volumeName: spec.volumeName } : old.spec
  const fixed = fixedPart(spec, old.spec, status?.phase === 'Bound')
  if (mayBeClassed(claim, old)) fixed['storageClassName'] = undefined
  if (!replacesAnnotation(claim, old)) {
    const now = claim.metadata.annotations?.[STORAGE_CLASS] ?? ''
    if (now !== (old.metadata.annotations?.[STORAGE_CLASS] ?? '')) {
      errors.push(invalid(`metadata.annotations.${STORAGE_CLASS}`, now, 'field is immutable'))
    }
  }
  if (!sameValue(fixed, before)) {
    errors.push(forbiddenField('spec', `${FIXED_TEXT}\n${goDiff('core.PersistentVolumeClaimSpec', before, fixed)}`))
  }
  validateShrinking(claim, old, errors)
  if (spec.volumeMode !== old.spec.volumeMode) {
    errors.push(invalid('volumeMode', spec.volumeMode ?? null, 'field is immutable'))
  }
  const path = 'spec.volumeAttributesClassName'
  const [now, was] = [spec.volumeAttributesClassName, old.spec.volumeAttributesClassName]
  if (now === was || old.status?.currentVolumeAttributesClassName === undefined) return errors
  const when = 'is forbidden when status.currentVolumeAttributesClassName is not nil'
  if (now === undefined) errors.push(forbiddenField(path, `update to nil ${when}`))
  else if (now === '') errors.push(forbiddenField(path, `update to empty string ${when}`))
  return errors
}

/** The class moved from the annotation into the field. */
function replacesAnnotation(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata.annotations?.[STORAGE_CLASS]
  const now = claim.metadata.annotations?.[STORAGE_CLASS]
  return (
    before !== undefined &&
    old.spec.storageClassName === undefined &&
    claim.spec.storageClassName === before &&
    (now === undefined || now === before)
  )
}

/** A claim without a class may be given one, that of its annotation where it has any. */
function mayBeClassed({ spec }: PersistentVolumeClaim, { metadata, spec: old }: PersistentVolumeClaim): boolean {
  if (spec.storageClassName === undefined || old.storageClassName !== undefined) return false
  const annotation = metadata.annotations?.[STORAGE_CLASS]
  return annotation === undefined || annotation === spec.storageClassName
}

/** The new spec with what may change put back: a bound claim may grow and get other attributes. */
function fixedPart(
  spec: PersistentVolumeClaimSpec,
  old: PersistentVolumeClaimSpec,
  bound: boolean,
): Record<string, unknown> {
  const fixed: Record<string, unknown> = { ...spec }
  if (!bound) return fixed
  const requests = spec.resources?.requests
  const storage = old.resources?.requests?.['storage']
  if (requests !== undefined && storage !== undefined) {
    fixed['resources'] = { ...spec.resources, requests: { ...requests, storage } }
  }
  fixed['volumeAttributesClassName'] = old.volumeAttributesClassName
  return fixed
}

/** A request that could not be met may be taken back, but not below what is there. */
function validateShrinking(claim: PersistentVolumeClaim, old: PersistentVolumeClaim, errors: FieldError[]): void {
  const now = nano(claim.spec.resources?.requests?.['storage'])
  if (now >= nano(old.spec.resources?.requests?.['storage']) || now > nano(old.status?.capacity?.['storage'])) return
  errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'))
}

function nano(quantity: string | undefined): bigint {
  return quantity === undefined ? 0n : (parseQuantity(quantity)?.nano ?? 0n)
}

export function validateClaimStatus({ status }: PersistentVolumeClaim): readonly FieldError[] {
  const errors: FieldError[] = []
  const { capacity = {}, allocatedResourceStatuses: resizing = {}, allocatedResources = {} } = status ?? {}
  for (const [name, quantity] of Object.entries(capacity)) {
    validateQuantity(quantity, `status.capacity[${name}]`, errors)
  }
  const path = 'status.allocatedResourceStatuses'
  for (const [name, state] of Object.entries(resizing)) {
    validateResourceKey(name, path, errors)
    // What is shown is the resource, not its state.
    if (!RESIZE_STATES.includes(state)) errors.push(notSupported(path, name, RESIZE_STATES))
  }
  for (const [name, quantity] of Object.entries(allocatedResources)) {
    const at = `status.allocatedResources[${name}]`
    if (validateResourceKey(name, 'status.allocatedResources', errors)) validateQuantity(quantity, at, errors)
  }
  return errors
}

const RESIZE_STATES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort(compareText)

function validateQuantity(quantity: string, path: string, errors: FieldError[]): void {
  if (nano(quantity) >= 0n) return
  errors.push(invalid(path, Number(nano(quantity) / 1_000_000_000n), 'must be a valid resource quantity'))
}

/** Of the server's own resources a claim has storage alone. @returns false when it is refused */
function validateResourceKey(name: string, path: string, errors: FieldError[]): boolean {
  const problems = qualifiedName(name)
  pushProblems(problems, path, name, errors)
  if (problems.length > 0) return false
  if (!isNative(name) || name === 'storage') return true
  errors.push(notSupported(path, name, ['storage']))
  return false
}
