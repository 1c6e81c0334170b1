// Values of an applied configuration as Go prints them in its type errors: `%v` and `%#v` of what YAML became, where every
// number is a float64. Source: structured-merge-diff typed/validate.go, value/valueunstructured.go; Go's fmt and strconv.

import { compareKeys } from '@podwire/engine'
import { quote } from '../validation/field-errors.ts'
import { goFloat } from '../validation/go-number.ts'

/** `&{map[a:1]}` */
export function goValue(value: unknown): string {
  return `&{${plain(value)}}`
}

/** `&value.valueUnstructured{Value:map[string]interface {}{"a":1}}` */
export function goValueSyntax(value: unknown): string {
  return `&value.valueUnstructured{Value:${syntax(value)}}`
}

/** `%T` */
export function goValueType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'object' ? 'map[string]interface {}' : typeof value
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`
  if (typeof value !== 'object' || value === null) return scalar(value, '<nil>', (text) => text)
  return `map[${sorted(value, (key, field) => `${key}:${plain(field)}`).join(' ')}]`
}

function syntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(syntax).join(', ')}}`
  if (typeof value !== 'object' || value === null) return scalar(value, 'interface {}(nil)', quote)
  return `map[string]interface {}{${sorted(value, (key, field) => `${quote(key)}:${syntax(field)}`).join(', ')}}`
}

function scalar(value: unknown, nil: string, text: (value: string) => string): string {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'bigint') return goFloat(Number(value))
  return typeof value === 'number' ? goFloat(value) : value === null ? nil : String(value)
}

function sorted(value: object, print: (key: string, field: unknown) => string): readonly string[] {
  return Object.entries(value)
    .sort(compareKeys)
    .map(([key, field]) => print(key, field))
}
