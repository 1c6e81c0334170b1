// The source of a PersistentVolume: most are those of pods, some name a namespace besides. Source: kubernetes core/validation
// (ValidatePersistentVolumeSpec, validateISCSIPersistentVolumeSource, validateCSIPersistentVolumeSource …).

import type { PersistentVolumeSpec, Volume } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, pushProblems, required, tooLong } from '../../validation/field-errors.ts'
import { byteLength, dnsLabel, dnsSubdomain } from '../../validation/names.ts'
import { initiatorProblem, LUN_TEXT, MAX_LUN } from '../pods/validation/network-volumes.ts'
import { validateNoBacksteps } from '../pods/validation/relative-path.ts'
import { VOLUME_SOURCES } from '../pods/validation/volume-sources.ts'

/** In the order the server looks at them: the first one counts. */
export const SOURCES = [
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

type SourceName = (typeof SOURCES)[number]

export function validateVolumeSources(spec: PersistentVolumeSpec, name: string, errors: FieldError[]): void {
  let count = 0
  for (const source of SOURCES) {
    if (spec[source] === undefined) continue
    // One of these may always be there, and is always looked at.
    if (count++ > 0 && source !== 'flexVolume') {
      const path = source === 'cephfs' ? 'spec.cephFS' : `spec.${source}`
      errors.push(forbiddenField(path, 'may not specify more than 1 volume type'))
    } else validateSource(spec, source, name, errors)
  }
  if (count === 0) errors.push(required('spec', 'must specify a volume type'))
}

function validateSource(spec: PersistentVolumeSpec, source: SourceName, name: string, errors: FieldError[]): void {
  switch (source) {
    case 'glusterfs':
      return validateGlusterfs(spec, errors)
    case 'iscsi':
      return validateIscsi(spec.iscsi ?? {}, name, errors)
    case 'cinder':
      if ((spec.cinder?.volumeID ?? '') === '') errors.push(required('spec.cinder.volumeID'))
      return requireReference(spec.cinder?.secretRef, 'spec.cinder.secretRef', errors)
    case 'azureFile':
      return validateAzureFile(spec.azureFile ?? {}, errors)
    case 'local':
      return validateLocal(spec, errors)
    case 'storageos':
      return validateStorageOs(spec.storageos ?? {}, errors)
    case 'csi':
      return validateCsi(spec.csi ?? {}, errors)
    default:
      VOLUME_SOURCES[source]({ name: '', [source]: spec[source] } as Volume, 'spec', errors, { isPod: true })
  }
}

interface Reference {
  readonly name?: string
  readonly namespace?: string
}

function requireReference(reference: Reference | undefined, path: string, errors: FieldError[]): void {
  if (reference === undefined) return
  if ((reference.name ?? '') === '') errors.push(required(`${path}.name`))
  if ((reference.namespace ?? '') === '') errors.push(required(`${path}.namespace`))
}

function validateGlusterfs({ glusterfs }: PersistentVolumeSpec, errors: FieldError[]): void {
  const path = 'spec.glusterfs'
  const { endpoints = '', path: volume = '', endpointsNamespace } = glusterfs ?? {}
  if (endpoints === '') errors.push(required(`${path}.endpoints`))
  if (volume === '') errors.push(required(`${path}.path`))
  const at = `${path}.endpointsNamespace`
  if (endpointsNamespace === '') {
    errors.push(invalid(at, '', 'if the endpointnamespace is set, it must be a valid namespace name'))
  } else if (endpointsNamespace !== undefined) {
    pushProblems(dnsLabel(endpointsNamespace), at, endpointsNamespace, errors)
  }
}

const INITIATOR_TEXT =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'

function validateIscsi(
  source: Partial<NonNullable<PersistentVolumeSpec['iscsi']>>,
  volume: string,
  errors: FieldError[],
): void {
  const path = 'spec.iscsi'
  const { targetPortal = '', iqn = '', lun = 0, initiatorName, secretRef } = source
  if (targetPortal === '') errors.push(required(`${path}.targetPortal`))
  if (initiatorName !== undefined && byteLength(`${volume}:${targetPortal}`) > 64) {
    errors.push(invalid(`${path}.targetportal`, targetPortal, INITIATOR_TEXT))
  }
  if (iqn === '') errors.push(required(`${path}.iqn`))
  else if (initiatorProblem(iqn) !== undefined) errors.push(invalid(`${path}.iqn`, iqn, 'must be valid format'))
  if (lun < 0 || lun > MAX_LUN) errors.push(invalid(`${path}.lun`, lun, LUN_TEXT))
  const usesSecret = source.chapAuthDiscovery === true || source.chapAuthSession === true
  if (usesSecret && secretRef === undefined) errors.push(required(`${path}.secretRef`))
  if (secretRef !== undefined && (secretRef.name ?? '') === '') errors.push(required(`${path}.secretRef.name`))
  if (initiatorName === undefined || initiatorProblem(initiatorName) === undefined) return
  errors.push(invalid(`${path}.initiatorname`, initiatorName, 'must be valid format'))
}

function validateAzureFile(
  { secretName = '', shareName = '', secretNamespace }: Partial<NonNullable<PersistentVolumeSpec['azureFile']>>,
  errors: FieldError[],
): void {
  if (secretName === '') errors.push(required('spec.azureFile.secretName'))
  if (shareName === '') errors.push(required('spec.azureFile.shareName'))
  if (secretNamespace === '') errors.push(required('spec.azureFile.secretNamespace'))
}

function validateLocal({ local, nodeAffinity }: PersistentVolumeSpec, errors: FieldError[]): void {
  const { path = '' } = local ?? {}
  if (path === '') errors.push(required('spec.local.path'))
  else validateNoBacksteps(path, 'spec.local.path', errors)
  if (nodeAffinity === undefined) errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'))
}

function validateStorageOs(
  { volumeName = '', volumeNamespace = '', secretRef }: NonNullable<PersistentVolumeSpec['storageos']>,
  errors: FieldError[],
): void {
  const path = 'spec.storageos'
  if (volumeName === '') errors.push(required(`${path}.volumeName`))
  else pushProblems(dnsLabel(volumeName), `${path}.volumeName`, volumeName, errors)
  if (volumeNamespace !== '') {
    pushProblems(dnsLabel(volumeNamespace), `${path}.volumeNamespace`, volumeNamespace, errors)
  }
  requireReference(secretRef, `${path}.secretRef`, errors)
}

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const
const MAX_DRIVER_BYTES = 63

function validateCsi(csi: Partial<NonNullable<PersistentVolumeSpec['csi']>>, errors: FieldError[]): void {
  const path = 'spec.csi'
  const { driver = '', volumeHandle = '' } = csi
  if (driver === '') errors.push(required(`${path}.driver`))
  if (byteLength(driver) > MAX_DRIVER_BYTES) errors.push(tooLong(`${path}.driver`, MAX_DRIVER_BYTES))
  if (driver !== '') pushProblems(dnsSubdomain(driver.toLowerCase()), `${path}.driver`, driver, errors)
  if (volumeHandle === '') errors.push(required(`${path}.volumeHandle`))
  for (const field of CSI_SECRETS) {
    const secret = csi[field]
    if (secret === undefined) continue
    const { name = '', namespace = '' } = secret
    const at = `${path}.${field}`
    if (name === '') errors.push(required(`${at}.name`))
    else pushProblems(dnsSubdomain(name), `${at}.name`, name, errors)
    if (namespace === '') errors.push(required(`${at}.namespace`))
    else pushProblems(dnsLabel(namespace), `${at}.namespace`, namespace, errors)
  }
}
