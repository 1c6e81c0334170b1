// How a rule of `rewrite` finds a name: exact, prefix, suffix, substring or regex. Patterns are full names, so a prefix ends
// at a dot. Source: CoreDNS plugin/rewrite/name.go.

import { fullyQualified } from '../../wire/index.ts'
import { goRegexp } from '../go-regexp.ts'
import { ruleError } from './rule.ts'

/** The new name; undefined when the rule does not match. Names are lower case and full. */
export type NameChange = (name: string) => string | undefined

const MATCHES: ReadonlySet<string> = new Set(['exact', 'prefix', 'suffix', 'substring', 'regex'])

export function isNameMatch(word: string): boolean {
  return MATCHES.has(word)
}

/** Lower case and fully qualified, as CoreDNS normalizes names of rules. */
export function normalized(name: string): string {
  return fullyQualified(name.toLowerCase())
}

/** @param from,to normalized, but `from` of regex */
export function nameChange(match: string, from: string, to: string): NameChange {
  switch (match) {
    case 'prefix':
      return (name) => (name.startsWith(from) ? to + name.slice(from.length) : undefined)
    case 'suffix':
      return (name) => (name.endsWith(from) ? name.slice(0, name.length - from.length) + to : undefined)
    case 'substring':
      return (name) => (name.includes(from) ? name.replaceAll(from, to) : undefined)
    case 'regex':
      return regexChange(from, to)
    default:
      return (name) => (name === from ? to : undefined)
  }
}

/** Does a name match, for rules that change something else? @param what the rule's name in messages */
export function nameTest(match: string, from: string, what: string): (name: string) => boolean {
  if (match !== 'regex') {
    const change = nameChange(match, normalized(from), '')
    return (name) => change(name) !== undefined
  }
  const regexp = goRegexp(from)
  if ('problem' in regexp) throw ruleError(`invalid regex pattern in a ${what} rule: ${from}`)
  return (name) => regexp.pattern.test(name)
}

/** `{1}` in `to` is the pattern's first group. */
export function regexChange(from: string, to: string): NameChange {
  const regexp = goRegexp(from)
  if ('problem' in regexp) throw ruleError(`invalid regex matching pattern: ${from}`)
  const used = new Set([...to.matchAll(/\{(\d{1,3})\}/g)].map(([, group]) => Number(group)).filter((n) => n <= 100))
  if (used.size > regexp.groups) {
    throw ruleError(
      `the rewrite regex pattern (${to}) uses more subexpressions than its corresponding matching regex pattern (${from})`,
    )
  }
  return (name) => {
    const groups = regexp.pattern.exec(name)
    return groups === null ? undefined : substituted(to, groups)
  }
}

export function substituted(to: string, groups: readonly string[]): string {
  return to.replace(/\{(\d+)\}/g, (whole, group: string) =>
    Number(group) < groups.length ? (groups[Number(group)] ?? '') : whole,
  )
}
