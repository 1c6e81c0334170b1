// Script text to a syntax tree (unbash), kept by text because containers run the same few scripts over and over.
// unbash is tolerant; what it had to guess is an error here, told apart by whether more input could mend it.

import { parse, type ParsedScript } from 'unbash'

const CACHE_SIZE = 500
const cache = new Map<string, ParsedScript>()

export function parseScript(text: string): ParsedScript {
  const known = cache.get(text)
  if (known !== undefined) return known
  const script = parse(text)
  if (cache.size >= CACHE_SIZE) cache.clear()
  cache.set(text, script)
  return script
}

export type SyntaxProblem = { readonly incomplete: boolean; readonly message: string; readonly line: number }

/** The first thing wrong with a script, in a shell's words. */
export function syntaxProblem(script: ParsedScript, text: string): SyntaxProblem | undefined {
  const error = script.errors?.[0]
  if (error === undefined) {
    return /\\$/.test(text) && !/\\\\$/.test(text)
      ? { incomplete: true, message: 'unexpected end of file', line: 1 }
      : undefined
  }
  const line = text.slice(0, error.pos).split('\n').length
  const rest = text.slice(error.pos).trim()
  const unterminated = /^unterminated/.test(error.message)
  const atEnd = rest === '' && /^(expected|unexpected end)/.test(error.message)
  if (unterminated) return { incomplete: true, message: wording(error.message), line }
  if (atEnd) {
    const expecting = /'([^']+)'/.exec(error.message)?.[1]
    const suffix = expecting === undefined || /after/.test(error.message) ? '' : ` (expecting "${expecting}")`
    return { incomplete: true, message: `unexpected end of file${suffix}`, line }
  }
  const token = /'([^']+)'/.exec(error.message)?.[1]
  const found = /^unexpected/.test(error.message) && token !== undefined ? token : (rest.split(/\s/)[0] ?? '')
  return { incomplete: false, message: `unexpected "${found}"`, line }
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
