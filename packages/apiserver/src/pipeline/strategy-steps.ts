// The steps that ask the kind itself: defaults, preparation, allocation, validation.

import type { Resource } from '../resources/resource.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { copyFields } from '../store/share.ts'
import { listed, statusErrors, updateErrors } from '../resources/update-checks.ts'
import type { FieldError } from '../validation/field-error.ts'
import { inOlderWords } from '../validation/older-words.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { validateObjectMeta } from '../validation/object-meta.ts'
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
  write.resource.strategy.dropDisabled?.(completed(write.object))
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
  resource.strategy.dropDisabled?.(completed(object))
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
  write.object = copyFields(old) as Write['object']
  write.object.metadata = metadata
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
  const { strategy, type } = resource
  const object = completed(write.object)
  const errors = old === undefined ? createErrors(write) : errorsOfUpdate(write, old)
  if (errors.length > 0) {
    const worded = errors.map((error) => inOlderWords(error, context.kubernetesVersion.minor))
    throw invalidStatus(type.kind, type.group, object.metadata.name, worded)
  }
  if (old === undefined) strategy.completeCreate?.(object)
  if (write.subresource === '' || write.subresource === 'scale') strategy.warn?.(object, context, old)
}

const NONE: readonly FieldError[] = []

function createErrors({ object: written, resource, context, spoken }: Write): readonly FieldError[] {
  const { strategy, type, nameRule, anyFinalizer, metadataLast } = resource
  const object = completed(written)
  const ofVersion = versionErrors(spoken, object)
  if (ofVersion.length > 0) return ofVersion
  const rules = { namespaced: type.namespaced, nameRule, anyFinalizer }
  const ofMeta = validateObjectMeta(object.metadata, rules, 'metadata')
  const ofKind = strategy.validate?.(object, context) ?? NONE
  const ofCreate = strategy.validateCreate?.(object, context) ?? NONE
  if (metadataLast === true && ofKind.length > 0) return ofKind
  return ofMeta.length + ofKind.length + ofCreate.length === 0 ? NONE : [...ofMeta, ...ofKind, ...ofCreate]
}

function versionErrors(spoken: Resource | undefined, object: KubeObject): readonly FieldError[] {
  const conversion = spoken?.otherVersion
  return conversion?.validateCreate?.(conversion.fromStored(object)) ?? NONE
}

function errorsOfUpdate(
  { object: written, resource, context, subresource }: Write,
  old: KubeObject,
): readonly FieldError[] {
  const { strategy } = resource
  const object = completed(written)
  if (subresource === 'status') return statusErrors(resource, object, old, context)
  const partial = strategy.partialUpdates?.[subresource]
  if (partial === undefined) return updateErrors(resource, object, old, context)
  return listed(object, old, ['meta-update', 'changes'], { whole: [], changes: partial.validate(object, old, context) })
}
