// Volumes in a container: mounted directories and raw devices. Source: kubernetes core/validation (ValidateVolumeMounts,
// ValidateVolumeDevices, validateMountPropagation, validateMountRecursiveReadOnly).

import type { Volume, VolumeDevice, VolumeMount } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notFoundValue, notSupported, required } from '../../../validation/field-errors.ts'
import type { AnyContainer } from './pod-scope.ts'
import { hasBackstep, validateRelativePath } from './relative-path.ts'

type Volumes = ReadonlyMap<string, Volume>

const NO_MOUNTS: readonly VolumeMount[] = []
const NO_DEVICES: readonly VolumeDevice[] = []
const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None']
const RECURSIVE_READ_ONLY = ['Disabled', 'Enabled', 'IfPossible']

export function validateVolumeMounts(
  container: AnyContainer,
  volumes: Volumes,
  path: string,
  errors: FieldError[],
): void {
  const { volumeMounts: mounts = NO_MOUNTS, volumeDevices: devices = NO_DEVICES } = container
  let paths: Set<string> | undefined
  for (const [index, mount] of mounts.entries()) {
    const { name = '', mountPath = '' } = mount
    if (name === '') errors.push(required(`${path}[${index}].name`))
    if (!volumes.has(name)) errors.push(notFoundValue(`${path}[${index}].name`, name))
    if (mountPath === '') errors.push(required(`${path}[${index}].mountPath`))
    if (paths?.has(mountPath) === true) {
      errors.push(invalid(`${path}[${index}].mountPath`, mountPath, 'must be unique'))
    }
    if (mounts.length > 1) (paths ??= new Set()).add(mountPath)
    if (devices === NO_DEVICES) {
      validateMountOptions(mount, container, index, path, errors)
      continue
    }
    if (devices.some((device) => device.name === name)) {
      errors.push(invalid(`${path}[${index}].name`, name, 'must not already exist in volumeDevices'))
    }
    if (devices.some((device) => device.devicePath === mountPath)) {
      const text = 'must not already exist as a path in volumeDevices'
      errors.push(invalid(`${path}[${index}].mountPath`, mountPath, text))
    }
    validateMountOptions(mount, container, index, path, errors)
  }
}

/** Messages about these name the list, not the mount, except one. */
function validateMountOptions(
  { subPath = '', subPathExpr = '', mountPropagation, recursiveReadOnly, readOnly = false }: VolumeMount,
  container: AnyContainer,
  index: number,
  path: string,
  errors: FieldError[],
): void {
  if (subPath !== '') validateRelativePath(subPath, `${path}.subPath`, errors)
  if (subPathExpr !== '') {
    if (subPath !== '') {
      const text = 'subPathExpr and subPath are mutually exclusive'
      errors.push(invalid(`${path}[${index}].subPathExpr`, subPathExpr, text))
    }
    validateRelativePath(subPathExpr, `${path}.subPathExpr`, errors)
  }
  if (mountPropagation !== undefined) {
    validatePropagation(mountPropagation, container, `${path}.mountPropagation`, errors)
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return
  const at = `${path}.recursiveReadOnly`
  if (!RECURSIVE_READ_ONLY.includes(recursiveReadOnly)) {
    errors.push(notSupported(at, recursiveReadOnly, RECURSIVE_READ_ONLY))
    return
  }
  if (!readOnly) errors.push(forbiddenField(at, 'may only be specified when readOnly is true'))
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    errors.push(forbiddenField(at, 'may only be specified when mountPropagation is None or not specified'))
  }
}

function validatePropagation(
  propagation: string,
  { securityContext }: AnyContainer,
  path: string,
  errors: FieldError[],
): void {
  if (!PROPAGATIONS.includes(propagation)) errors.push(notSupported(path, propagation, PROPAGATIONS))
  if (propagation !== 'Bidirectional' || securityContext?.privileged === true) return
  errors.push(forbiddenField(path, 'Bidirectional mount propagation is available only to privileged containers'))
}

export function validateVolumeDevices(
  { volumeMounts: mounts = NO_MOUNTS, volumeDevices: devices = NO_DEVICES }: AnyContainer,
  volumes: Volumes,
  path: string,
  errors: FieldError[],
): void {
  const paths = new Set<string>()
  const names = new Set<string>()
  for (const [index, { name = '', devicePath = '' }] of devices.entries()) {
    const at = `${path}[${index}]`
    const volume = volumes.get(name)
    if (name === '') errors.push(required(`${at}.name`))
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'))
    if (volume === undefined) errors.push(notFoundValue(`${at}.name`, name))
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      errors.push(invalid(`${at}.name`, name, BLOCK_TEXT))
    }
    if (devicePath === '') errors.push(required(`${at}.devicePath`))
    if (paths.has(devicePath)) errors.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'))
    if (hasBackstep(devicePath)) {
      errors.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"))
    } else paths.add(devicePath)
    if (mounts.some((mount) => mount.name === name)) {
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'))
    }
    if (mounts.some((mount) => mount.mountPath === devicePath)) {
      const text = 'must not already exist as a path in volumeMounts'
      errors.push(invalid(`${at}.devicePath`, devicePath, text))
    }
    if (name !== '') names.add(name)
  }
}

const BLOCK_TEXT = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
