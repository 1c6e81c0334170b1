// Deep equality of JSON values, and whether an update changed what counts. Stored objects share unchanged parts, so most comparisons end at the first `===`.

export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]))
  if (Array.isArray(b)) return false
  const left = a as Readonly<Record<string, unknown>>
  const right = b as Readonly<Record<string, unknown>>
  const keys = presentKeys(left)
  return (
    keys.length === presentKeys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]))
  )
}

/** A key that holds undefined is absent in JSON. */
function presentKeys(value: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = Object.keys(value)
  return keys.every((key) => value[key] !== undefined) ? keys : keys.filter((key) => value[key] !== undefined)
}

interface Counted {
  readonly metadata: { readonly generation?: number }
}

/** True for new objects and for updates that raised the generation. */
export function isNewGeneration({ metadata }: Counted, old: Counted | undefined): boolean {
  return old === undefined || metadata.generation !== old.metadata.generation
}
