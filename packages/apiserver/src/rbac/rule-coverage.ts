// Do the rules somebody holds cover the rules to be granted, and if not, which are missing? Rules are broken into pieces of one
// verb on one thing; what is missing is put together again for the message.
// Source: component-helpers auth/rbac/validation/policy_comparator.go, pkg/registry/rbac/validation/policy_compact.go.

import { compareText } from '@podwire/engine'
import type { PolicyRule } from '../objects/index.ts'
import { quote } from '../validation/field-errors.ts'
import { pathMatches } from './policy-rule.ts'

type List = readonly string[] | undefined

function pieces(rule: PolicyRule): readonly PolicyRule[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  // What decodes need not be valid yet.
  const verbs: readonly string[] = (rule as Partial<PolicyRule>).verbs ?? []
  const named = (piece: PolicyRule): readonly PolicyRule[] =>
    resourceNames.length === 0 ? [piece] : resourceNames.map((name) => ({ ...piece, resourceNames: [name] }))
  const ofVerb = (verb: string): readonly PolicyRule[] =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => named({ apiGroups: [group], resources: [resource], verbs: [verb] })),
    )
  const ofPaths = nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] })))
  return [...verbs.flatMap((verb) => ofVerb(verb)), ...ofPaths]
}

function hasAll(held: List = [], wanted: List = []): boolean {
  return held.includes('*') || wanted.every((value) => held.includes(value))
}

function coversResources(held: List = [], wanted: List = []): boolean {
  if (held.includes('*')) return true
  return wanted.every((path) => {
    const slash = path.indexOf('/')
    return held.includes(path) || (slash >= 0 && held.includes(`*${path.slice(slash)}`))
  })
}

function coversNames(held: List = [], wanted: List = []): boolean {
  return held.length === 0 || (wanted.length > 0 && wanted.every((name) => held.includes(name)))
}

function coversPaths(held: List = [], wanted: List = []): boolean {
  return wanted.every((path) => held.some((pattern) => pathMatches(pattern, path)))
}

function covers(held: PolicyRule, piece: PolicyRule): boolean {
  return (
    hasAll(held.verbs, piece.verbs) &&
    hasAll(held.apiGroups, piece.apiGroups) &&
    coversResources(held.resources, piece.resources) &&
    coversPaths(held.nonResourceURLs, piece.nonResourceURLs) &&
    coversNames(held.resourceNames, piece.resourceNames)
  )
}

/** The pieces of `wanted` nobody among `held` covers. */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap((rule) => pieces(rule)).filter((piece) => !held.some((rule) => covers(rule, piece)))
}

/** Pieces on the same resource become one rule with all their verbs. */
function compact(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const simple = new Map<string, { rule: PolicyRule; verbs: string[] }>()
  const others: PolicyRule[] = []
  for (const rule of rules) {
    if ((rule.nonResourceURLs ?? []).length > 0) {
      others.push(rule)
      continue
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames])
    const known = simple.get(key)
    if (known === undefined) simple.set(key, { rule, verbs: [...rule.verbs] })
    else known.verbs.push(...rule.verbs)
  }
  return [...others, ...[...simple.values()].map(({ rule, verbs }) => ({ ...rule, verbs }))]
}

/** As Go prints a list of strings with %q. */
export function quotedList(list: readonly string[]): string {
  return `[${list.map(quote).join(' ')}]`
}

function ruleText(rule: PolicyRule): string {
  const parts: readonly (readonly [string, List])[] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ]
  const texts = parts.flatMap(([name, list = []]) => (list.length === 0 ? [] : `${name}:${quotedList(list)}`))
  return `{${texts.join(', ')}}`
}

/** One line a rule, sorted, each once. */
export function describeRules(rules: readonly PolicyRule[]): string {
  const lines = new Set(compact(rules).map((rule) => ruleText(rule)))
  return [...lines].sort(compareText).join('\n')
}
