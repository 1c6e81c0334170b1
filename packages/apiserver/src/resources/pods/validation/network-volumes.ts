// Volumes on storage in the network. Source: kubernetes core/validation (validateNFSVolumeSource, validateISCSIVolumeSource,
// validateFCVolumeSource …).

import type {
  CinderVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GlusterfsVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
} from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, required } from '../../../validation/field-errors.ts'

export function validateNfs(
  { server = '', path: share = '' }: NFSVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (server === '') errors.push(required(`${path}.server`))
  if (share === '') errors.push(required(`${path}.path`))
  if (!share.startsWith('/')) errors.push(invalid(`${path}.path`, share, 'must be an absolute path'))
}

export const MAX_LUN = 255
export const LUN_TEXT = 'must be between 0 and 255, inclusive'

export function validateIscsi(source: ISCSIVolumeSource, path: string, errors: FieldError[]): void {
  const { targetPortal = '', iqn = '', lun = 0, initiatorName } = source
  if (targetPortal === '') errors.push(required(`${path}.targetPortal`))
  const problem = iqn === '' ? undefined : initiatorProblem(iqn)
  if (iqn === '') errors.push(required(`${path}.iqn`))
  else if (problem !== undefined) errors.push(invalid(`${path}.iqn`, iqn, problem))
  if (lun < 0 || lun > MAX_LUN) errors.push(invalid(`${path}.lun`, lun, LUN_TEXT))
  const usesSecret = source.chapAuthDiscovery === true || source.chapAuthSession === true
  if (usesSecret && source.secretRef === undefined) errors.push(required(`${path}.secretRef`))
  if (initiatorName === undefined) return
  const initiator = initiatorProblem(initiatorName)
  if (initiator !== undefined) errors.push(invalid(`${path}.initiatorname`, initiatorName, initiator))
}

const IQN = /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/
const EUI = /^eui.[A-Za-z0-9]{16}$/
const NAA = /^naa.[A-Za-z0-9]{32}$/

export function initiatorProblem(name: string): string | undefined {
  const rule = name.startsWith('iqn') ? IQN : name.startsWith('eui') ? EUI : name.startsWith('naa') ? NAA : undefined
  if (rule === undefined) return 'must be valid format starting with iqn, eui, or naa'
  return rule.test(name) ? undefined : 'must be valid format'
}

export function validateGlusterfs(
  { endpoints = '', path: volume = '' }: GlusterfsVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (endpoints === '') errors.push(required(`${path}.endpoints`))
  if (volume === '') errors.push(required(`${path}.path`))
}

export function validateFlocker(
  { datasetName = '', datasetUUID = '' }: FlockerVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (datasetName === '' && datasetUUID === '') {
    errors.push(required(path, 'one of datasetName and datasetUUID is required'))
  }
  if (datasetName !== '' && datasetUUID !== '') {
    errors.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'))
  }
  if (datasetName.includes('/')) errors.push(invalid(`${path}.datasetName`, datasetName, "must not contain '/'"))
}

export function validateCinder(
  { volumeID = '', secretRef }: CinderVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (volumeID === '') errors.push(required(`${path}.volumeID`))
  if (secretRef !== undefined && (secretRef.name ?? '') === '') errors.push(required(`${path}.secretRef.name`))
}

const REGISTRY_TEXT = 'must be a host:port pair or multiple pairs separated by commas'
const HOST_PORT = /^(?:\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/

export function validateQuobyte(
  { registry = '', tenant = '', volume = '' }: QuobyteVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (registry === '') errors.push(required(`${path}.registry`, REGISTRY_TEXT))
  else if (tenant.length >= 65) {
    errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'))
  } else {
    for (const pair of registry.split(',')) {
      if (!HOST_PORT.test(pair)) errors.push(invalid(`${path}.registry`, registry, REGISTRY_TEXT))
    }
  }
  if (volume === '') errors.push(required(`${path}.volume`))
}

export function validateFibreChannel(
  { targetWWNs = [], wwids = [], lun }: FCVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.targetWWNs`
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(required(at, 'must specify either targetWWNs or wwids, but not both'))
  }
  if (targetWWNs.length === 0) return
  if (wwids.length > 0) {
    errors.push(invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'))
  }
  if (lun === undefined) errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'))
  else if (lun < 0 || lun > MAX_LUN) errors.push(invalid(`${path}.lun`, lun, LUN_TEXT))
}
