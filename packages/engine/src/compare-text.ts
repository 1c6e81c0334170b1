// The order of texts that does not depend on the host: by code unit.

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Entries of a map or an object, by key. */
export function compareKeys([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return compareText(a, b)
}
