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
