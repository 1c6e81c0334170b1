// Whether one type may stand for another, and what type variables then stand for. Source: cel-go checker/types.go, mapping.go.

import { DYN, isDynOrError, isOptional, optionalOf, paramAt, sameType, type Type, type TypeKind } from './type.ts'

/** What type variables stand for, by their names. Never edited: an attempt that fails leaves no trace. */
export type Substitutions = ReadonlyMap<string, Type>
type Draft = Map<string, Type>

/** undefined: it cannot. */
export function assign(known: Substitutions, target: Type, given: Type): Substitutions | undefined {
  const draft = new Map(known)
  return isAssignable(draft, target, given) ? draft : undefined
}

export function assignAll(
  known: Substitutions,
  targets: readonly Type[],
  given: readonly Type[],
): Substitutions | undefined {
  const draft = new Map(known)
  return areAssignable(draft, targets, given) ? draft : undefined
}

/** With type variables replaced by what they stand for; those that stand for nothing become dyn if asked for. */
export function substitute(known: Substitutions, type: Type, freeToDyn: boolean): Type {
  if (type.kind === 'param') {
    const found = known.get(type.name)
    if (found !== undefined) return substitute(known, found, freeToDyn)
    return freeToDyn ? DYN : type
  }
  if (type.params.length === 0) return type
  const params = type.params.map((inner) => substitute(known, inner, freeToDyn))
  return params.every((inner, index) => inner === type.params[index]) ? type : { ...type, params }
}

export function unwrapOptional(type: Type): { readonly type: Type; readonly optional: boolean } {
  return isOptional(type) ? { type: paramAt(type, 0), optional: true } : { type, optional: false }
}

export function wrapOptional(type: Type, optional: boolean): Type {
  return optional ? optionalOf(type) : type
}

/** The less specific of two types that go together. */
export function mostGeneral(a: Type, b: Type): Type {
  return isEqualOrLessSpecific(a, b) ? a : b
}

function isEqualOrLessSpecific(a: Type, b: Type): boolean {
  if (a.kind === 'dyn' || a.kind === 'param') return true
  if (b.kind === 'dyn' || b.kind === 'param' || a.kind !== b.kind) return false
  switch (a.kind) {
    case 'opaque':
      if (a.name !== b.name || a.params.length !== b.params.length) return false
      return a.params.every((inner, index) => isEqualOrLessSpecific(inner, paramAt(b, index)))
    case 'list':
    case 'map':
      return a.params.every((inner, index) => isEqualOrLessSpecific(inner, paramAt(b, index)))
    case 'type':
      return true
    default:
      return sameType(a, b)
  }
}

function areAssignable(draft: Draft, targets: readonly Type[], given: readonly Type[]): boolean {
  return (
    targets.length === given.length &&
    targets.every((target, index) => isAssignable(draft, target, paramOf(given, index)))
  )
}

function paramOf(types: readonly Type[], index: number): Type {
  return types[index] ?? DYN
}

/** Types whose values may be null. */
const NULLABLE: ReadonlySet<TypeKind> = new Set(['duration', 'null', 'opaque', 'struct', 'timestamp'])

function isAssignable(draft: Draft, a: Type, b: Type): boolean {
  if (b.kind === 'param') {
    const { valid, known } = substitutes(draft, a, b)
    if (valid) return true
    if (known) return false
  }
  if (a.kind === 'param') return substitutes(draft, b, a).valid
  if (isDynOrError(a) || isDynOrError(b)) return true
  if (a.kind === 'null') return NULLABLE.has(b.kind)
  if (b.kind === 'null') return NULLABLE.has(a.kind)
  switch (a.kind) {
    case 'type':
      return b.kind === 'type'
    case 'opaque':
    case 'list':
    case 'map':
      return a.kind === b.kind && a.name === b.name && areAssignable(draft, a.params, b.params)
    default:
      return a.kind === b.kind && a.name === b.name
  }
}

/** Whether the variable can stand for the type, and whether it stands for something already. */
function substitutes(draft: Draft, type: Type, variable: Type): { readonly valid: boolean; readonly known: boolean } {
  if (sameType(type, variable)) return { valid: true, known: true }
  const found = draft.get(variable.name)
  if (found !== undefined) {
    if (sameType(type, found)) return { valid: true, known: true }
    if (!isAssignable(draft, type, found)) return { valid: false, known: true }
    const general = mostGeneral(type, found)
    if (!occursIn(draft, variable, general)) draft.set(variable.name, general)
    return { valid: true, known: true }
  }
  if (occursIn(draft, variable, type)) return { valid: false, known: false }
  draft.set(variable.name, type)
  return { valid: true, known: false }
}

function occursIn(draft: Draft, variable: Type, type: Type): boolean {
  if (sameType(variable, type)) return true
  if (type.kind === 'param') {
    const found = draft.get(type.name)
    return found !== undefined && occursIn(draft, variable, found)
  }
  return type.params.some((inner) => occursIn(draft, variable, inner))
}
