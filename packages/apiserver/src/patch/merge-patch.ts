// JSON Merge Patch, RFC 7386: null deletes, objects merge, everything else replaces.

/** Returns the patched value; `target` may be changed in place. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {}
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value))
  }
  // fromEntries makes own fields of every key, __proto__ included.
  return Object.fromEntries(merged)
}
