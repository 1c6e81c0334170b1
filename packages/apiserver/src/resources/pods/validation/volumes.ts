// Volumes of a pod: names, and one source each. Source: kubernetes core/validation (ValidateVolumes, validateVolumeSource).
// All kinds are validated; which ones a node can mount is the kubelet's business.

import type { Volume } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { duplicate, forbiddenField, invalid, pushProblems, quote, required } from '../../../validation/field-errors.ts'
import { byteLength, dnsLabel, dnsSubdomain } from '../../../validation/names.ts'
import { TOKEN_SOURCES } from '../pod-admission.ts'
import { VOLUME_SOURCES, type VolumeSourceName } from './volume-sources.ts'

export interface VolumeOwner {
  readonly isPod: boolean
  /** '' where it is not known. */
  readonly podName: string
}

const NO_VOLUMES: ReadonlyMap<string, Volume> = new Map()

/** @returns the volumes containers may use, by name */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  owner: VolumeOwner,
  path: string,
  errors: FieldError[],
): ReadonlyMap<string, Volume> {
  if (volumes === undefined) return NO_VOLUMES
  const valid = new Map<string, Volume>()
  for (const [index, volume] of volumes.entries()) {
    const before = errors.length
    const at = `${path}[${index}]`
    const { name = '' } = volume
    if (volume.projected !== TOKEN_SOURCES) validateSource(volume, owner, at, errors)
    if (name === '') errors.push(required(`${at}.name`))
    else pushProblems(dnsLabel(name), `${at}.name`, name, errors)
    if (valid.has(name)) errors.push(duplicate(`${at}.name`, name))
    if (errors.length === before) valid.set(name, volume)
    if (volume.persistentVolumeClaim !== undefined) validateClaimUse(volume, volumes, owner, at, errors)
  }
  return valid
}

function validateSource(volume: Volume, owner: VolumeOwner, path: string, errors: FieldError[]): void {
  // The fields of a volume are few, its possible sources many.
  const sources = Object.keys(volume)
    .filter(isSource)
    .filter((source) => volume[source] !== undefined)
  const [only] = sources
  if (only === undefined) errors.push(required(path, 'must specify a volume type'))
  else if (sources.length === 1) validateOne(only, volume, owner, path, errors)
  else validateFirst(volume, owner, path, errors)
}

function isSource(key: string): key is VolumeSourceName {
  return Object.hasOwn(VOLUME_SOURCES, key)
}

/** The first source counts, in the server's order; the others are too many. */
function validateFirst(volume: Volume, owner: VolumeOwner, path: string, errors: FieldError[]): void {
  let taken = false
  for (const source of Object.keys(VOLUME_SOURCES)) {
    if (!isSource(source) || volume[source] === undefined) continue
    if (taken) {
      const field = REFUSED_AS.get(source) ?? source
      errors.push(forbiddenField(`${path}.${field}`, 'may not specify more than 1 volume type'))
      if (source === 'iscsi') validateInitiatorName(volume, path, errors)
    } else validateOne(source, volume, owner, path, errors)
    taken = true
  }
}

/** Names the server spells otherwise when it refuses a second source. */
const REFUSED_AS: ReadonlyMap<string, string> = new Map([
  ['cephfs', 'cephFS'],
  ['downwardAPI', 'downwarAPI'],
])

function validateOne(
  source: VolumeSourceName,
  volume: Volume,
  owner: VolumeOwner,
  path: string,
  errors: FieldError[],
): void {
  VOLUME_SOURCES[source](volume, path, errors, owner)
  if (source === 'iscsi') validateInitiatorName(volume, path, errors)
  if (source === 'ephemeral') validateClaimName(volume, owner, path, errors)
}

const INITIATOR_TEXT =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'

function validateInitiatorName({ name = '', iscsi }: Volume, path: string, errors: FieldError[]): void {
  if (iscsi?.initiatorName === undefined) return
  if (byteLength(`${name}:${iscsi.targetPortal ?? ''}`) <= 64) return
  errors.push(invalid(`${path}.name`, name, INITIATOR_TEXT))
}

/** The claim made for an ephemeral volume is named after the pod and the volume. */
function validateClaimName({ name = '' }: Volume, { podName }: VolumeOwner, path: string, errors: FieldError[]): void {
  if (podName === '' || name === '') return
  const claim = `${podName}-${name}`
  for (const problem of dnsSubdomain(claim)) {
    errors.push(invalid(`${path}.name`, name, `PVC name ${quote(claim)}: ${problem}`))
  }
}

function validateClaimUse(
  { persistentVolumeClaim }: Volume,
  volumes: readonly Volume[],
  { podName }: VolumeOwner,
  path: string,
  errors: FieldError[],
): void {
  const claim = persistentVolumeClaim?.claimName
  if (podName === '' || claim === undefined) return
  if (!volumes.some(({ name, ephemeral }) => ephemeral !== undefined && claim === `${podName}-${name}`)) return
  const text = 'must not reference a PVC that gets created for an ephemeral volume'
  errors.push(invalid(`${path}.persistentVolumeClaim.claimName`, claim, text))
}
