// What may change in a pod after it was created. Source: kubernetes core/validation (ValidatePodUpdate).
// Departure: the diff at the end of the refusal shows the wire's field names, one line a changed field, where the real
// server prints its internal structs.

import type { Container, Pod, PodSpec, Toleration } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, goJson, invalid } from '../../validation/field-errors.ts'
import { sameValue } from '../compare.ts'

const REFUSAL =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

export function validatePodUpdate(pod: Pod, old: Pod): readonly FieldError[] {
  if (pod.spec === old.spec) return []
  const errors: FieldError[] = []
  for (const list of ['containers', 'initContainers'] as const) {
    if ((pod.spec[list] ?? []).length === (old.spec[list] ?? []).length) continue
    errors.push(forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers'))
  }
  if (errors.length > 0) return errors
  validateDeadlineUpdate(pod.spec, old.spec, errors)
  validateTolerationsUpdate(pod.spec, old.spec, errors)
  const changes = forbiddenChanges(pod.spec, old.spec)
  if (changes.length > 0) errors.push(forbiddenField('spec', `${REFUSAL}\n${changes.join('\n')}\n`))
  return errors
}

function validateDeadlineUpdate(spec: PodSpec, old: PodSpec, errors: FieldError[]): void {
  const { activeDeadlineSeconds: now } = spec
  const { activeDeadlineSeconds: before } = old
  if (before === undefined) return
  const path = 'spec.activeDeadlineSeconds'
  if (now === undefined) errors.push(invalid(path, null, 'must not update from a positive integer to nil value'))
  else if (now > before) errors.push(invalid(path, now, 'must be less than or equal to previous value'))
}

function validateTolerationsUpdate(spec: PodSpec, old: PodSpec, errors: FieldError[]): void {
  const now = spec.tolerations ?? []
  for (const toleration of old.tolerations ?? []) {
    if (now.some((candidate) => sameToleration(candidate, toleration))) continue
    const text = 'existing toleration can not be modified except its tolerationSeconds'
    errors.push(forbiddenField('spec.tolerations', text))
    return
  }
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return a.key === b.key && a.operator === b.operator && a.value === b.value && a.effect === b.effect
}

function forbiddenChanges(spec: PodSpec, old: PodSpec): readonly string[] {
  const lines: string[] = []
  const fixedNow = fixedPart(spec, old)
  const fixedOld = fixedPart(old, old)
  const keys = [...new Set([...Object.keys(fixedOld), ...Object.keys(fixedNow)])].sort((a, b) => (a < b ? -1 : 1))
  for (const key of keys) {
    if (sameValue(fixedNow[key], fixedOld[key])) continue
    if (fixedOld[key] !== undefined) lines.push(`- "${key}": ${goJson(fixedOld[key])}`)
    if (fixedNow[key] !== undefined) lines.push(`+ "${key}": ${goJson(fixedNow[key])}`)
  }
  return lines
}

/** The spec without what may change. */
function fixedPart(spec: PodSpec, old: PodSpec): Readonly<Record<string, unknown>> {
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, schedulingGates, nodeSelector, ...rest } = spec
  const withoutImages = (containers: readonly Container[] | undefined): unknown =>
    containers?.map(({ image: _image, ...fixed }) => fixed)
  const gated = (old.schedulingGates ?? []).length > 0
  const negative = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1
  return {
    ...rest,
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
    ...(negative ? { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds } : {}),
    // Gates may be lifted, and a gated pod may still narrow where it goes.
    ...(gated ? {} : { schedulingGates, nodeSelector }),
  }
}
