// Structural sharing between versions: what a new version has in common with the old one becomes the old one's very objects.
// It keeps memory flat over many updates and makes "nothing changed" a comparison of two references.

type Json = unknown

/** `next` with every part that equals `old` replaced by that part of `old`; `old` itself when all of it does. */
export function shareUnchanged<T>(old: T, next: T): T
export function shareUnchanged(old: Json, next: Json): Json {
  if (Object.is(old, next)) return old
  if (typeof old !== 'object' || typeof next !== 'object' || old === null || next === null) return next
  if (Array.isArray(next)) return Array.isArray(old) ? shareArray(old, next) : next
  return Array.isArray(old) ? next : shareObject(old, next)
}

function shareArray(old: readonly Json[], next: Json[]): readonly Json[] {
  let same = old.length === next.length
  for (let i = 0; i < next.length; i++) {
    const shared = i < old.length ? shareUnchanged(old[i], next[i]) : next[i]
    next[i] = shared
    if (same && !Object.is(shared, old[i])) same = false
  }
  return same ? old : next
}

function shareObject(old: object, next: object): object {
  const oldFields = old as Record<string, Json>
  const nextFields = next as Record<string, Json>
  const keys = Object.keys(nextFields)
  let same = keys.length === Object.keys(oldFields).length
  for (const key of keys) {
    const before = Object.hasOwn(oldFields, key) ? oldFields[key] : undefined
    const shared = shareUnchanged(before, nextFields[key])
    if (!Object.is(shared, nextFields[key])) nextFields[key] = shared
    if (same && (!Object.is(shared, before) || before === undefined)) same = false
  }
  return same ? old : next
}

/** A private, mutable copy of plain JSON. Fields that are undefined are left out, as they are on the wire. */
export function mutableCopy<T>(value: T): T
export function mutableCopy(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => mutableCopy(item))
  // A spread copies a field named __proto__ as a field; assigning it to an empty object would not.
  const copy: Record<string, Json> = { ...value }
  for (const key of Object.keys(copy)) {
    const field = copy[key]
    if (field === undefined) delete copy[key]
    else if (typeof field === 'object') copy[key] = mutableCopy(field)
  }
  return copy
}
