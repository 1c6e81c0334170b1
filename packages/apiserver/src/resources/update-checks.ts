// What an update is checked for, and in which order the errors are listed: the server checks the metadata, then asks the
// kind, which most often checks it again, in an order and as many times as its own file happens to.
// Source: apiserver registry/rest/update.go (validateCommonFields) and ValidateUpdate of kubernetes pkg/registry/*/strategy.go.

import type { KubeObject } from '../objects/kube-object.ts'
import type { FieldError } from '../validation/field-error.ts'
import { validateChangedMeta, validateFinalizerNames, validateObjectMetaUpdate } from '../validation/object-meta.ts'
import type { Resource, StrategyContext } from './resource.ts'

/**
 * - `meta`: the metadata as on create
 * - `meta-update`: what of it may not change
 * - `whole`: the kind's fields, as on create
 * - `changes`: what of them may not change
 */
export type UpdateCheck = 'meta' | 'meta-update' | 'whole' | 'changes'

/** Checked as an update of the fields alone. */
export const FIELDS_FIRST: readonly UpdateCheck[] = ['meta-update', 'whole', 'changes']
/** What may not change comes before the whole is checked again. */
export const CHANGES_FIRST: readonly UpdateCheck[] = ['meta-update', 'changes', 'meta', 'whole']
/** Checked as if new, then for what changed. */
export const WHOLE_THEN_UPDATE: readonly UpdateCheck[] = ['meta', 'whole', 'meta-update', 'changes']
const USUAL: readonly UpdateCheck[] = ['meta-update', 'meta', 'whole', 'changes']

const PATH = 'metadata'
const NONE: readonly FieldError[] = []

type Checked<T extends KubeObject> = Pick<Resource<T>, 'strategy' | 'anyFinalizer'>

/** Errors of an update, in the server's order. Each check runs once, however often its errors are listed. */
export function updateErrors<T extends KubeObject>(
  { strategy, anyFinalizer }: Checked<T>,
  object: T,
  old: T,
  context: StrategyContext,
): readonly FieldError[] {
  const whole = strategy.validate?.(object, context, old) ?? NONE
  const changes = strategy.validateUpdate?.(object, old, context) ?? NONE
  return listed(object, old, strategy.updateChecks ?? USUAL, { whole, changes }, anyFinalizer)
}

/** Errors of a write through `/status`: the metadata, then the status. */
export function statusErrors<T extends KubeObject>(
  { strategy, anyFinalizer }: Checked<T>,
  object: T,
  old: T,
  context: StrategyContext,
): readonly FieldError[] {
  const changes = strategy.validateStatusUpdate?.(object, old, context) ?? NONE
  return listed(object, old, ['meta-update', 'changes'], { whole: NONE, changes }, anyFinalizer)
}

/** Errors of another way of changing an object, found by `check`. */
export function listed(
  { metadata }: KubeObject,
  { metadata: old }: KubeObject,
  order: readonly UpdateCheck[],
  found: { readonly whole: readonly FieldError[]; readonly changes: readonly FieldError[] },
  anyFinalizer = false,
): readonly FieldError[] {
  const again = validateObjectMetaUpdate(metadata, old, PATH)
  const meta = validateChangedMeta(metadata, old, PATH)
  const finalizers = anyFinalizer ? NONE : validateFinalizerNames(metadata, old, PATH)
  const count = again.length + meta.length + finalizers.length + found.whole.length + found.changes.length
  if (count === 0) return NONE
  const errors = [...meta, ...again]
  for (const check of order) {
    if (check === 'meta') errors.push(...meta, ...finalizers)
    else if (check === 'meta-update') errors.push(...again, ...finalizers)
    else errors.push(...found[check])
  }
  return errors
}
