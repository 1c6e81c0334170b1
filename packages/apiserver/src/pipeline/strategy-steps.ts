// The steps that ask the kind itself: defaults, preparation, allocation, validation.

import type { FieldError } from '../validation/field-error.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { validateChangedMeta, validateObjectMeta, validateObjectMetaUpdate } from '../validation/object-meta.ts'
import { validateCustom } from './custom-step.ts'
import { completed, type Write } from './write.ts'

export function applyDefaults(write: Write): void {
  write.resource.strategy.defaults?.(completed(write.object), write.context)
}

/** In-process writers of a status send no spec; then there is nothing to fill in. */
export function applyWholeDefaults(write: Write): void {
  if (write.object.spec !== undefined) applyDefaults(write)
}

export function prepareForCreate(write: Write): void {
  if (write.resource.status && write.resource.strategy.keepsStatusOnCreate !== true) delete write.object.status
  write.resource.strategy.prepareForCreate?.(completed(write.object), write.context)
}

/** Keeps what this endpoint may not change: status through the object itself, everything but status through /status. */
export function prepareForUpdate(write: Write): void {
  const { old, object, resource, context } = write
  if (old === undefined) return
  if (write.subresource === 'status') {
    prepareForStatusUpdate(write)
    return
  }
  if (resource.status) {
    if ('status' in old && old.status !== undefined) object.status = old.status
    else delete object.status
  }
  // `finalize` writes exactly what an ordinary update of a namespace has to keep.
  if (write.subresource !== 'finalize') resource.strategy.prepareForUpdate?.(completed(object), old, context)
}

function prepareForStatusUpdate(write: Write): void {
  const { old, resource, context } = write
  if (old === undefined) return
  if (resource.strategy.prepareForStatusUpdate !== undefined) {
    resource.strategy.prepareForStatusUpdate(completed(write.object), old, context)
    return
  }
  const { status, metadata } = write.object
  write.object = { ...old, metadata }
  if (status === undefined) delete write.object.status
  else write.object.status = status
}

export function allocate(write: Write): void {
  if (write.subresource === 'status') return
  const rollback = write.resource.strategy.allocate?.(completed(write.object), write.old, write.context)
  if (rollback !== undefined) write.rollbacks.push(rollback)
}

export function validate(write: Write): void {
  const { resource, old, context } = write
  if (resource.custom !== undefined) return validateCustom(write, resource.custom)
  const { strategy, type, nameRule, anyFinalizer } = resource
  const object = completed(write.object)
  const errors: FieldError[] = []
  const partial = strategy.partialUpdates?.[write.subresource]
  if (old === undefined) {
    errors.push(
      ...validateObjectMeta(object.metadata, { namespaced: type.namespaced, nameRule, anyFinalizer }, 'metadata'),
      ...(strategy.validate?.(object, context) ?? []),
      ...(strategy.validateCreate?.(object, context) ?? []),
    )
  } else {
    const changes = validateChangedMeta(object.metadata, old.metadata, 'metadata', { anyFinalizer })
    const again = validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata', { anyFinalizer })
    // Storage and kind each check them, and list what they find each time.
    errors.push(...changes, ...again, ...again, ...changes)
    if (write.subresource === 'status') errors.push(...(strategy.validateStatusUpdate?.(object, old, context) ?? []))
    else if (partial !== undefined) errors.push(...partial.validate(object, old, context))
    else {
      errors.push(
        ...(strategy.validate?.(object, context) ?? []),
        ...(strategy.validateUpdate?.(object, old, context) ?? []),
      )
    }
  }
  if (errors.length > 0) throw invalidStatus(type.kind, type.group, object.metadata.name, errors)
  if (write.subresource === '') strategy.warn?.(object, context, old)
}
