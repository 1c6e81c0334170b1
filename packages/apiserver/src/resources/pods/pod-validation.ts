// Validation of whole pods. Source: kubernetes core/validation (validatePodMetadataAndSpec, ValidatePodCreate).

import type { Pod } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField } from '../../validation/field-errors.ts'
import { validatePodSpec } from './pod-spec-validation.ts'
import { validateTrimmedImages } from './validation/containers.ts'
import { validatePodAnnotations } from './validation/pod-annotations.ts'
import { validateProfilesMatch } from './validation/security-profiles.ts'

/** Metadata common to all kinds is the pipeline's. */
export function validatePodObject({ metadata, spec }: Pod, errors: FieldError[]): void {
  validatePodAnnotations(metadata.annotations, spec, 'metadata.annotations', errors)
  validatePodSpec(spec, metadata, 'spec', errors)
  if ((spec.serviceAccountName ?? '') === '') refuseTokens(spec, errors)
  validateTrimmedImages(spec.containers, 'spec.containers', errors)
  if (spec.initContainers !== undefined) validateTrimmedImages(spec.initContainers, 'spec.initContainers', errors)
}

/** A token is a service account's. */
function refuseTokens({ volumes = [] }: Pod['spec'], errors: FieldError[]): void {
  for (const [index, { projected }] of volumes.entries()) {
    for (const [at, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
      if (serviceAccountToken === undefined) continue
      const path = `spec.volumes[${index}].projected.sources[${at}].serviceAccountToken`
      errors.push(forbiddenField(path, 'must not be specified when serviceAccountName is not set'))
    }
  }
}

export function validateNewPod(pod: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  const { metadata, spec } = pod
  validatePodObject(pod, errors)
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'))
  }
  if ((spec.nodeName ?? '') !== '' && (spec.schedulingGates ?? []).length > 0) {
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  }
  validateProfilesMatch(metadata.annotations, spec, 'spec', errors)
  return errors
}
