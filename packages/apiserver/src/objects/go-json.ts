// JSON as Go's encoding/json writes it: what could end a script element is escaped.
// Source: Go encoding/json (HTMLEscape, Encoder.SetEscapeHTML, which is on unless turned off).

import { jsonText } from './json-text.ts'

const ESCAPED: readonly string[] = ['<', '>', '&', '\u2028', '\u2029']

/** @param indent blanks a level; absent: all in one line */
export function goJson(value: unknown, indent = 0): string {
  return goEscaped(jsonText(value, indent))
}

/** The same of a text that is JSON already; nothing outside its strings needs an escape. */
export function goEscaped(json: string): string {
  // Five searches that find nothing are much cheaper than one pattern.
  if (!ESCAPED.some((char) => json.includes(char))) return json
  return json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
