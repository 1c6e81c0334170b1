// The moment a stored timestamp names. Syncs of one object ask for the same few again and again, and reading a date costs more than all
// else a comparison does.

const moments = new Map<string, number>()
const MOST_KEPT = 200

/** Milliseconds since 1970 of an RFC 3339 text; NaN when it is none. */
export function timestampMs(text: string): number {
  const known = moments.get(text)
  if (known !== undefined) return known
  if (moments.size >= MOST_KEPT) moments.clear()
  const ms = Date.parse(text)
  moments.set(text, ms)
  return ms
}
