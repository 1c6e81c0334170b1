// Freezing plain JSON all the way down. Parts shared with earlier versions are frozen already and are not looked into again,
// so a new version costs what is new in it.

/** Freezes `value` and everything in it, and returns it. What is frozen already counts as frozen to its depths. */
export function deepFreeze<T>(value: T): T {
  // Plain JSON that cannot grow is frozen; that is known at once, where isFrozen would look at every field.
  if (typeof value !== 'object' || value === null || !Object.isExtensible(value)) return value
  // Inside first: what is frozen is slower to walk. The order of fields does not matter, and for…in makes no list of them, which
  // takes a third of the time.
  if (Array.isArray(value)) for (const item of value) freezePart(item)
  else for (const name in value) freezePart(value[name])
  return Object.freeze(value)
}

/** Most parts are texts and numbers: those end here. */
function freezePart(value: unknown): void {
  if (typeof value === 'string') flatten(value)
  else if (typeof value === 'object' && value !== null) deepFreeze(value)
}

/** V8 keeps shorter texts in one piece anyway. */
const LONGEST_WHOLE = 12
let looked = 0

/** A text put together from others is kept as a tree of them until somebody looks into it: stored texts are to be one piece each. */
function flatten(text: string): void {
  // What is read has to be used, or no look is taken.
  if (text.length > LONGEST_WHOLE) looked ^= text.charCodeAt(0)
}
