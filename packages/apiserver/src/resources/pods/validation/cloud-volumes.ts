// Volumes of clouds and of storage drivers. Source: kubernetes core/validation (validateAzureDisk, validateCSIVolumeSource,
// validateFlexVolumeSource …).

import type {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  CSIVolumeSource,
  FlexVolumeSource,
  GCEPersistentDiskVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
} from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, notSupported, pushProblems, required, tooLong } from '../../../validation/field-errors.ts'
import { byteLength, dnsLabel, dnsSubdomain } from '../../../validation/names.ts'

function validatePartition(partition: number, path: string, errors: FieldError[]): void {
  if (partition >= 0 && partition <= 255) return
  errors.push(invalid(path, partition, 'must be between 1 and 255, inclusive'))
}

export function validateGcePersistentDisk(
  { pdName = '', partition = 0 }: GCEPersistentDiskVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (pdName === '') errors.push(required(`${path}.pdName`))
  validatePartition(partition, `${path}.partition`, errors)
}

export function validateAwsElasticBlockStore(
  { volumeID = '', partition = 0 }: AWSElasticBlockStoreVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (volumeID === '') errors.push(required(`${path}.volumeID`))
  validatePartition(partition, `${path}.partition`, errors)
}

export function validateAzureFile(
  { secretName = '', shareName = '' }: AzureFileVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (secretName === '') errors.push(required(`${path}.secretName`))
  if (shareName === '') errors.push(required(`${path}.shareName`))
}

const CACHING_MODES = ['None', 'ReadOnly', 'ReadWrite']
const DISK_KINDS = ['Dedicated', 'Managed', 'Shared']
const MANAGED_URI = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

export function validateAzureDisk(
  { diskName = '', diskURI = '', cachingMode, kind }: AzureDiskVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (diskName === '') errors.push(required(`${path}.diskName`))
  if (diskURI === '') errors.push(required(`${path}.diskURI`))
  if (cachingMode !== undefined && !CACHING_MODES.includes(cachingMode)) {
    errors.push(notSupported(`${path}.cachingMode`, cachingMode, CACHING_MODES))
  }
  if (kind === undefined) return
  if (!DISK_KINDS.includes(kind)) errors.push(notSupported(`${path}.kind`, kind, DISK_KINDS))
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) {
    errors.push(notSupported(`${path}.diskURI`, diskURI, [MANAGED_URI]))
  }
  if (kind !== 'Managed' && !diskURI.startsWith('https://')) {
    errors.push(notSupported(`${path}.diskURI`, diskURI, [BLOB_URI]))
  }
}

export function validateScaleIo(
  { gateway = '', system = '', volumeName = '' }: ScaleIOVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (gateway === '') errors.push(required(`${path}.gateway`))
  if (system === '') errors.push(required(`${path}.system`))
  if (volumeName === '') errors.push(required(`${path}.volumeName`))
}

export function validateStorageOs(
  { volumeName = '', volumeNamespace = '', secretRef }: StorageOSVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (volumeName === '') errors.push(required(`${path}.volumeName`))
  else pushProblems(dnsLabel(volumeName), `${path}.volumeName`, volumeName, errors)
  if (volumeNamespace !== '') {
    pushProblems(dnsLabel(volumeNamespace), `${path}.volumeNamespace`, volumeNamespace, errors)
  }
  if (secretRef !== undefined && (secretRef.name ?? '') === '') errors.push(required(`${path}.secretRef.name`))
}

export function validateFlexVolume(
  { driver = '', options = {} }: FlexVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (driver === '') errors.push(required(`${path}.driver`))
  for (const key of Object.keys(options)) {
    const namespace = `.${(key.split('/')[0] ?? '').toLowerCase()}`
    if (!namespace.endsWith('.kubernetes.io') && !namespace.endsWith('.k8s.io')) continue
    errors.push(invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'))
  }
}

const MAX_DRIVER_NAME = 63

export function validateCsi(
  { driver = '', nodePublishSecretRef: secretRef }: CSIVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (driver === '') errors.push(required(`${path}.driver`))
  else {
    if (byteLength(driver) > MAX_DRIVER_NAME) errors.push(tooLong(`${path}.driver`, MAX_DRIVER_NAME))
    pushProblems(dnsSubdomain(driver.toLowerCase()), `${path}.driver`, driver, errors)
  }
  if (secretRef === undefined) return
  const { name = '' } = secretRef
  if (name === '') errors.push(required(`${path}.nodePublishSecretRef.name`))
  else pushProblems(dnsSubdomain(name), `${path}.name`, name, errors)
}
