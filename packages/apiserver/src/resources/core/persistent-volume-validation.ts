// What a PersistentVolume may say and what of it may change. Source: kubernetes core/validation
// (ValidatePersistentVolumeSpec, ValidatePersistentVolumeUpdate).

import { sentEmpty } from '../../decode/sent-empty.ts'
import { goDiff, goStruct } from '../../internal-structs/index.ts'
import type { NodeSelectorTerm, PersistentVolume, PersistentVolumeSpec } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { sortedTexts } from '../../validation/value-order.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { dnsSubdomain } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { sameValue } from '../compare.ts'
import { validateNodeSelector } from '../pods/validation/node-selector.ts'
import { validateAccessModes, VOLUME_MODES } from './volume-fields.ts'
import { SOURCES, validateVolumeSources } from './volume-source-validation.ts'

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain']

export function validateVolumeSpec({ metadata, spec }: PersistentVolume): readonly FieldError[] {
  const errors: FieldError[] = []
  const { accessModes = [], persistentVolumeReclaimPolicy: policy = '', nodeAffinity } = spec
  if (accessModes.length === 0) errors.push(required('spec.accessModes'))
  validateAccessModes(accessModes, 'spec.accessModes', errors)
  validateCapacity(spec, errors)
  if (policy !== '' && !RECLAIM_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES))
  }
  if (nodeAffinity?.required !== undefined) {
    validateNodeSelector(nodeAffinity.required, 'spec.nodeAffinity.required', errors)
  } else if (nodeAffinity !== undefined) {
    errors.push(required('spec.nodeAffinity.required', 'must specify required node constraints'))
  }
  validateVolumeSources(spec, metadata.name, errors)
  if (policy === 'Recycle' && isRoot(spec.hostPath?.path)) {
    const text = "may not be 'recycle' for a hostPath mount of '/'"
    errors.push(forbiddenField('spec.persistentVolumeReclaimPolicy', text))
  }
  validateClasses(spec, errors)
  return errors
}

function validateCapacity(spec: PersistentVolumeSpec, errors: FieldError[]): void {
  const { capacity } = spec
  const path = 'spec.capacity'
  const amounts = Object.entries(capacity ?? {})
  if (amounts.length === 0) errors.push(required(path))
  if (amounts.length !== 1 || amounts[0]?.[0] !== 'storage') {
    const shown = capacity === undefined ? (sentEmpty(spec, 'capacity') ?? null) : sortedTexts(capacity)
    errors.push(notSupported(path, shown, ['storage']))
  }
  for (const [name, quantity] of amounts) {
    const nano = parseQuantity(quantity)?.nano ?? 0n
    if (nano < 0n) {
      const value = Number(nano / 1_000_000_000n)
      errors.push(invalid(`${path}[${name}]`, value, 'must be a valid resource quantity'))
    }
    if (nano <= 0n) errors.push(invalid(`${path}[${name}]`, quantity, 'must be greater than zero'))
  }
}

function isRoot(path: string | undefined): boolean {
  return path?.startsWith('/') === true && path.split('/').every((part) => part === '' || part === '.' || part === '..')
}

function validateClasses(spec: PersistentVolumeSpec, errors: FieldError[]): void {
  const { storageClassName = '', volumeMode, volumeAttributesClassName: attributes, csi } = spec
  if (storageClassName !== '') {
    for (const problem of dnsSubdomain(storageClassName)) {
      errors.push(invalid('spec.storageClassName', storageClassName, problem))
    }
  }
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported('spec.volumeMode', volumeMode, VOLUME_MODES))
  }
  if (attributes === undefined) return
  const path = 'spec.volumeAttributesClassName'
  if (attributes === '') errors.push(required(path, 'an empty string is disallowed'))
  else for (const problem of dnsSubdomain(attributes)) errors.push(invalid(path, attributes, problem))
  if (csi === undefined) {
    errors.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'))
  }
}

const FIXED_TEXT = 'spec.persistentvolumesource is immutable after creation'

export function validateVolumeUpdate(
  { spec }: PersistentVolume,
  { spec: old }: PersistentVolume,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const [now, before] = [sourcesOf(spec, old), sourcesOf(old, old)]
  if (!sameValue(now, before)) {
    const diff = goDiff('core.PersistentVolumeSource', before, now)
    errors.push(forbiddenField('spec.persistentvolumesource', `${FIXED_TEXT}\n${diff}`))
  }
  if (spec.volumeMode !== old.volumeMode) {
    errors.push(invalid('volumeMode', spec.volumeMode ?? null, 'field is immutable'))
  }
  if (old.nodeAffinity !== undefined && !sameAffinity(spec.nodeAffinity, old.nodeAffinity)) {
    const text = 'field is immutable, except for updating from beta label to GA'
    const printed = spec.nodeAffinity === undefined ? null : goStruct('core.VolumeNodeAffinity', spec.nodeAffinity)
    errors.push(invalid('nodeAffinity', printed, text))
  }
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const text = 'update from non-nil value to nil is forbidden'
    errors.push(forbiddenField('spec.volumeAttributesClassName', text))
  }
  return errors
}

const GA_LABELS: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['beta.kubernetes.io/os', 'kubernetes.io/os'],
  ['beta.kubernetes.io/arch', 'kubernetes.io/arch'],
  ['beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type'],
])

type Affinity = PersistentVolumeSpec['nodeAffinity']

/** A label of old may give way to its successor. */
function sameAffinity(now: Affinity, old: Affinity): boolean {
  const keys = termsOf(now).map(({ matchExpressions = [] }) => matchExpressions.map(({ key }) => key))
  const terms = termsOf(old).map((term, index) => {
    if (term.matchExpressions === undefined) return term
    const matchExpressions = term.matchExpressions.map((expression, at) => {
      const next = keys[index]?.[at]
      return next !== undefined && GA_LABELS.get(expression.key) === next ? { ...expression, key: next } : expression
    })
    return { ...term, matchExpressions }
  })
  return sameValue(now?.required, old?.required && { ...old.required, nodeSelectorTerms: terms })
}

function termsOf(affinity: Affinity): readonly NodeSelectorTerm[] {
  return affinity?.required?.nodeSelectorTerms ?? []
}

/** A secret for growing may be added later. */
function sourcesOf(spec: PersistentVolumeSpec, old: PersistentVolumeSpec): object {
  const sources: Record<string, unknown> = Object.fromEntries(SOURCES.map((source) => [source, spec[source]]))
  const { csi } = spec
  if (csi !== undefined && old.csi !== undefined && old.csi.controllerExpandSecretRef === undefined) {
    const { controllerExpandSecretRef: _added, ...rest } = csi
    sources['csi'] = rest
  }
  return sources
}
