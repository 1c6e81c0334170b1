// The one guard that tells a JSON object from JSON's other values.
// A text, a number, null and a list are no objects here: readers of bodies
// and patches ask this before they look for a member.

/** What JSON calls an object: neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
