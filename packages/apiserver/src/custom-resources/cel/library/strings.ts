// Functions of strings that the language itself lacks: charAt, replace, format, quote, find and findAll. Source: cel-go
// ext/strings.go (version 2), apiserver pkg/cel/library/regex.go.

import type { Environment } from '@marcbachmann/cel-js'
import { quote } from '../../../validation/field-errors.ts'
import { compileGoRegexp, type GoRegexp } from '../../../validation/go-regexp.ts'
import { CelFunctionError } from './evaluation-error.ts'
import { OWN_NAMES } from './own-names.ts'

class StringsNamespace {
  readonly name = 'strings'
}

export function addStringFunctions(environment: Environment): void {
  environment
    .registerType('StringsNamespace', StringsNamespace)
    .registerConstant('strings', 'StringsNamespace', new StringsNamespace())
    .registerFunction('StringsNamespace.quote(string): string', (_: unknown, text: string) => quote(text))
    .registerFunction(`string.${OWN_NAMES.matches}(string): bool`, (text: string, pattern: string) =>
      regexpOf(pattern).matches(text),
    )
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction('string.replace(string, string, int): string', replace)
    .registerFunction('string.format(list<dyn>): string', format)
    .registerFunction('string.find(string): string', (text: string, pattern: string) => matches(text, pattern)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', matches)
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) => {
      const found = matches(text, pattern)
      return limit < 0n ? found : found.slice(0, Number(limit))
    })
}

function charAt(text: string, index: bigint): string {
  const characters = [...text]
  if (index < 0n || index > BigInt(characters.length)) throw new CelFunctionError(`index out of range: ${index}`)
  return characters[Number(index)] ?? ''
}

function replace(text: string, from: string, to: string, limit: bigint): string {
  let left = limit < 0n ? Infinity : Number(limit)
  return text.replaceAll(from, () => (left-- > 0 ? to : from))
}

function matches(text: string, pattern: string): readonly string[] {
  return regexpOf(pattern).findAll(text)
}

function regexpOf(pattern: string): GoRegexp {
  const regexp = compileGoRegexp(pattern)
  if ('error' in regexp) throw new CelFunctionError(regexp.error)
  return regexp
}

/** Go's verbs, as far as the extension has them. */
function format(template: string, values: readonly unknown[]): string {
  let next = 0
  return template.replace(/%(?:%|(?:\.(\d+))?([a-zA-Z]))/g, (found, digits: string | undefined, verb?: string) => {
    if (found === '%%') return '%'
    if (next >= values.length) throw new CelFunctionError(`index ${next} out of range`)
    return formatted(verb ?? '', values[next++], digits)
  })
}

function formatted(verb: string, value: unknown, digits: string | undefined): string {
  switch (verb) {
    case 's':
      return shown(value)
    case 'd':
      return String(value)
    case 'f':
      return Number(value).toFixed(digits === undefined ? 6 : Number(digits))
    case 'e':
      return Number(value).toExponential(digits === undefined ? 6 : Number(digits))
    case 'b':
      return radix(value, 2)
    case 'o':
      return radix(value, 8)
    case 'x':
      return radix(value, 16)
    case 'X':
      return radix(value, 16).toUpperCase()
    default:
      throw new CelFunctionError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`)
  }
}

function radix(value: unknown, base: number): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  return typeof value === 'bigint' || typeof value === 'number' ? value.toString(base) : String(value)
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as unknown[]).map(shown).join(', ')}]`
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${shown(key)}: ${shown(item)}`).join(', ')}}`
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z')
  return String(value)
}
