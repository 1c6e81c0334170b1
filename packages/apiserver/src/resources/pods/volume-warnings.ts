// Volumes whose kind is gone, and files of one volume that hide each other. Source: kubernetes pkg/api/pod/warnings.go
// (warningsForOverlappingVirtualPaths), pkg/api/persistentvolumeclaim/util.go.

import type { Volume, VolumeProjection } from '../../objects/index.ts'
import { quote } from '../../validation/field-errors.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { TOKEN_SOURCES } from './pod-admission.ts'

type Warn = (text: string) => void

const GONE: readonly (readonly [keyof Volume, string, string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]

export function warnAboutVolumes(volumes: readonly Volume[], path: string, warn: Warn): void {
  for (const [index, volume] of volumes.entries()) {
    if (volume.projected === TOKEN_SOURCES) continue
    for (const [source, field, text] of GONE) {
      if (volume[source] !== undefined) warn(`${path}[${index}].${field}: ${text}`)
    }
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec.resources
    if (claim !== undefined) {
      const at = `${path}[${index}].ephemeral.volumeClaimTemplate.spec.resources`
      warnAboutFraction(claim.requests, `${at}.requests[storage]`, warn)
      warnAboutFraction(claim.limits, `${at}.limits[storage]`, warn)
    }
  }
  for (const volume of volumes) if (volume.projected !== TOKEN_SOURCES) warnAboutFiles(volume, warn)
}

function warnAboutFraction(amounts: Readonly<Record<string, string>> | undefined, path: string, warn: Warn): void {
  const amount = amounts?.['storage']
  if (amount === undefined || (parseQuantity(amount)?.nano ?? 0n) % 1_000_000_000n === 0n) return
  warn(`${path}: fractional byte value ${quote(amount)} is invalid, must be an integer`)
}

/** A file of a volume, and where it comes from when that is not plain. */
interface VolumeFile {
  readonly path: string
  readonly source: string
}

function warnAboutFiles({ name, configMap, secret, downwardAPI, projected }: Volume, warn: Warn): void {
  const report = (kind: string, files: readonly VolumeFile[]): void => {
    if (files.length < 2) return
    for (const text of collisions(files)) warn(`volume ${quote(name)} (${kind}): overlapping paths: ${text}`)
  }
  if (configMap?.items !== undefined) report(`ConfigMap ${quote(configMap.name ?? '')}`, plain(configMap.items))
  if (secret?.items !== undefined) report(`Secret ${quote(secret.secretName ?? '')}`, plain(secret.items))
  if (downwardAPI?.items !== undefined) report('DownwardAPI', plain(downwardAPI.items))
  if (projected === undefined) return
  for (const source of projected.sources ?? []) {
    if (Object.keys(source).length === 0) warn(`volume ${quote(name)} (Projected) has no sources provided`)
  }
  report('Projected', (projected.sources ?? []).flatMap(projectedFiles))
}

function plain(items: readonly { readonly path: string }[], source = ''): readonly VolumeFile[] {
  return items.map(({ path }) => ({ path, source }))
}

function projectedFiles({
  configMap,
  secret,
  downwardAPI,
  serviceAccountToken: token,
}: VolumeProjection): readonly VolumeFile[] {
  if (configMap?.items !== undefined) return plain(configMap.items, `ConfigMap ${quote(configMap.name ?? '')}`)
  if (secret?.items !== undefined) return plain(secret.items, `Secret ${quote(secret.name ?? '')}`)
  if (downwardAPI?.items !== undefined) return plain(downwardAPI.items, 'DownwardAPI')
  return token === undefined ? [] : plain([token], 'ServiceAccountToken')
}

function collisions(files: readonly VolumeFile[]): readonly string[] {
  const texts: string[] = []
  const seen: VolumeFile[] = []
  for (const { path, source } of files) {
    const file = { path: path.replace(/\/+$/, ''), source }
    for (const other of seen) if (overlaps(file.path, other.path)) texts.push(`${printed(file)} with ${printed(other)}`)
    seen.push(file)
  }
  return texts
}

function overlaps(a: string, b: string): boolean {
  if (a === '' || b === '') return false
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`)
}

function printed({ path, source }: VolumeFile): string {
  return source === '' ? quote(path) : `${quote(path)} (${source})`
}
