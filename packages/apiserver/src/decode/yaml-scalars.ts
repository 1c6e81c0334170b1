// Plain scalars as YAML 1.1 in go-yaml reads them: `yes`, `on` and `y` are true, 010 is eight, 1_000 a thousand, and what
// looks like a date stays text. Source: go.yaml.in/yaml/v2 resolve.go.

import { exactInteger, JsonSyntaxError } from './json-scanner.ts'

const WORDS: ReadonlyMap<string, boolean | null | number> = new Map<string, boolean | null | number>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const),
])

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/

/** What an untagged plain scalar means. */
export function resolvePlain(text: string): boolean | null | number | bigint | string {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (!/^[-+.0-9]/.test(text)) return text
  const digits = text.replaceAll('_', '')
  const whole = integerOf(digits)
  if (whole !== undefined) return whole
  // What no float64 holds stays text.
  return FLOAT.test(digits) && Number.isFinite(Number(digits)) ? Number(digits) : text
}

/** As strconv.ParseInt reads it with base 0: the prefix says the base. */
function integerOf(text: string): number | bigint | undefined {
  const [, sign = '', prefix = '', body = ''] = /^([-+]?)(0[xX]|0[bB]|0[oO]|0(?=.)|)(.+)$/.exec(text) ?? []
  const base = BASES.get(prefix.toLowerCase())
  if (base === undefined || !base.digits.test(body)) return undefined
  const value = prefix === '' ? Number(body) : Number.parseInt(body, base.radix)
  if (prefix === '' && !Number.isSafeInteger(value))
    return exactInteger(`${sign === '-' ? '-' : ''}${body}`) ?? (sign === '-' ? -value : value)
  return sign === '-' ? -value : value
}

const BASES: ReadonlyMap<string, { readonly radix: number; readonly digits: RegExp }> = new Map([
  ['', { radix: 10, digits: /^\d+$/ }],
  ['0', { radix: 8, digits: /^[0-7]+$/ }],
  ['0o', { radix: 8, digits: /^[0-7]+$/ }],
  ['0b', { radix: 2, digits: /^[01]+$/ }],
  ['0x', { radix: 16, digits: /^[0-9a-fA-F]+$/ }],
])

/** A scalar that says its type. Tags of nobody's leave it the text it is. */
export function resolveTagged(text: string, tag: string): boolean | null | number | bigint | string {
  switch (tag) {
    case 'tag:yaml.org,2002:binary':
      return Buffer.from(text, 'base64').toString('utf8')
    case 'tag:yaml.org,2002:bool':
    case 'tag:yaml.org,2002:float':
    case 'tag:yaml.org,2002:int':
    case 'tag:yaml.org,2002:null': {
      const value = resolvePlain(text)
      if (typeof value !== 'string') return value
      throw new JsonSyntaxError(`yaml: cannot decode !!str \`${text}\` as a !!${tag.replace(/.*:/, '')}`)
    }
    default:
      return text
  }
}
