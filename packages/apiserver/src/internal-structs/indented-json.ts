// json.MarshalIndent with one blank a level, in lines. Empty lists and objects stay on one line, and HTML is escaped.

import { goEscaped } from '../objects/go-json.ts'

export function indentedJson(value: unknown): readonly string[] {
  return JSON.stringify(value, undefined, 1)
    .split('\n')
    .map((line) => goEscaped(line))
}
