// Volumes that are files of the cluster or of the node. Source: kubernetes core/validation (validateSecretVolumeSource,
// validateConfigMapVolumeSource, validateDownwardAPIVolumeSource, validateHostPathVolumeSource …).

import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  EmptyDirVolumeSource,
  GitRepoVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
  KeyToPath,
  SecretVolumeSource,
} from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../../validation/field-errors.ts'
import { parseQuantity } from '../../../validation/quantity.ts'
import { FILE_FIELDS, validateFieldRef, validateResourceFieldRef } from './field-references.ts'
import { validatePullPolicy } from './pull-policy.ts'
import { validateMode, validateNoBacksteps, validateRelativePath, validateUnreservedPath } from './relative-path.ts'

export function validateEmptyDir({ sizeLimit }: EmptyDirVolumeSource, path: string, errors: FieldError[]): void {
  if (sizeLimit === undefined || (parseQuantity(sizeLimit)?.nano ?? 0n) >= 0n) return
  errors.push(forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'))
}

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

export function validateHostPath(
  { path: hostPath = '', type }: HostPathVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (hostPath === '') {
    errors.push(required(`${path}.path`))
    return
  }
  validateNoBacksteps(hostPath, `${path}.path`, errors)
  if (type !== undefined && !HOST_PATH_TYPES.includes(type)) {
    errors.push(notSupported(`${path}.type`, type, HOST_PATH_TYPES))
  }
}

export function validateGitRepo(
  { repository = '', directory = '' }: GitRepoVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (repository === '') errors.push(required(`${path}.repository`))
  validateRelativePath(directory, `${path}.directory`, errors)
}

export function validateSecret(source: SecretVolumeSource, path: string, errors: FieldError[]): void {
  if ((source.secretName ?? '') === '') errors.push(required(`${path}.secretName`))
  validateMode(source.defaultMode, `${path}.defaultMode`, errors)
  if (source.items !== undefined) validateItems(source.items, `${path}.items`, errors)
}

export function validateConfigMap(source: ConfigMapVolumeSource, path: string, errors: FieldError[]): void {
  if ((source.name ?? '') === '') errors.push(required(`${path}.name`))
  validateMode(source.defaultMode, `${path}.defaultMode`, errors)
  if (source.items !== undefined) validateItems(source.items, `${path}.items`, errors)
}

function validateItems(items: readonly KeyToPath[], path: string, errors: FieldError[]): void {
  for (const [index, item] of items.entries()) validateItem(item, `${path}[${index}]`, errors)
}

export function validateItem({ key = '', path: file = '', mode }: KeyToPath, path: string, errors: FieldError[]): void {
  if (key === '') errors.push(required(`${path}.key`))
  if (file === '') errors.push(required(`${path}.path`))
  validateUnreservedPath(file, `${path}.path`, errors)
  validateMode(mode, `${path}.mode`, errors)
}

export function validateDownwardApi(
  { defaultMode, items = [] }: DownwardAPIVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  validateMode(defaultMode, `${path}.defaultMode`, errors)
  for (const file of items) validateDownwardApiFile(file, path, errors)
}

/** Messages about a file name the volume only. */
export function validateDownwardApiFile(
  { path: file = '', fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile,
  path: string,
  errors: FieldError[],
): void {
  if (file === '') errors.push(required(`${path}.path`))
  validateUnreservedPath(file, `${path}.path`, errors)
  if (fieldRef !== undefined) {
    validateFieldRef(fieldRef, FILE_FIELDS, `${path}.fieldRef`, errors)
    if (resourceFieldRef !== undefined) {
      errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
    }
  } else if (resourceFieldRef !== undefined) {
    validateResourceFieldRef(resourceFieldRef, true, `${path}.resourceFieldRef`, errors)
  } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'))
  validateMode(mode, `${path}.mode`, errors)
}

export function validateImage(
  { reference = '', pullPolicy }: ImageVolumeSource,
  path: string,
  errors: FieldError[],
  { isPod }: { readonly isPod: boolean },
): void {
  if (isPod && reference === '') errors.push(required(`${path}.reference`))
  validatePullPolicy(pullPolicy, `${path}.pullPolicy`, errors)
}
