// What a StatefulSet may say and what of it may change. Source: kubernetes apps/validation (ValidateStatefulSetSpec,
// validateVolumeClaimTemplates, volumesToAddForTemplates, ValidateStatefulSetUpdate, ValidateStatefulSetStatus).

import { goPointer } from '../../internal-structs/index.ts'
import type { PodTemplateSpec, StatefulSet, StatefulSetSpec, Volume } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { dnsLabel } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { validateClaimSpec } from '../core/claim-validation.ts'
import { validateCollisions } from './status-validation.ts'
import {
  isUsable,
  validateForEver,
  validateNonNegative,
  validateSelector,
  validateTemplate,
} from './workload-validation.ts'

const RETENTION = ['Retain', 'Delete']

/** @param old a service name that was taken once is let be */
export function validateStatefulSet({ spec }: StatefulSet, old?: StatefulSet): readonly FieldError[] {
  const errors: FieldError[] = []
  validatePodManagement(spec, errors)
  validateUpdateStrategy(spec, errors)
  const { whenDeleted = '', whenScaled = '' } = spec.persistentVolumeClaimRetentionPolicy ?? {}
  const retention = 'spec.persistentVolumeClaimRetentionPolicy'
  if (!RETENTION.includes(whenDeleted)) errors.push(notSupported(`${retention}.whenDeleted`, whenDeleted, RETENTION))
  if (!RETENTION.includes(whenScaled)) errors.push(notSupported(`${retention}.whenScaled`, whenScaled, RETENTION))
  if (old === undefined) validateClaims(spec, errors)
  validateNonNegative(spec.replicas, 'spec.replicas', errors)
  validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  validateNonNegative(spec.ordinals?.start, 'spec.ordinals.start', errors)
  if (old === undefined && spec.serviceName !== undefined && spec.serviceName !== '') {
    for (const problem of dnsLabel(spec.serviceName))
      errors.push(invalid('spec.serviceName', spec.serviceName, problem))
  }
  validateSelector(spec.selector, 'statefulset', errors)
  if (isUsable(spec.selector)) validateTemplate(asInPods(spec), spec.selector, errors, 'StatefulSet')
  else {
    errors.push(invalid('spec.selector', goPointer('meta.LabelSelector', spec.selector), ''))
    if (spec.template !== undefined) validateForEver(spec.template, 'StatefulSet', errors)
  }
  return errors
}

/** What the claims ask for; it is fixed once the set is made. */
function validateClaims({ volumeClaimTemplates = [] }: StatefulSetSpec, errors: FieldError[]): void {
  for (const [index, claim] of volumeClaimTemplates.entries()) {
    errors.push(...validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`))
  }
}

/**
 * The template as its pods will be: named by the set, and with a volume for each claim: those come first, and instead of volumes
 * of the same names.
 */
function asInPods({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  if (template.spec === undefined) return template
  const { hostname: _hostname, subdomain: _subdomain, ...spec } = template.spec
  if (volumeClaimTemplates.length === 0) return { ...template, spec }
  const volumes = new Map<string, Volume>()
  for (const { metadata } of volumeClaimTemplates) {
    const name = metadata?.name ?? ''
    volumes.set(name, { name, persistentVolumeClaim: { claimName: name } })
  }
  const others = (spec.volumes ?? []).filter(({ name }) => !volumes.has(name))
  return { ...template, spec: { ...spec, volumes: [...volumes.values(), ...others] } }
}

function validatePodManagement({ podManagementPolicy = '' }: StatefulSetSpec, errors: FieldError[]): void {
  const path = 'spec.podManagementPolicy'
  if (podManagementPolicy === '') errors.push(required(path))
  else if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel') {
    errors.push(invalid(path, podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"))
  }
}

function validateUpdateStrategy({ updateStrategy = {} }: StatefulSetSpec, errors: FieldError[]): void {
  const { type = '', rollingUpdate } = updateStrategy
  const path = 'spec.updateStrategy'
  if (type === '') errors.push(required(path))
  else if (type === 'OnDelete') {
    if (rollingUpdate === undefined) return
    errors.push(
      invalid(`${path}.rollingUpdate`, printed(rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'"),
    )
  } else if (type === 'RollingUpdate') {
    if (rollingUpdate === undefined) return
    validateNonNegative(rollingUpdate.partition, `${path}.rollingUpdate.partition`, errors)
  } else {
    const value = { Type: type, RollingUpdate: rollingUpdate === undefined ? null : printed(rollingUpdate) }
    errors.push(invalid(path, value, "must be 'RollingUpdate' or 'OnDelete'"))
  }
}

/** As the server's own struct; a gate that is off has taken the second field away. */
function printed({ partition }: RollingUpdate): object {
  return { Partition: partition ?? 0, MaxUnavailable: null }
}

type RollingUpdate = NonNullable<NonNullable<StatefulSetSpec['updateStrategy']>['rollingUpdate']>

const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

const FIXED_TEXT =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
  "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

export function validateStatefulSetUpdate({ spec }: StatefulSet, { spec: old }: StatefulSet): readonly FieldError[] {
  return sameValue(fixedPart(spec), fixedPart(old)) ? [] : [forbiddenField('spec', FIXED_TEXT)]
}

function fixedPart(spec: StatefulSetSpec): Readonly<Record<string, unknown>> {
  const fixed: Record<string, unknown> = { ...spec }
  for (const field of CHANGEABLE) delete fixed[field]
  return fixed
}

export function validateStatefulSetStatus(
  { status }: StatefulSet,
  { status: old }: StatefulSet,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const {
    replicas = 0,
    readyReplicas = 0,
    currentReplicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
  } = status ?? {}
  validateNonNegative(replicas, 'status.replicas', errors)
  validateNonNegative(readyReplicas, 'status.readyReplicas', errors)
  validateNonNegative(currentReplicas, 'status.currentReplicas', errors)
  validateNonNegative(updatedReplicas, 'status.updatedReplicas', errors)
  validateNonNegative(availableReplicas, 'status.availableReplicas', errors)
  validateNonNegative(status?.observedGeneration, 'status.observedGeneration', errors)
  validateNonNegative(status?.collisionCount, 'status.collisionCount', errors)
  const atMost = (field: string, value: number, limit: number, name: string): void => {
    if (value > limit) errors.push(invalid(`status.${field}`, value, `cannot be greater than ${name}`))
  }
  atMost('readyReplicas', readyReplicas, replicas, 'status.replicas')
  atMost('currentReplicas', currentReplicas, replicas, 'status.replicas')
  atMost('updatedReplicas', updatedReplicas, replicas, 'status.replicas')
  atMost('availableReplicas', availableReplicas, replicas, 'status.replicas')
  atMost('availableReplicas', availableReplicas, readyReplicas, 'status.readyReplicas')
  validateCollisions(status?.collisionCount, old?.collisionCount, errors)
  return errors
}
