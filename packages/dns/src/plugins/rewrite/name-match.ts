// How a rule of `rewrite` finds a name and what it makes of it: exact, prefix, suffix, substring or regex.
// Source: CoreDNS plugin/rewrite/name.go.

import { parseError } from '../../corefile/index.ts'
import { fullyQualified } from '../../wire/index.ts'

/** The new name; undefined when the rule does not match. */
export type NameChange = (name: string) => string | undefined

const MATCHES: ReadonlySet<string> = new Set(['exact', 'prefix', 'suffix', 'substring', 'regex'])

export function isNameMatch(word: string | undefined): word is string {
  return word !== undefined && MATCHES.has(word)
}

export function nameChange(match: string, from: string, to: string, line: number): NameChange {
  const lower = from.toLowerCase()
  switch (match) {
    case 'prefix':
      return (name) => (name.startsWith(lower) ? to + name.slice(lower.length) : undefined)
    case 'suffix': {
      const [tail, other] = [fullyQualified(lower), fullyQualified(to)]
      return (name) => (name.endsWith(tail) ? name.slice(0, name.length - tail.length) + other : undefined)
    }
    case 'substring':
      return (name) => (name.includes(lower) ? name.replaceAll(lower, to) : undefined)
    case 'regex':
      return regexChange(from, to, line)
    default: {
      const exact = fullyQualified(lower)
      return (name) => (name === exact ? fullyQualified(to) : undefined)
    }
  }
}

/** Does a name match, for rules that change something else? */
export function nameTest(match: string, pattern: string, line: number): (name: string) => boolean {
  const change = nameChange(match, pattern, '', line)
  return (name) => change(name) !== undefined
}

/** The pattern sees the name with and without its final dot, as the real plugin does. */
export function regexChange(from: string, to: string, line: number): NameChange {
  let pattern: RegExp
  try {
    pattern = new RegExp(from)
  } catch {
    throw parseError(line, `invalid regex pattern in a name rule: ${from}`, 'rewrite')
  }
  return (name) => {
    const groups = pattern.exec(name) ?? pattern.exec(name.slice(0, -1))
    if (groups === null) return undefined
    return fullyQualified(to.replace(/\{(\d+)\}/g, (_, group: string) => groups[Number(group)] ?? ''))
  }
}
