// json.MarshalIndent with one blank a level, in lines. Empty lists and objects stay on one line, and HTML is escaped.

import { goEscaped } from '../objects/go-json.ts'
import { jsonText } from '../objects/json-text.ts'

export function indentedJson(value: unknown): readonly string[] {
  return jsonText(value, 1)
    .split('\n')
    .map((line) => goEscaped(line))
}
