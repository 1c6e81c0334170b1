// What a PersistentVolume may say and what of it may change. Source: kubernetes core/validation
// (ValidatePersistentVolumeSpec, ValidatePersistentVolumeUpdate). Departure: of the sources, hostPath, nfs, local and csi are
// checked field by field, for the others only "one at most" holds.

import { goDiff } from '../../internal-structs/index.ts'
import type { PersistentVolume, PersistentVolumeSpec } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required, tooLong } from '../../validation/field-errors.ts'
import { byteLength, dnsLabel, dnsSubdomain } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { sameValue } from '../compare.ts'
import { validateNodeSelector } from '../pods/validation/node-selector.ts'
import { validateAccessModes, VOLUME_MODES } from './volume-fields.ts'

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain']
const MAX_DRIVER_BYTES = 63

/** In the order the server looks at them: the first one counts. */
const SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const

export function validateVolumeSpec(spec: PersistentVolumeSpec): readonly FieldError[] {
  const errors: FieldError[] = []
  const { accessModes = [], persistentVolumeReclaimPolicy: policy = '', nodeAffinity } = spec
  if (accessModes.length === 0) errors.push(required('spec.accessModes'))
  validateAccessModes(accessModes, 'spec.accessModes', errors)
  validateCapacity(spec.capacity, errors)
  if (policy !== '' && !RECLAIM_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES))
  }
  if (nodeAffinity?.required !== undefined) {
    validateNodeSelector(nodeAffinity.required, 'spec.nodeAffinity.required', errors)
  } else if (nodeAffinity !== undefined) {
    errors.push(required('spec.nodeAffinity.required', 'must specify required node constraints'))
  }
  validateSources(spec, errors)
  if (policy === 'Recycle' && isRoot(spec.hostPath?.path)) {
    const text = "may not be 'recycle' for a hostPath mount of '/'"
    errors.push(forbiddenField('spec.persistentVolumeReclaimPolicy', text))
  }
  validateClasses(spec, errors)
  return errors
}

function validateCapacity(capacity: Readonly<Record<string, string>> | undefined, errors: FieldError[]): void {
  const path = 'spec.capacity'
  const amounts = Object.entries(capacity ?? {})
  if (amounts.length === 0) errors.push(required(path))
  if (amounts.length !== 1 || amounts[0]?.[0] !== 'storage') {
    errors.push(notSupported(path, capacity ?? null, ['storage']))
  }
  for (const [name, quantity] of amounts) {
    const nano = parseQuantity(quantity)?.nano ?? 0n
    if (nano < 0n) {
      const value = Number(nano / 1_000_000_000n)
      errors.push(invalid(`${path}[${name}]`, value, 'must be a valid resource quantity'))
    }
    if (nano <= 0n) errors.push(invalid(`${path}[${name}]`, quantity, 'must be greater than zero'))
  }
}

function isRoot(path: string | undefined): boolean {
  return path?.startsWith('/') === true && path.split('/').every((part) => part === '' || part === '.' || part === '..')
}

function validateSources(spec: PersistentVolumeSpec, errors: FieldError[]): void {
  let count = 0
  for (const source of SOURCES) {
    if (spec[source] === undefined) continue
    if (count++ > 0) {
      const path = source === 'cephfs' ? 'spec.cephFS' : `spec.${source}`
      errors.push(forbiddenField(path, 'may not specify more than 1 volume type'))
    } else validateSource(spec, source, errors)
  }
  if (count === 0) errors.push(required('spec', 'must specify a volume type'))
}

function validateSource(spec: PersistentVolumeSpec, source: (typeof SOURCES)[number], errors: FieldError[]): void {
  const path = `spec.${source}`
  if (source === 'hostPath') validatePath(spec.hostPath?.path, path, errors)
  if (source === 'nfs') {
    const { server = '', path: exported = '' } = spec.nfs ?? {}
    if (server === '') errors.push(required(`${path}.server`))
    if (exported === '') errors.push(required(`${path}.path`))
    if (!exported.startsWith('/')) errors.push(invalid(`${path}.path`, exported, 'must be an absolute path'))
  }
  if (source === 'local') {
    validatePath(spec.local?.path, path, errors)
    if (spec.nodeAffinity === undefined) {
      errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'))
    }
  }
  if (source === 'csi') validateCsi(spec.csi, path, errors)
}

