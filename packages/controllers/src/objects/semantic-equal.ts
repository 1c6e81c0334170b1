// Equality as controllers need it: two JSON values mean the same when absent, null, [] and {} are not told apart.
// Source: apimachinery api/equality Semantic.DeepEqual (nil and empty slices and maps are equal there too).

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}

export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return isEmpty(a) && isEmpty(b)
  if (Array.isArray(a) && Array.isArray(b)) return sameItems(a, b)
  if (Array.isArray(a) || Array.isArray(b)) return isEmpty(a) && isEmpty(b)
  return sameFields(a, b)
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  // What is stored is frozen, and V8's methods of arrays are slow on frozen ones.
  for (let i = 0; i < a.length; i++) if (!semanticEqual(a[i], b[i])) return false
  return true
}

type Fields = Readonly<Record<string, unknown>>

function sameFields(a: object, b: object): boolean {
  const left = a as Fields
  const right = b as Fields
  for (const key of Object.keys(left)) if (!semanticEqual(left[key], ownField(right, key))) return false
  for (const key of Object.keys(right)) if (!Object.hasOwn(left, key) && !isEmpty(right[key])) return false
  return true
}

/** A label may be called `constructor`: what every object inherits does not count. */
function ownField(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined
}

/** Equality of label and annotation maps. */
export function sameMap(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>> | undefined,
): boolean {
  return a === b || semanticEqual(a, b)
}
