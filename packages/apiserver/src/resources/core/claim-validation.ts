// What a PersistentVolumeClaim may ask for and what of it may change. Source: kubernetes core/validation
// (ValidatePersistentVolumeClaimSpec, ValidatePersistentVolumeClaimUpdate, ValidatePersistentVolumeClaimStatusUpdate).

import { goDiff } from '../../internal-structs/index.ts'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { dnsLabel, dnsSubdomain } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { sameValue } from '../compare.ts'
import { validateAccessModes, VOLUME_MODES } from './volume-fields.ts'

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
  if (!sameValue(fixed, before)) {
    errors.push(forbiddenField('spec', `${FIXED_TEXT}\n${goDiff('core.PersistentVolumeClaimSpec', before, fixed)}`))
  }
  validateShrinking(claim, old, errors)
  if (spec.volumeMode !== old.spec.volumeMode) {
    errors.push(invalid('volumeMode', spec.volumeMode ?? null, 'field is immutable'))
  }
  const path = 'spec.volumeAttributesClassName'
  const [now, was] = [spec.volumeAttributesClassName, old.spec.volumeAttributesClassName]
  if (was === undefined || now === was) return errors
  if (now === undefined) errors.push(forbiddenField(path, 'update from non-nil value to nil is forbidden'))
  else if (now === '') errors.push(forbiddenField(path, 'update from non-nil value to an empty string is forbidden'))
  return errors
}

/** The new spec with what may change put back: a claim may still be classed; a bound one may grow. */
function fixedPart(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaimSpec, bound: boolean): object {
  const fixed: Record<string, unknown> = { ...spec }
  if (old.storageClassName === undefined) fixed['storageClassName'] = undefined
  if (!bound) return fixed
  const requests = spec.resources?.requests
  const storage = old.resources?.requests?.['storage']
  if (requests !== undefined && storage !== undefined) {
    fixed['resources'] = { ...spec.resources, requests: { ...requests, storage } }
  }
  if (spec.volumeAttributesClassName !== undefined) {
    fixed['volumeAttributesClassName'] = old.volumeAttributesClassName
  }
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
  for (const [name, quantity] of Object.entries(status?.capacity ?? {})) {
    if (nano(quantity) >= 0n) continue
    const value = Number(nano(quantity) / 1_000_000_000n)
    errors.push(invalid(`status.capacity[${name}]`, value, 'must be a valid resource quantity'))
  }
  return errors
}
