// The known word that somebody who wrote another one probably meant: the nearest by edits, when it is near, or one that has more to it
// (`timeout` of `timeoutMs`, `mode` of `proxyMode`). Capitals do not count.

import { distance } from 'fastest-levenshtein'

/** Of a word so long this share of letters may differ. */
const MOST_DIFFERENT = 0.4

/** @returns undefined when no word is near */
export function didYouMean(given: string, words: readonly string[]): string | undefined {
  const lower = given.toLowerCase()
  let nearest: { readonly word: string; readonly edits: number } | undefined
  for (const word of words) {
    const known = word.toLowerCase()
    const edits = isPart(lower, known) || isPart(known, lower) || isSwap(lower, known) ? 1 : distance(lower, known)
    const most = Math.max(1, Math.floor(Math.max(word.length, given.length) * MOST_DIFFERENT))
    if (edits <= most && (nearest === undefined || edits < nearest.edits)) nearest = { word, edits }
  }
  return nearest?.word
}

const LEAST_PART = 3

/** Its beginning, its end, or half of its letters in their order: `podcidr` of `podnetworkcidr`. */
function isPart(part: string, whole: string): boolean {
  if (part.length < LEAST_PART || part.length > whole.length) return false
  return whole.startsWith(part) || whole.endsWith(part) || (part.length * 2 >= whole.length && isWithin(part, whole))
}

function isWithin(part: string, whole: string): boolean {
  let found = 0
  for (const letter of whole) if (letter === part[found]) found++
  return found === part.length
}

/** Two letters side by side have changed places: `laod` of `load`. */
function isSwap(given: string, known: string): boolean {
  const at = [...given].findIndex((letter, index) => letter !== known[index])
  if (at < 0 || given.length !== known.length) return false
  return given.slice(0, at) + (given[at + 1] ?? '') + (given[at] ?? '') + given.slice(at + 2) === known
}
