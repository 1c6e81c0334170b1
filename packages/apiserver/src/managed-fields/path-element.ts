// One step of a path into an object, spelled as FieldsV1 spells it: `f:name` (field or map key), `k:{…}` (list item by its
// keys), `v:…` (item of a set), `i:0` (index). Source: structured-merge-diff fieldpath (element.go, serialize-pe.go).

import { compareText } from '@podwire/engine'
import { goFloat } from '../validation/go-number.ts'
import { isRecord } from '../objects/is-record.ts'
import { jsonText } from '../objects/json-text.ts'

export type PathElement = string

export function fieldElement(name: string): PathElement {
  return `f:${name}`
}

/** @param keys in the order of their names */
export function keyElement(keys: readonly (readonly [string, unknown])[]): PathElement {
  return `k:{${keys.map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(',')}}`
}

export function valueElement(value: unknown): PathElement {
  return `v:${jsonText(value)}`
}

/** The name of a field element, undefined for elements of lists. */
export function fieldName(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined
}

/** `unknown`: of a kind a later release may know, which is passed over. */
export function elementProblem(text: string): 'malformed' | 'unknown' | undefined {
  if (text[1] !== ':') return 'malformed'
  const rest = text.slice(2)
  const isGood = (good: boolean): 'malformed' | undefined => (good ? undefined : 'malformed')
  switch (text[0]) {
    case 'f':
      return undefined
    case 'k':
      return isGood(isRecord(parsed(rest)))
    case 'v':
      return isGood(parsed(rest) !== undefined)
    case 'i':
      return isGood(/^[+-]?\d+$/.test(rest))
    default:
      return 'unknown'
  }
}

/** As conflicts print it: `.spec`, `[name="main"]`, `[="v"]`, `[0]`. */
export function printElement(element: PathElement): string {
  const rest = element.slice(2)
  switch (element[0]) {
    case 'k': {
      const keys = parsed(rest)
      const shown = isRecord(keys) ? Object.entries(keys) : []
      return `[${shown.map(([name, value]) => `${name}=${printScalar(value)}`).join(',')}]`
    }
    case 'v':
      return `[=${printScalar(parsed(rest))}]`
    case 'i':
      return `[${rest}]`
    default:
      return `.${rest}`
  }
}

/** Numbers come from JSON as floats here. */
function printScalar(value: unknown): string {
  return typeof value === 'number' ? goFloat(value) : jsonText(value)
}

export function printPath(path: readonly PathElement[]): string {
  return path.map(printElement).join('')
}

/** Fields before keyed items before values before indices; each kind by its content, numbers as numbers. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a.startsWith('f') && b.startsWith('f')) return compareText(a, b)
  const kinds = 'fkvi'
  const kind = kinds.indexOf(a[0] ?? '') - kinds.indexOf(b[0] ?? '')
  if (kind !== 0) return kind
  if (a[0] === 'i') return Number(a.slice(2)) - Number(b.slice(2))
  const [left, right] = [parsed(a.slice(2)), parsed(b.slice(2))]
  if (!isRecord(left) || !isRecord(right)) return compareValues(left, right)
  const [leftKeys, rightKeys] = [Object.entries(left), Object.entries(right)]
  for (const [index, [name, value]] of leftKeys.entries()) {
    const other = rightKeys[index]
    if (other === undefined) return 1
    const order = compareText(name, other[0]) || compareValues(value, other[1])
    if (order !== 0) return order
  }
  return leftKeys.length - rightKeys.length
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'number') return -1
  return typeof b === 'number' ? 1 : compareText(String(a), String(b))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
