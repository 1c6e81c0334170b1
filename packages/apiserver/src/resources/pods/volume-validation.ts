// Validation of volumes. Source: kubernetes core/validation (ValidateVolumes, validateVolumeSource). The sources the
// project simulates are checked field by field; for the others only "one source at most" holds.

import type { KeyToPath, Volume } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { dnsLabel } from '../../validation/names.ts'
import { validateRelativePath } from './container-validation.ts'

// In the order upstream looks at them: the first one is taken, the others are forbidden.
const SOURCES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'downwardAPI',
  'fc',
  'azureFile',
  'configMap',
  'quobyte',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

/** @returns the names containers may mount */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
  errors: FieldError[],
): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [index, volume] of (volumes ?? []).entries()) {
    const at = `${path}[${index}]`
    const problems = volume.name === undefined || volume.name === '' ? undefined : dnsLabel(volume.name)
    if (problems === undefined) errors.push(required(`${at}.name`))
    else for (const problem of problems) errors.push(invalid(`${at}.name`, volume.name, problem))
    validateSource(volume, at, errors)
    if (problems?.length !== 0) continue
    if (names.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name))
    names.add(volume.name)
  }
  return names
}

function validateSource(volume: Volume, path: string, errors: FieldError[]): void {
  let count = 0
  for (const source of SOURCES) {
    if (volume[source] === undefined) continue
    if (count++ > 0) errors.push(forbiddenField(`${path}.${source}`, 'may not specify more than 1 volume type'))
    else validateFields(volume, `${path}.${source}`, errors)
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'))
}

function validateFields(volume: Volume, path: string, errors: FieldError[]): void {
  const { hostPath, secret, configMap, downwardAPI, projected, persistentVolumeClaim } = volume
  if (path.endsWith('.hostPath') && hostPath !== undefined) {
    if (hostPath.path === undefined || hostPath.path === '') errors.push(required(`${path}.path`))
    const { type = '' } = hostPath
    if (!HOST_PATH_TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, HOST_PATH_TYPES))
  }
  if (path.endsWith('.secret') && secret !== undefined) {
    if ((secret.secretName ?? '') === '') errors.push(required(`${path}.secretName`))
    validateMode(secret.defaultMode, `${path}.defaultMode`, errors)
    validateItems(secret.items, path, errors)
  }
  if (path.endsWith('.configMap') && configMap !== undefined) {
    if ((configMap.name ?? '') === '') errors.push(required(`${path}.name`))
    validateMode(configMap.defaultMode, `${path}.defaultMode`, errors)
    validateItems(configMap.items, path, errors)
  }
  if (path.endsWith('.downwardAPI')) validateMode(downwardAPI?.defaultMode, `${path}.defaultMode`, errors)
  if (path.endsWith('.projected')) validateMode(projected?.defaultMode, `${path}.defaultMode`, errors)
  if (path.endsWith('.persistentVolumeClaim') && (persistentVolumeClaim?.claimName ?? '') === '') {
    errors.push(required(`${path}.claimName`))
  }
}

function validateMode(mode: number | undefined, path: string, errors: FieldError[]): void {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return
  errors.push(invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive'))
}

function validateItems(items: readonly KeyToPath[] | undefined, path: string, errors: FieldError[]): void {
  for (const [index, item] of (items ?? []).entries()) {
    const at = `${path}.items[${index}]`
    if (item.key === '') errors.push(required(`${at}.key`))
    if (item.path === '') errors.push(required(`${at}.path`))
    else validateRelativePath(item.path, `${at}.path`, errors)
    validateMode(item.mode, `${at}.mode`, errors)
  }
}
