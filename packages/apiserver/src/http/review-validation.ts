// What access reviews may ask. Source: kubernetes pkg/apis/authorization/validation (ValidateSubjectAccessReview and the like),
// apimachinery meta/v1/validation (ValidateFieldSelectorRequirement); texts recorded from 1.36.

import { goStruct } from '../internal-structs/index.ts'
import type { FieldError } from '../validation/field-error.ts'
import { forbiddenField, invalid, required } from '../validation/field-errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { labelValue, qualifiedName } from '../validation/names.ts'

export interface Requirement {
  readonly key?: string
  readonly operator?: string
  readonly values?: readonly string[]
}

export interface SelectorAttributes {
  readonly rawSelector?: string
  readonly requirements?: readonly Requirement[]
}

export interface ResourceAttributes {
  readonly namespace?: string
  readonly verb?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly name?: string
  readonly fieldSelector?: SelectorAttributes
  readonly labelSelector?: SelectorAttributes
}

export interface NonResourceAttributes {
  readonly path?: string
  readonly verb?: string
}

export interface AccessSpec {
  readonly resourceAttributes?: ResourceAttributes
  readonly nonResourceAttributes?: NonResourceAttributes
  readonly user?: string
  readonly groups?: readonly string[]
}

/** Namespace and managedFields are the server's own doing. */
export interface ReviewMetadata {
  readonly namespace?: string
  readonly managedFields?: unknown
}

const RESOURCE = 'spec.resourceAttributes'
const PATH = 'spec.nonResourceAttributes'

/** @throws StatusError 422: the kind is not said, as upstream forgets it */
function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidStatus('', 'authorization.k8s.io', '', errors)
}

export function checkSelfReview(spec: AccessSpec, metadata: ReviewMetadata): void {
  refuse([...attributeErrors(spec), ...selectorErrors(spec), ...metadataErrors(metadata, 'must be empty')])
}

export function checkSubjectReview(spec: AccessSpec, metadata: ReviewMetadata): void {
  refuse([...subjectErrors(spec), ...metadataErrors(metadata, 'must be empty')])
}

export function checkLocalReview(spec: AccessSpec, metadata: ReviewMetadata): void {
  const errors = [...subjectErrors(spec)]
  const { namespace = '', ...rest } = metadata
  if (hasMore(rest)) {
    errors.push(invalid('metadata', printed(metadata), 'must be empty except for namespace'))
  }
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec
  if (resource !== undefined && (resource.namespace ?? '') !== namespace) {
    errors.push(invalid(`${RESOURCE}.namespace`, resource.namespace ?? '', 'must match metadata.namespace'))
  }
  if (path !== undefined) errors.push(invalid(PATH, printedPath(path), 'disallowed on this kind of request'))
  refuse(errors)
}

function subjectErrors(spec: AccessSpec): readonly FieldError[] {
  const errors = [...attributeErrors(spec)]
  const { user = '', groups = [] } = spec
  if (user === '' && groups.length === 0) {
    errors.push(invalid('spec.user', '', 'at least one of user or group must be specified'))
  }
  return [...errors, ...selectorErrors(spec)]
}

function attributeErrors({ resourceAttributes, nonResourceAttributes }: AccessSpec): readonly FieldError[] {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const text = 'cannot be specified in combination with resourceAttributes'
    return [invalid(PATH, printedPath(nonResourceAttributes), text)]
  }
  if (resourceAttributes !== undefined || nonResourceAttributes !== undefined) return []
  return [invalid(RESOURCE, null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')]
}

function printedPath(path: NonResourceAttributes): unknown {
  return goStruct('authorization.NonResourceAttributes', path)
}

function metadataErrors(metadata: ReviewMetadata, text: string): readonly FieldError[] {
  return hasMore(metadata) ? [invalid('metadata', printed(metadata), text)] : []
}

function hasMore(metadata: ReviewMetadata): boolean {
  return Object.keys(metadata).some((key) => key !== 'managedFields')
}

function printed(metadata: ReviewMetadata): unknown {
  return goStruct('meta.ObjectMeta', metadata)
}

function selectorErrors({ resourceAttributes }: AccessSpec): readonly FieldError[] {
  const errors: FieldError[] = []
  const { fieldSelector, labelSelector } = resourceAttributes ?? {}
  if (fieldSelector !== undefined) checkSelector(fieldSelector, `${RESOURCE}.fieldSelector`, checkFieldKey, errors)
  if (labelSelector !== undefined) checkSelector(labelSelector, `${RESOURCE}.labelSelector`, checkLabelKey, errors)
  return errors
}

type RequirementCheck = (requirement: Requirement, path: string, errors: FieldError[]) => void

function checkSelector(
  { rawSelector = '', requirements = [] }: SelectorAttributes,
  path: string,
  check: RequirementCheck,
  errors: FieldError[],
): void {
  if (rawSelector !== '' && requirements.length > 0) {
    errors.push(invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'))
  }
  if (rawSelector === '' && requirements.length === 0) {
    errors.push(required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`))
  }
  for (const [index, requirement] of requirements.entries())
    check(requirement, `${path}.requirements[${index}]`, errors)
}

const checkFieldKey: RequirementCheck = (requirement, path, errors) => {
  if ((requirement.key ?? '') === '') errors.push(required(`${path}.key`, 'must be specified'))
  checkValues(requirement, path, errors)
}

const checkLabelKey: RequirementCheck = (requirement, path, errors) => {
  checkValues(requirement, path, errors)
  const { key = '', values = [] } = requirement
  for (const problem of qualifiedName(key)) errors.push(invalid(`${path}.key`, key, problem))
  for (const [index, value] of values.entries()) {
    for (const problem of labelValue(value)) errors.push(invalid(`${path}.values[${index}]`, value, problem))
  }
}

/** Operators nobody knows yet are let be: a newer client may ask with them. */
function checkValues({ operator, values = [] }: Requirement, path: string, errors: FieldError[]): void {
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
    errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    errors.push(forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
  }
}
