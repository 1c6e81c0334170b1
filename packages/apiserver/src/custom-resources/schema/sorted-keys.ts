// A value with its maps in the order of their keys, as Go prints and writes them. Source: encoding/json, fmt.

import { compareKeys } from '@podwire/engine'
import { isRecord } from './walk.ts'

export function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (!isRecord(value)) return value
  const entries = Object.entries(value).sort(compareKeys)
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedKeys(inner)]))
}
