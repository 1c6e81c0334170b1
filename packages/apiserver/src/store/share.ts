// Structural sharing between versions: what a new version has in common with the old one becomes the old one's very objects.
// It keeps memory flat over many updates and makes "nothing changed" a comparison of two references.

type Json = unknown
type JsonObject = Record<string, unknown>

/** `next` with every part that equals `old` replaced by that part of `old`; `old` itself when all of it does. */
export function shareUnchanged<T>(old: T, next: T): T
export function shareUnchanged(old: Json, next: Json): Json {
  if (Object.is(old, next)) return old
  if (typeof old !== 'object' || typeof next !== 'object' || old === null || next === null) return next
  if (Array.isArray(next)) return Array.isArray(old) ? shareArray(old, next) : next
  return Array.isArray(old) ? next : shareObject(old as JsonObject, next as JsonObject)
}

function shareArray(old: readonly Json[], next: readonly Json[]): readonly Json[] {
  let same = old.length === next.length
  let result = next
  for (let i = 0; i < next.length; i++) {
    const before = i < old.length ? old[i] : undefined
    const shared = shareUnchanged(before, next[i])
    if (same && !Object.is(shared, before)) same = false
    if (Object.is(shared, next[i])) continue
    // What is frozen is copied before its first part is replaced; into what is not, equal parts go in place.
    if (result === next && !Object.isExtensible(next)) result = [...next]
    ;(result as Json[])[i] = shared
  }
  return same ? old : result
}

function shareObject(old: JsonObject, next: JsonObject): JsonObject {
  let same = true
  let fields = 0
  let result = next
  // Plain JSON inherits nothing, and for…in makes no list of the names.
  for (const key in next) {
    fields++
    const before = Object.hasOwn(old, key) ? old[key] : undefined
    const after = next[key]
    const shared = shareUnchanged(before, after)
    if (same && (before === undefined || !Object.is(shared, before))) same = false
    if (Object.is(shared, after)) continue
    if (result === next && !Object.isExtensible(next)) result = copyFields(next)
    result[key] = shared
  }
  return same && fields === countFields(old) ? old : result
}

function countFields(object: JsonObject): number {
  let count = 0
  for (const _key in object) count++
  return count
}

/**
 * A shallow copy that is to be frozen. A spread would do, but V8 gives most of what spreads make a hidden class that takes no
 * transitions: then every freeze makes one more class, for one object alone, and whoever looks at such objects is slow.
 */
export function copyFields<T extends object>(from: T): T {
  const copy: JsonObject = {}
  for (const key of Object.keys(from)) {
    const value = (from as JsonObject)[key]
    if (key === '__proto__') Object.defineProperty(copy, key, { value, ...FIELD })
    else copy[key] = value
  }
  return copy as T
}

const FIELD = { enumerable: true, configurable: true, writable: true }

/** A private, mutable copy of plain JSON. Fields that are undefined are left out, as they are on the wire. */
export function mutableCopy<T>(value: T): T
export function mutableCopy(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return copyArray(value)
  // A spread copies a field named __proto__ as a field; assigning it to an empty object would not.
  const copy: Record<string, Json> = { ...value }
  // Fields stay where they are: for…in makes no list of them.
  for (const key in copy) {
    const field = copy[key]
    if (field === undefined) delete copy[key]
    else if (typeof field === 'object' && field !== null) copy[key] = mutableCopy(field)
  }
  return copy
}

/** A copy whose fields may be replaced. A part that is frozen will never change and is taken as it is, any other is copied. */
export function copyUnlessFrozen<T extends object>(value: T): T {
  const copy: JsonObject = { ...(value as JsonObject) }
  for (const key in copy) {
    const field = copy[key]
    if (field === undefined) delete copy[key]
    else if (Object.isExtensible(field)) copy[key] = mutableCopy(field)
  }
  return copy as T
}

function copyArray(values: readonly Json[]): Json[] {
  const copy = [...values]
  for (let i = 0; i < copy.length; i++) {
    const item = copy[i]
    if (typeof item === 'object' && item !== null) copy[i] = mutableCopy(item)
  }
  return copy
}
