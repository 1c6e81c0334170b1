// Annotations of pods that mean something to the server. Source: kubernetes core/validation (ValidatePodSpecificAnnotations,
// ValidatePodSpecificAnnotationUpdates).

import type { Pod, PodSpec, Toleration } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid } from '../../../validation/field-errors.ts'
import { readList, type Members } from '../../json-annotation.ts'
import { MIRROR_ANNOTATION } from '../mirror-pod.ts'
import { validateTolerations } from './scheduling.ts'
import { APP_ARMOR_CONTAINER, validateAppArmorAnnotations, validateSeccompAnnotations } from './security-profiles.ts'

/** Where tolerations were before they had a field. */
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations'
const TOLERATION: Members = {
  name: 'Toleration',
  fields: {
    key: 'string',
    operator: 'core.TolerationOperator',
    value: 'string',
    effect: 'core.TaintEffect',
    tolerationSeconds: '*int64',
  },
}
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

type Annotations = Readonly<Record<string, string>>

export function validatePodAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  if (annotations === undefined) return
  const mirror = annotations[MIRROR_ANNOTATION]
  if (mirror !== undefined && (spec.nodeName ?? '') === '') {
    const text = 'must set spec.nodeName if mirror pod annotation is set'
    errors.push(invalid(`${path}[${MIRROR_ANNOTATION}]`, mirror, text))
  }
  const tolerations = annotations[TOLERATIONS] ?? ''
  if (tolerations !== '') {
    const { value = [], problem } = readList<Toleration>(tolerations, TOLERATION)
    if (problem !== undefined) errors.push(invalid(path, TOLERATIONS, problem))
    validateTolerations(value, `${path}.${TOLERATIONS}`, errors)
  }
  const cost = annotations[DELETION_COST]
  if (cost !== undefined && !isInt32(cost)) {
    errors.push(invalid(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer'))
  }
  validateSeccompAnnotations(annotations, path, errors)
  validateAppArmorAnnotations(annotations, spec, path, errors)
}

/** Without a plus sign or leading zeros. */
function isInt32(text: string): boolean {
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return false
  const value = Number(text)
  return value >= -(2 ** 31) && value < 2 ** 31
}

export function validateAnnotationUpdates(pod: Pod, old: Pod, path: string, errors: FieldError[]): void {
  const { annotations: now = {} } = pod.metadata
  const { annotations: before = {} } = old.metadata
  if (now !== before) {
    for (const [key, value] of Object.entries(before)) {
      if (now[key] === value) continue
      refuseChange(key, 'remove or update', path, errors)
    }
    for (const key of Object.keys(now)) if (!Object.hasOwn(before, key)) refuseChange(key, 'add', path, errors)
  }
  validatePodAnnotations(pod.metadata.annotations, pod.spec, path, errors)
}

function refuseChange(key: string, how: string, path: string, errors: FieldError[]): void {
  const at = `${path}[${key}]`
  if (key.startsWith(APP_ARMOR_CONTAINER)) errors.push(forbiddenField(at, `may not ${how} AppArmor annotations`))
  if (key === MIRROR_ANNOTATION) errors.push(forbiddenField(at, `may not ${how} mirror pod annotation`))
}
