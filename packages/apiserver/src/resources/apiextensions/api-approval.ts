// The community's groups (k8s.io and kubernetes.io): definitions in them need the annotation of an API review, and a condition
// tells whether they have it. Source: apiextensions-apiserver pkg/apihelpers/helpers.go, pkg/controller/apiapproval,
// pkg/apis/apiextensions/validation (validateAPIApproval).

import type { CustomResourceDefinition } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, quote, required } from '../../validation/field-errors.ts'
import type { ConditionClaim } from './conditions.ts'

const ANNOTATION = 'api-approved.kubernetes.io'
const RULE = `protected groups must have approval annotation "${ANNOTATION}"`
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111'

export function isProtectedGroup(group: string): boolean {
  return ['k8s.io', 'kubernetes.io'].some((domain) => group === domain || group.endsWith(`.${domain}`))
}

interface Approval {
  readonly state: 'approved' | 'bypassed' | 'invalid' | 'missing'
  readonly reason: string
}

function approvalOf(annotation: string): Approval {
  if (annotation === '') return { state: 'missing', reason: `${RULE}, ${SEE}` }
  if (annotation.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${quote(annotation)}` }
  if (isUrl(annotation)) return { state: 'approved', reason: `approved in ${annotation}` }
  const reason = `${RULE} with either a URL or a reason starting with "unapproved", ${SEE}`
  return { state: 'invalid', reason }
}

/** What Go's url.ParseRequestURI takes, with a scheme and a host. */
function isUrl(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#\s\p{Cc}]+([/?#][^\p{Cc}]*)?$/u.test(text) && URL.canParse(text)
}

function annotationOf({ metadata }: CustomResourceDefinition): string {
  return metadata.annotations?.[ANNOTATION] ?? ''
}

/** @param old an update that leaves the state as it was is not asked */
export function validateApproval(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): readonly FieldError[] {
  if (!isProtectedGroup(definition.spec.group)) return []
  const annotation = annotationOf(definition)
  const { state, reason } = approvalOf(annotation)
  if (old !== undefined && approvalOf(annotationOf(old)).state === state) return []
  const path = `metadata.annotations[${ANNOTATION}]`
  if (state === 'invalid') return [invalid(path, annotation, reason)]
  return state === 'missing' ? [required(path, reason)] : []
}

const CONDITION_REASONS = {
  approved: 'ApprovedAnnotation',
  bypassed: 'UnapprovedAnnotation',
  invalid: 'InvalidAnnotation',
  missing: 'MissingAnnotation',
} as const

/** undefined for groups that need no approval. */
export function approvalCondition(definition: CustomResourceDefinition): ConditionClaim | undefined {
  if (!isProtectedGroup(definition.spec.group)) return undefined
  const { state, reason: message } = approvalOf(annotationOf(definition))
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: state === 'approved' ? 'True' : 'False',
    reason: CONDITION_REASONS[state],
    message,
  }
}
