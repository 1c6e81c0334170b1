// Go's regexp (RE2 syntax and semantics) for patterns that clients send: what Go refuses is refused in its words, and a match
// takes linear time. The engine behind it is re2js, loaded when the first pattern comes.

import type * as Re2 from 're2js'
import { lazyLibrary } from '@podwire/engine'

export interface GoRegexp {
  /** Somewhere in the text, as Go's MatchString. */
  matches(text: string): boolean
  /** Every match, from left to right, as Go's FindAllString. */
  findAll(text: string): readonly string[]
}

/** Why Go would not compile a pattern: `error parsing regexp: missing closing ): …`. */
export interface RegexpError {
  readonly error: string
}

const loadEngine = lazyLibrary(import.meta.url, 're2js') as () => typeof Re2

const compiled = new Map<string, GoRegexp | RegexpError>()
const MAX_REMEMBERED = 1000

export function compileGoRegexp(pattern: string): GoRegexp | RegexpError {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const made = compile(pattern)
  if (compiled.size >= MAX_REMEMBERED) compiled.clear()
  compiled.set(pattern, made)
  return made
}

/** False too for a pattern that does not compile: such schemas are never stored. */
export function matchesGoRegexp(pattern: string, text: string): boolean {
  const regexp = compileGoRegexp(pattern)
  return 'matches' in regexp && regexp.matches(text)
}

function findAll(regexp: Re2.RE2JS, text: string): readonly string[] {
  const matcher = regexp.matcher(text)
  const found: string[] = []
  while (matcher.find()) found.push(matcher.group() ?? '')
  return found
}

function compile(pattern: string): GoRegexp | RegexpError {
  const { RE2JS, RE2JSSyntaxException } = loadEngine()
  try {
    const regexp = RE2JS.compile(pattern)
    return { matches: (text) => regexp.matcher(text).find(), findAll: (text) => findAll(regexp, text) }
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return { error: error.message }
    throw error
  }
}
