// Script text to a syntax tree (unbash), kept by text because containers run the same few scripts over and over.
// unbash is tolerant; what it had to guess is an error here, told apart by whether more input could mend it.

import { lazyLibrary } from '@podwire/engine'
import type * as Unbash from 'unbash'
import type { ParsedScript } from 'unbash'

/** Loaded with the first script. */
const unbash = lazyLibrary(import.meta.url, 'unbash') as () => typeof Unbash

const CACHE_SIZE = 500
const cache = new Map<string, ParsedScript>()

export function parseScript(text: string): ParsedScript {
  const known = cache.get(text)
  if (known !== undefined) return known
  const script = unbash().parse(text)
  if (cache.size >= CACHE_SIZE) cache.clear()
  cache.set(text, script)
  return script
}

export interface SyntaxProblem {
  readonly incomplete: boolean
  readonly message: string
  /** Where in the text it is. */
  readonly position: number
}

/** The first thing wrong with a script, in a shell's words. */
export function syntaxProblem(script: ParsedScript, text: string): SyntaxProblem | undefined {
  const errors = script.errors ?? []
  // A group in which nothing stands yet, and which nothing closes: more is to come.
  const opened = /^expected command in /.test(errors[0]?.message ?? '') && / to close /.test(errors[1]?.message ?? '')
  const error = errors[opened ? 1 : 0]
  if (error === undefined) {
    return /\\$/.test(text) && !/\\\\$/.test(text)
      ? { incomplete: true, message: 'unexpected end of file', position: 0 }
      : undefined
  }
  const position = error.pos
  const rest = text.slice(position).trim()
  const unterminated = /^unterminated/.test(error.message)
  const atEnd = rest === '' && /^(expected|unexpected end)/.test(error.message)
  if (unterminated) return { incomplete: true, message: wording(error.message), position }
  if (atEnd) {
    const expecting = /'([^']+)'/.exec(error.message)?.[1]
    const suffix = expecting === undefined || /after/.test(error.message) ? '' : ` (expecting "${expecting}")`
    return { incomplete: true, message: `unexpected end of file${suffix}`, position }
  }
  const token = /'([^']+)'/.exec(error.message)?.[1]
  const found = /^unexpected/.test(error.message) && token !== undefined ? token : (rest.split(/\s/)[0] ?? '')
  return { incomplete: false, message: `unexpected "${found}"`, position }
}

function wording(message: string): string {
  if (/quote/.test(message)) return 'unterminated quoted string'
  if (/parameter/.test(message)) return 'missing "}"'
  return 'unexpected end of file'
}

/** True when a here-document of this script is still waiting for its closing line. */
export function openHereDocument(script: ParsedScript): boolean {
  return /"type":"HereDoc"/.test(JSON.stringify(script)) && !closedHereDocuments(JSON.stringify(script))
}

function closedHereDocuments(json: string): boolean {
  const opened = json.split('"type":"HereDoc"').length
  return json.split('"closing":').length >= opened
}
