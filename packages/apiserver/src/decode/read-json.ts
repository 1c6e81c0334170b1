// Reads JSON natively where nothing else is to be said of it: no key comes twice, and every number is one that JavaScript would
// write as it came. That is what nearly all clients send. Every other text goes to the scanner.

import { MAX_KEPT_DEPTH, scanJson, type ScannedJson } from './json-scanner.ts'

/** JSON as nearly all clients write it. */
export interface PlainJson {
  readonly value: unknown
  readonly depth: number
  /** How many members the objects of its text have: `value` has fewer where a key came twice. */
  readonly members: number
}

/**
 * @param plain the text as `readPlain` has read it, where that is known already
 * @throws JsonSyntaxError
 */
export function readJson(text: string, plain: PlainJson | undefined = readPlain(text)): ScannedJson {
  // A key that came twice is there once.
  if (plain === undefined || membersOf(plain.value) !== plain.members) return scanJson(text)
  return { value: plain.value, duplicates: NONE, depth: plain.depth }
}

/** JSON that is known to be well formed and to name no key twice, with whole numbers exact. */
export function parseExactly(text: string): unknown {
  return MAY_BE_INEXACT.test(text) ? scanJson(text).value : (JSON.parse(text) as unknown)
}

const MAY_BE_INEXACT = /[\s:[,]-?\d{16}/

/** undefined for what only the scanner can tell. Whether a key came twice is not known yet. */
export function readPlain(text: string): PlainJson | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // No JSON, or too deep for the stack: the scanner knows what to say.
    return undefined
  }
  const counted = countMembers(text)
  if (counted === undefined || counted.depth > MAX_KEPT_DEPTH) return undefined
  return { value, depth: counted.depth, members: counted.members }
}

const NONE: readonly string[] = []

/** Integers of more digits may not be what a double holds. */
const SAFE_DIGITS = 15

const QUOTE = 0x22
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPENING_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSING_BRACKET = 0x5d
const LARGE_E = 0x45
const SMALL_E = 0x65
const SMALL_U = 0x75
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d

/**
 * How many members the objects of a text have, and how deep its lists and objects are nested; undefined where a number is more
 * than a plain integer, or a string has a character by its code.
 * @param text of valid JSON
 */
function countMembers(text: string): { readonly members: number; readonly depth: number } | undefined {
  const { length } = text
  let members = 0
  let open = 0
  let depth = 0
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      for (;;) {
        const inner = text.charCodeAt(++at)
        if (inner === QUOTE) break
        if (inner === BACKSLASH && text.charCodeAt(++at) === SMALL_U) return undefined
      }
    } else if (code === COLON) members++
    else if (code === OPENING_BRACE || code === OPENING_BRACKET) {
      if (++open > depth) depth = open
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) open--
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfInteger(text, at)
      if (end === undefined) return undefined
      at = end - 1
    }
  }
  return { members, depth }
}

/** Where the number that begins at `start` ends; undefined where JavaScript might not write it as it is. */
function endOfInteger(text: string, start: number): number | undefined {
  const isNegative = text.charCodeAt(start) === MINUS
  let end = isNegative ? start + 1 : start
  if (isNegative && text.charCodeAt(end) === ZERO) return undefined
  const first = end
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === POINT || code === LARGE_E || code === SMALL_E) return undefined
    if (code < ZERO || code > NINE) break
  }
  return end - first > SAFE_DIGITS ? undefined : end
}

/** How many members the objects of plain JSON have, all together. It is no deeper than the scanner lets pass. */
export function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') members += membersOf(item)
    return members
  }
  const fields = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(fields)) {
    members++
    const inner = fields[key]
    if (typeof inner === 'object') members += membersOf(inner)
  }
  return members
}
