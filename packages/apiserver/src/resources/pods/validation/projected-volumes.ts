// Volumes put together from several sources. Source: kubernetes core/validation (validateProjectionSources).
// Trust bundles and pod certificates are dropped before they get here: their gates are off in 1.36.

import type { KeyToPath, ProjectedVolumeSource, VolumeProjection } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, required } from '../../../validation/field-errors.ts'
import { validateDownwardApiFile, validateItem } from './file-volumes.ts'
import { validateMode, validateUnreservedPath } from './relative-path.ts'

const MIN_TOKEN_SECONDS = 600
const MAX_TOKEN_SECONDS = 2 ** 32

export function validateProjected(
  { defaultMode, sources = [] }: ProjectedVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  validateMode(defaultMode, `${path}.defaultMode`, errors)
  const taken = new Set<string>()
  for (const [index, source] of sources.entries()) {
    validateProjection(source, taken, path, `${path}.sources[${index}]`, errors)
  }
}

/** @param volume path of the volume, which some messages name instead of the source's own */
function validateProjection(
  { secret, configMap, downwardAPI, serviceAccountToken: token }: VolumeProjection,
  taken: Set<string>,
  volume: string,
  path: string,
  errors: FieldError[],
): void {
  if (secret !== undefined) validateNamed(secret, taken, volume, `${path}.secret`, errors)
  if (configMap !== undefined) validateNamed(configMap, taken, volume, `${path}.configMap`, errors)
  for (const file of downwardAPI?.items ?? []) {
    validateDownwardApiFile(file, `${path}.downwardAPI`, errors)
    takePath(file.path, file.path, taken, volume, errors)
  }
  if (token !== undefined) {
    const { expirationSeconds: seconds = 0, path: file = '' } = token
    const at = `${path}.serviceAccountToken.expirationSeconds`
    if (seconds < MIN_TOKEN_SECONDS) {
      errors.push(invalid(at, seconds, 'may not specify a duration less than 10 minutes'))
    }
    if (seconds > MAX_TOKEN_SECONDS) {
      errors.push(invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds'))
    }
    if (file === '') errors.push(required(`${volume}.path`))
    else validateUnreservedPath(file, `${volume}.path`, errors)
  }
  const count = [secret, configMap, downwardAPI, token].filter((source) => source !== undefined).length
  if (count > 1) errors.push(forbiddenField(path, 'may not specify more than 1 volume type per source'))
}

function validateNamed(
  { name = '', items = [] }: { readonly name?: string; readonly items?: readonly KeyToPath[] },
  taken: Set<string>,
  volume: string,
  path: string,
  errors: FieldError[],
): void {
  if (name === '') errors.push(required(`${path}.name`))
  for (const [index, item] of items.entries()) {
    validateItem(item, `${path}.items[${index}]`, errors)
    takePath(item.path, name, taken, volume, errors)
  }
}

function takePath(
  file: string | undefined,
  value: string | undefined,
  taken: Set<string>,
  volume: string,
  errors: FieldError[],
): void {
  if (file === undefined || file === '') return
  if (taken.has(file)) errors.push(invalid(volume, value ?? '', 'conflicting duplicate paths'))
  taken.add(file)
}
