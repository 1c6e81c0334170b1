// The short notation in which the bootstrap policy is written here. A role's name stands at the start of a line, after it
// labels; its rules follow, indented: `verbs | groups | resources | names`, or `verbs | /paths`. `core` is the core group.
// Lists come out sorted, as upstream's rule builder leaves them.

import { compareText, invariant } from '@podwire/engine'
import type { PolicyRule } from '../objects/index.ts'

export interface RoleText {
  readonly name: string
  /** Words after the name. */
  readonly words: readonly string[]
  readonly rules: readonly PolicyRule[]
}

function wordsOf(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '')
}

function sorted(text: string): readonly string[] {
  return [...wordsOf(text)].sort(compareText)
}

function readRule(line: string): PolicyRule {
  const [verbs = '', second = '', resources, names] = line.split('|')
  if (resources === undefined) return { verbs: sorted(verbs), nonResourceURLs: sorted(second) }
  const apiGroups = sorted(second.replace(/\bcore\b/, '')).slice()
  return {
    verbs: sorted(verbs),
    apiGroups: /\bcore\b/.test(second) ? ['', ...apiGroups] : apiGroups,
    resources: sorted(resources),
    ...(names === undefined ? {} : { resourceNames: sorted(names) }),
  }
}

export function readRoles(text: string): readonly RoleText[] {
  const roles: { name: string; words: readonly string[]; rules: PolicyRule[] }[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    if (line.startsWith(' ')) {
      const last = roles.at(-1)
      invariant(last !== undefined, 'a rule stands below its role')
      last.rules.push(readRule(line))
      continue
    }
    const [name = '', ...words] = wordsOf(line)
    roles.push({ name, words, rules: [] })
  }
  return roles
}
