// What a Node may say and what of it may change. Source: kubernetes core/validation (ValidateNode, ValidateNodeUpdate,
// validateNodeTaints, ValidateNodeResources). Departure: spec.configSource is not read, which the server drops.

import { compareText } from '@podwire/engine'
import type { Node, Taint } from '../../objects/index.ts'
import { checkCidr } from '../../validation/address-checks.ts'
import { parseCidr } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import {
  duplicate,
  forbiddenField,
  internalError,
  invalid,
  notSupported,
  quote,
  required,
} from '../../validation/field-errors.ts'
import { validateLabelKey } from '../../validation/labels.ts'
import { byteLength, labelValue } from '../../validation/names.ts'
import { readList, readObject, type Members } from '../json-annotation.ts'
import { validateAmount } from './resource-names.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function validateNode(node: Node): readonly FieldError[] {
  const errors: FieldError[] = []
  validateAnnotations(node, errors)
  // Not where they are, but where the server says they are.
  validateTaints(node.spec.taints ?? [], 'metadata.taints', errors)
  validateAmounts(node, errors)
  validateSwap(node, errors)
  validateFeatures(node, errors)
  validatePodCidrs(node.spec.podCIDRs ?? [], errors)
  return errors
}

/** Where taints and pods to avoid were before they had fields. */
const TAINTS = 'scheduler.alpha.kubernetes.io/taints'
const AVOIDED = 'scheduler.alpha.kubernetes.io/preferAvoidPods'
const TAINT: Members = { name: 'Taint', fields: { key: 'string', value: 'string', effect: 'core.TaintEffect' } }

function validateAnnotations({ metadata }: Node, errors: FieldError[]): void {
  const path = 'metadata.annotations'
  const taints = metadata.annotations?.[TAINTS] ?? ''
  if (taints !== '') {
    const { value = [], problem } = readList<Taint>(taints, TAINT)
    if (problem !== undefined) errors.push(invalid(path, TAINTS, problem))
    validateTaints(value, `${path}.${TAINTS}`, errors)
  }
  const avoided = metadata.annotations?.[AVOIDED] ?? ''
  if (avoided === '') return
  // Whose they are is not looked at.
  const { problem } = readObject(avoided, 'v1.AvoidPods')
  if (problem !== undefined) errors.push(invalid(`${path}.AvoidPods`, AVOIDED, problem))
}

function validateTaints(taints: readonly Taint[], at: string, errors: FieldError[]): void {
  const taken = new Set<string>()
  for (const [index, { key = '', value = '', effect = '', timeAdded }] of taints.entries()) {
    const path = `${at}[${index}]`
    validateLabelKey(key, `${path}.key`, errors)
    const problems = labelValue(value)
    if (problems.length > 0) errors.push(invalid(`${path}.value`, value, problems.join(';')))
    if (effect === '') errors.push(required(`${path}.effect`))
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, EFFECTS))
    if (taken.has(`${effect} ${key}`)) {
      // Printed as the server's own struct.
      const { body, ...error } = duplicate(path, {
        Key: key,
        Value: value,
        Effect: effect,
        TimeAdded: timeAdded ?? null,
      })
      errors.push({ ...error, body: `${body}: taints must be unique by key and effect pair` })
    }
    taken.add(`${effect} ${key}`)
  }
}

function validateAmounts({ status }: Node, errors: FieldError[]): void {
  for (const field of ['capacity', 'allocatable'] as const) {
    for (const [name, quantity] of Object.entries(status?.[field] ?? {})) {
      validateAmount(name, quantity, `status.${field}.${name}`, errors)
    }
  }
}

/** Not where it is, but where the server says it is. */
function validateSwap({ status }: Node, errors: FieldError[]): void {
  const capacity = status?.nodeInfo?.swap?.capacity
  if (capacity === undefined || capacity > 0) return
  errors.push(invalid('metadata.nodeSwapStatus.capacity', capacity, 'must be greater than zero'))
}

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/
const MAX_FEATURE_BYTES = 253

function featureProblem(feature: string): string | undefined {
  const which = `invalid feature name ${quote(feature)}`
  if (byteLength(feature) > MAX_FEATURE_BYTES) return `${which}: must be no more than ${MAX_FEATURE_BYTES} characters`
  if (FEATURE.test(feature)) return undefined
  return (
    `${which}: must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or ` +
    'MyFeature/mySubFeature), and contain only alphanumeric characters and slashes'
  )
}

/** What a kubelet can do: each once, and sorted. */
function validateFeatures({ status }: Node, errors: FieldError[]): void {
  const features = status?.declaredFeatures ?? []
  const path = 'status.declaredFeatures'
  for (const [index, feature] of features.entries()) {
    const problem = featureProblem(feature)
    if (problem !== undefined) errors.push(invalid(`${path}[${index}]`, feature, problem))
    const next = features[index + 1]
    if (next === undefined) continue
    const at = `${path}[${index + 1}]`
    if (next === feature) errors.push(duplicate(at, next))
    else if (compareText(feature, next) > 0) errors.push(invalid(at, next, 'list must be sorted alphabetically'))
  }
}

function validatePodCidrs(cidrs: readonly string[], errors: FieldError[]): void {
  const path = 'spec.podCIDRs'
  for (const [index, cidr] of cidrs.entries()) errors.push(...checkCidr(cidr, `${path}[${index}]`))
  if (cidrs.length < 2) return
  const bad = cidrs.findIndex((cidr) => parseCidr(cidr) === undefined)
  if (bad >= 0) {
    const why = `invalid CIDR[${bad}]: <nil> (invalid CIDR address: ${cidrs[bad] ?? ''})`
    errors.push(internalError(path, `invalid PodCIDRs. failed to check with dual stack with error:${why}`))
  }
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.address.family))
  if (cidrs.length === 2 && families.size === 2 && bad < 0) return
  errors.push(invalid(path, cidrs, 'may specify no more than one CIDR for each IP family'))
}

/** Of the object itself and of its status alike. */
export function validateNodeUpdate(node: Node, old: Node): readonly FieldError[] {
  const errors: FieldError[] = []
  validateAnnotations(node, errors)
  validateAmounts(node, errors)
  validateFeatures(node, errors)
  validateAddresses(node, errors)
  validateFixed(node.spec, old.spec, errors)
  validateTaints(node.spec.taints ?? [], 'metadata.taints', errors)
  if ((node.spec.externalID ?? '') !== (old.spec.externalID ?? '')) {
    errors.push(forbiddenField('spec.externalID', 'may not be updated'))
  }
  return errors
}

function validateAddresses({ status }: Node, errors: FieldError[]): void {
  const seen = new Set<string>()
  for (const [index, { type, address }] of (status?.addresses ?? []).entries()) {
    const key = `${type} ${address}`
    // Printed as the server's own struct.
    if (seen.has(key)) errors.push(duplicate(`status.addresses[${index}]`, { Type: type, Address: address }))
    seen.add(key)
  }
}

function validateFixed(spec: Node['spec'], old: Node['spec'], errors: FieldError[]): void {
  const [now, before] = [spec.podCIDRs ?? [], old.podCIDRs ?? []]
  const error = forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')
  if (before.length > 0) {
    if (before.length !== now.length) errors.push(error)
    else for (const [index, cidr] of before.entries()) if (cidr !== now[index]) errors.push(error)
  }
  if ((old.providerID ?? '') !== '' && spec.providerID !== old.providerID) {
    errors.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  }
}
