// The claim a pod makes for an ephemeral volume. Source: kubernetes core/validation (validateEphemeralVolumeSource).

import { sentEmpty } from '../../../decode/sent-empty.ts'
import type { EphemeralVolumeSource } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, required } from '../../../validation/field-errors.ts'
import { validateLabels } from '../../../validation/labels.ts'
import { validateAnnotations } from '../../../validation/object-meta.ts'
import { validateClaimSpec } from '../../core/claim-validation.ts'

export function validateClaimTemplate(
  { volumeClaimTemplate: template }: EphemeralVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.volumeClaimTemplate`
  if (template === undefined) {
    errors.push(required(at))
    return
  }
  const { metadata = {} } = template
  const { annotations, labels } = metadata
  if (annotations !== undefined) validateAnnotations(annotations, `${at}.metadata.annotations`, errors)
  if (labels !== undefined) validateLabels(labels, `${at}.metadata.labels`, errors)
  const given = new Set(Object.keys(metadata))
  for (const field of REFUSED_METADATA) {
    const name = field === 'uID' ? 'uid' : field
    if (given.has(name) || sentEmpty(metadata, name) !== undefined)
      errors.push(forbiddenField(`${at}.metadata.${field}`, 'cannot be set'))
  }
  errors.push(...validateClaimSpec(template.spec, `${at}.spec`))
}

const REFUSED_METADATA = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uID',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
]
