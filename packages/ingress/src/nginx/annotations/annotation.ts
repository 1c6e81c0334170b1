// The shape of an annotation: its name after `nginx.ingress.kubernetes.io/`, and how its text changes the rules. What it
// returns is why the text is no good; the rules then stay as they were.

import type { RulesDraft } from './location-rules.ts'

export interface Annotation {
  readonly name: string
  read(text: string, rules: RulesDraft, namespace: string): string | undefined
}

/** `true` or `false`, and Go's other spellings of them. */
export function readBoolean(text: string, set: (value: boolean) => void): string | undefined {
  if (/^(true|t|1)$/i.test(text)) set(true)
  else if (/^(false|f|0)$/i.test(text)) set(false)
  else return 'must be true or false'
  return undefined
}

/** Rules that belong together, changed by annotations of their own. */
type Group = 'affinity' | 'authentication' | 'canary' | 'cors' | 'limits' | 'upstream'

/** An annotation that changes some of a group's rules. @param read a text in place of a change says why the value is no good */
export function settingOf<Key extends Group>(
  group: Key,
  name: string,
  read: (text: string, old: RulesDraft[Key]) => Partial<RulesDraft[Key]> | string,
): Annotation {
  return {
    name,
    read(text, rules) {
      const change = read(text, rules[group])
      if (typeof change === 'string') return change
      rules[group] = Object.assign({}, rules[group], change)
      return undefined
    },
  }
}

/** The same for what is on or off. */
export function switchOf<Key extends Group>(
  group: Key,
  name: string,
  change: (value: boolean, old: RulesDraft[Key]) => Partial<RulesDraft[Key]>,
): Annotation {
  return settingOf(group, name, (text, old) => {
    let changed: Partial<RulesDraft[Key]> = {}
    const problem = readBoolean(text, (value) => (changed = change(value, old)))
    return problem ?? changed
  })
}
