// Reads JSON natively where nothing else is to be said of it: a text that JSON.stringify would write again letter by letter has
// no key twice and no number that a double cannot hold. That is what most clients send. Every other text goes to the scanner.

import { MAX_KEPT_DEPTH, scanJson, type ScannedJson } from './json-scanner.ts'

/** @throws JsonSyntaxError */
export function readJson(text: string): ScannedJson {
  return readCompact(text) ?? scanJson(text)
}

/** A list or map takes two characters, so texts shorter than this are never too deep. */
const ALWAYS_SHALLOW_CHARACTERS = 2 * MAX_KEPT_DEPTH

function readCompact(text: string): ScannedJson | undefined {
  let value: unknown
  let again: string
  try {
    value = JSON.parse(text)
    again = JSON.stringify(value)
  } catch {
    // No JSON, or too deep for the stack: the scanner knows what to say.
    return undefined
  }
  if (text !== again && text !== `${again}\n`) return undefined
  const depth = text.length < ALWAYS_SHALLOW_CHARACTERS ? 0 : depthWithin(value, MAX_KEPT_DEPTH)
  return depth === undefined ? undefined : { value, duplicates: NONE, depth }
}

const NONE: readonly string[] = []

/** How deep plain JSON is nested; undefined when that is more than `limit`. */
function depthWithin(value: unknown, limit: number): number | undefined {
  if (typeof value !== 'object' || value === null) return 0
  if (limit === 0) return undefined
  let deepest = 0
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    const depth = depthWithin(inner, limit - 1)
    if (depth === undefined) return undefined
    deepest = Math.max(deepest, depth)
  }
  return deepest + 1
}
