// Go's %v of decoded JSON, as it stands in the server's messages about patches: map[a:1 b:[x y]].

import { compareKeys } from '@podwire/engine'
import { goNumber } from '../validation/go-number.ts'

export function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(compareKeys)
    return `map[${fields.map(([key, field]) => `${key}:${goMap(field)}`).join(' ')}]`
  }
  return value === null ? '<nil>' : typeof value === 'number' ? goNumber(value) : String(value)
}

/** The Go type that decoded JSON has. */
export function goTypeName(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (value === null || value === undefined) return '%!s(<nil>)'
  if (typeof value === 'object') return 'map[string]interface {}'
  if (typeof value === 'bigint') return 'int64'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'float64'
  return typeof value === 'boolean' ? 'bool' : 'string'
}
