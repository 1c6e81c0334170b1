// Equality and order of values. Numbers of all types compare by what they are worth; what cannot be compared is unequal, and has
// no order. Source: cel-go common/types (Equal and Compare of each type), apiserver pkg/cel/common/valuesunstructured.go (lists
// with a list type).

import { compareText } from '@podwire/engine'
import { isOfSchema, setKindOf } from './list-kinds.ts'
import {
  CelError,
  Duration,
  isLibraryValue,
  isList,
  isMap,
  NO_OVERLOAD,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type CelMap,
  type List,
  type Value,
} from './values.ts'

export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (isList(a)) return isList(b) && equalLists(a, b)
  if (isMap(a)) return isMap(b) && equalMaps(a, b)
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof Optional) return b instanceof Optional && equalOptionals(a, b)
  return isLibraryValue(a) && isLibraryValue(b) && a.celType === b.celType && a.equals(b)
}

/** Lists and maps that a schema describes are only compared with such. */
export function isOtherThanSchema(a: Value, b: Value): boolean {
  if (b === null || typeof a !== 'object' || a === null) return false
  return (isList(a) && !isList(b) && isOfSchema(a)) || (isMap(a) && !isMap(b) && isOfSchema(a))
}

function equalLists(a: List, b: List): boolean {
  if (a.length !== b.length) return false
  const kind = setKindOf(a)
  if (kind === undefined) return a.every((item, index) => equal(item, b[index] ?? null))
  return b.every((item) => a.some((mine) => kind.keyOf(mine) === kind.keyOf(item) && equal(mine, item)))
}

function equalMaps(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !equal(value, other)) return false
  }
  return true
}

function equalOptionals({ value: a }: Optional, { value: b }: Optional): boolean {
  return a === undefined || b === undefined ? a === b : equal(a, b)
}

type CelNumber = bigint | number | Uint

function isNumber(value: Value): value is CelNumber {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint
}

/** NaN: one of them is none. */
function compareNumbers(a: CelNumber, b: CelNumber): number {
  const left = a instanceof Uint ? a.value : a
  const right = b instanceof Uint ? b.value : b
  if (left < right) return -1
  if (left > right) return 1
  return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0
}

/** Below 0, 0 or above 0; an error when the two have no order. */
export function compare(a: Value, b: Value): number | CelError {
  if (isNumber(a) && isNumber(b)) {
    const order = compareNumbers(a, b)
    return Number.isNaN(order) ? new CelError('NaN values cannot be ordered') : order
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos)
  return NO_OVERLOAD
}