function validatePath(value: string | undefined, path: string, errors: FieldError[]): void {
  if ((value ?? '') === '') errors.push(required(`${path}.path`))
  else if (value?.split('/').includes('..') === true) {
    errors.push(invalid(`${path}.path`, value, "must not contain '..'"))
  }
}

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const

function validateCsi(csi: PersistentVolumeSpec['csi'], path: string, errors: FieldError[]): void {
  const { driver = '', volumeHandle = '' } = csi ?? {}
  if (driver === '') errors.push(required(`${path}.driver`))
  if (byteLength(driver) > MAX_DRIVER_BYTES) errors.push(tooLong(`${path}.driver`, MAX_DRIVER_BYTES))
  for (const problem of dnsSubdomain(driver.toLowerCase())) errors.push(invalid(`${path}.driver`, driver, problem))
  if (volumeHandle === '') errors.push(required(`${path}.volumeHandle`))
  for (const field of CSI_SECRETS) {
    const secret = csi?.[field]
    if (secret === undefined) continue
    const { name = '', namespace = '' } = secret
    const at = `${path}.${field}`
    if (name === '') errors.push(required(`${at}.name`))
    else for (const problem of dnsSubdomain(name)) errors.push(invalid(`${at}.name`, name, problem))
    if (namespace === '') errors.push(required(`${at}.namespace`))
    else for (const problem of dnsLabel(namespace)) errors.push(invalid(`${at}.namespace`, namespace, problem))
  }
}

function validateClasses(spec: PersistentVolumeSpec, errors: FieldError[]): void {
  const { storageClassName = '', volumeMode, volumeAttributesClassName: attributes, csi } = spec
  if (storageClassName !== '') {
    for (const problem of dnsSubdomain(storageClassName)) {
      errors.push(invalid('spec.storageClassName', storageClassName, problem))
    }
  }
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported('spec.volumeMode', volumeMode, VOLUME_MODES))
  }
  if (attributes === undefined) return
  const path = 'spec.volumeAttributesClassName'
  if (attributes === '') errors.push(required(path, 'an empty string is disallowed'))
  else for (const problem of dnsSubdomain(attributes)) errors.push(invalid(path, attributes, problem))
  if (csi === undefined) {
    errors.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'))
  }
}

const FIXED_TEXT = 'spec.persistentvolumesource is immutable after creation'

export function validateVolumeUpdate(
  { spec }: PersistentVolume,
  { spec: old }: PersistentVolume,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const [now, before] = [sourcesOf(spec, old), sourcesOf(old, old)]
  if (!sameValue(now, before)) {
    const diff = goDiff('core.PersistentVolumeSource', before, now)
    errors.push(forbiddenField('spec.persistentvolumesource', `${FIXED_TEXT}\n${diff}`))
  }
  if (spec.volumeMode !== old.volumeMode) {
    errors.push(invalid('volumeMode', spec.volumeMode ?? null, 'field is immutable'))
  }
  if (old.nodeAffinity !== undefined && !sameValue(spec.nodeAffinity, old.nodeAffinity)) {
    const text = 'field is immutable, except for updating from beta label to GA'
    errors.push(invalid('nodeAffinity', spec.nodeAffinity ?? null, text))
  }
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const text = 'update from non-nil value to nil is forbidden'
    errors.push(forbiddenField('spec.volumeAttributesClassName', text))
  }
  return errors
}

/** A secret for growing may be added later. */
function sourcesOf(spec: PersistentVolumeSpec, old: PersistentVolumeSpec): object {
  const sources: Record<string, unknown> = Object.fromEntries(SOURCES.map((source) => [source, spec[source]]))
  const { csi } = spec
  if (csi !== undefined && old.csi !== undefined && old.csi.controllerExpandSecretRef === undefined) {
    const { controllerExpandSecretRef: _added, ...rest } = csi
    sources['csi'] = rest
  }
  return sources
}
