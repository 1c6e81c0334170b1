// json.MarshalIndent with one blank a level, in lines. Empty lists and objects stay on one line, and HTML is escaped.

import { goJson } from '../validation/field-errors.ts'

export function indentedJson(value: unknown): readonly string[] {
  return JSON.stringify(value, undefined, 1)
    .split('\n')
    .map((line) => goEscaped(line))
}

/** Nothing outside strings needs an escape, so a line may be escaped as it stands. */
function goEscaped(line: string): string {
  return /[<>&\u2028\u2029]/.test(line) ? goJson(line).slice(1, -1) : line
}
