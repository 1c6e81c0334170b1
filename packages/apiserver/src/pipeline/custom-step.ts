// The steps of a write that ask a custom kind's definition. Source: apiextensions-apiserver pkg/registry/customresource,
// pkg/apiserver/customresource_handler.go (forbidCreateAdmission).

import type { CustomKind } from '../custom-resources/custom-kind.ts'
import { finalizerWarnings } from '../custom-resources/finalizer-warnings.ts'
import { validateChanged, validateChangedStatus, validateNew } from '../custom-resources/validate-object.ts'
import type { FieldError } from '../validation/field-error.ts'
import { forbidden } from '../status/errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { completed, type Write } from './write.ts'

/** Nothing is created of a kind that is going away. @throws StatusError 403 */
export function admitDefinition({ resource, object, old }: Write): void {
  if (resource.custom?.terminating !== true || old !== undefined) return
  const why = 'create not allowed while custom resource definition is terminating'
  throw forbidden(resource.type, object.metadata.name ?? '', why)
}

/** @throws StatusError 422 */
export function validateCustom(write: Write, custom: CustomKind): void {
  const { old, context } = write
  const object = completed(write.object)
  const errors = errorsOf(write, custom)
  // The refusal names what the object says it is.
  if (errors.length > 0) throw invalidStatus(object.kind, custom.group, object.metadata.name, errors)
  for (const text of finalizerWarnings(object, old)) context.warn(text)
}

function errorsOf(write: Write, custom: CustomKind): readonly FieldError[] {
  const { old, resource, context, subresource } = write
  const object = completed(write.object)
  const warn = (text: string): void => context.warn(text)
  if (old === undefined) return validateNew(object, custom, { namespaced: resource.type.namespaced, warn })
  if (subresource === 'status') return validateChangedStatus(object, old, custom, warn)
  return validateChanged(object, old, custom, warn)
}
