// What PersistentVolumes and their claims share: access modes and how tables show them.
// Source: kubernetes core/validation, core/v1/helper GetAccessModesAsString.

import type { PersistentVolume, PersistentVolumeClaim } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, notSupported } from '../../validation/field-errors.ts'

const SHORT_MODES: ReadonlyMap<string, string> = new Map([
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
])
const SORTED_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

export const VOLUME_MODES = ['Block', 'Filesystem']

export function validateAccessModes(modes: readonly string[], path: string, errors: FieldError[]): void {
  for (const mode of modes) if (!SHORT_MODES.has(mode)) errors.push(notSupported(path, mode, SORTED_MODES))
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && SHORT_MODES.has(mode))
  if (others && modes.includes('ReadWriteOncePod')) {
    errors.push(forbiddenField(path, 'may not use ReadWriteOncePod with other access modes'))
  }
}

/** `RWO,RWX`, each once, in the server's order. */
export function accessModesText(modes: readonly string[] = []): string {
  const shown: string[] = []
  for (const [mode, short] of SHORT_MODES) if (modes.includes(mode)) shown.push(short)
  return shown.join(',')
}

export function storageText(quantities: Readonly<Record<string, string>> | undefined): string {
  return quantities?.['storage'] ?? '0'
}

/** Where the class was named before there was a field for it; it still wins. */
export const STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class'

export function storageClassText({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string {
  return metadata.annotations?.[STORAGE_CLASS] ?? spec.storageClassName ?? ''
}
