// The operators of the language: arithmetic, comparison, membership, indexing. Logic, equality, choice and indexing are done by
// the evaluator; their overloads are here for the checker. Source: cel-go common/stdlib/standard.go, common/types (Add and the
// like of each type), common/types/overflow.go.

import { addLists } from '../run/list-kinds.ts'
import { compare, equal } from '../run/compare.ts'
import { CelError, Duration, isList, isMap, keyOf, NO_OVERLOAD, Timestamp, Uint, type Value } from '../run/values.ts'
import type { FunctionTable, Run } from './function-table.ts'

const INT_OVERFLOW = new CelError('integer overflow')
const UINT_OVERFLOW = new CelError('unsigned integer overflow')
const TIMESTAMP_OVERFLOW = new CelError('timestamp overflow')
const INT64 = 2n ** 63n
const UINT64 = 2n ** 64n
const MIN_NANOS = -62_135_596_800_000_000_000n
const MAX_NANOS = 253_402_300_799_999_999_999n

export function intOf(value: bigint): Value {
  return value < INT64 && value >= -INT64 ? value : INT_OVERFLOW
}

export function uintOf(value: bigint): Value {
  return value < UINT64 && value >= 0n ? new Uint(value) : UINT_OVERFLOW
}

export function durationOf(nanos: bigint): Value {
  return nanos < INT64 && nanos >= -INT64 ? new Duration(nanos) : INT_OVERFLOW
}

export function timestampOf(nanos: bigint, zone = 0): Value {
  return nanos >= MIN_NANOS && nanos <= MAX_NANOS ? new Timestamp(nanos, zone) : TIMESTAMP_OVERFLOW
}

/** Evaluated by other means. */
const special: Run = () => NO_OVERLOAD

export function addOperators(table: FunctionTable): void {
  table
    .free('conditional', '_?_:_', ['bool', 'A', 'A'], 'A', special)
    .free('logical_and', '_&&_', ['bool', 'bool'], 'bool', special)
    .free('logical_or', '_||_', ['bool', 'bool'], 'bool', special)
    .free('logical_not', '!_', ['bool'], 'bool', (a) => (typeof a === 'boolean' ? !a : NO_OVERLOAD))
    .free('not_strictly_false', '@not_strictly_false', ['bool'], 'bool', special)
    .free('equals', '_==_', ['A', 'A'], 'bool', special)
    .free('not_equals', '_!=_', ['A', 'A'], 'bool', special)
    .free('in_list', '@in', ['A', 'list<A>'], 'bool', contains)
    .free('in_map', '@in', ['A', 'map<A, B>'], 'bool', contains)
    .free('index_list', '_[_]', ['list<A>', 'int'], 'A', special)
    .free('index_map', '_[_]', ['map<A, B>', 'A'], 'B', special)
    .free('negate_double', '-_', ['double'], 'double', negate)
    .free('negate_int64', '-_', ['int'], 'int', negate)
  addArithmetic(table)
  addOrder(table)
}

function addArithmetic(table: FunctionTable): void {
  for (const [name, left, right, result, id] of [
    ['_+_', 'bytes', 'bytes', 'bytes', 'add_bytes'],
    ['_+_', 'double', 'double', 'double', 'add_double'],
    ['_+_', 'duration', 'duration', 'duration', 'add_duration_duration'],
    ['_+_', 'duration', 'timestamp', 'timestamp', 'add_duration_timestamp'],
    ['_+_', 'timestamp', 'duration', 'timestamp', 'add_timestamp_duration'],
    ['_+_', 'int', 'int', 'int', 'add_int64'],
    ['_+_', 'list<A>', 'list<A>', 'list<A>', 'add_list'],
    ['_+_', 'string', 'string', 'string', 'add_string'],
    ['_+_', 'uint', 'uint', 'uint', 'add_uint64'],
    ['_-_', 'double', 'double', 'double', 'subtract_double'],
    ['_-_', 'duration', 'duration', 'duration', 'subtract_duration_duration'],
    ['_-_', 'int', 'int', 'int', 'subtract_int64'],
    ['_-_', 'timestamp', 'duration', 'timestamp', 'subtract_timestamp_duration'],
    ['_-_', 'timestamp', 'timestamp', 'duration', 'subtract_timestamp_timestamp'],
    ['_-_', 'uint', 'uint', 'uint', 'subtract_uint64'],
    ...numeric('_*_', 'multiply', ['double', 'int', 'uint']),
    ...numeric('_/_', 'divide', ['double', 'int', 'uint']),
    ...numeric('_%_', 'modulo', ['int', 'uint']),
  ] as const) {
    table.free(id, name, [left, right], result, ARITHMETIC[name])
  }
}

type ArithmeticName = '_%_' | '_*_' | '_+_' | '_-_' | '_/_'

function numeric(
  name: ArithmeticName,
  id: string,
  types: readonly string[],
): readonly (readonly [ArithmeticName, string, string, string, string])[] {
  return types.map((type) => [name, type, type, type, `${id}_${type === 'double' ? type : `${type}64`}`])
}

const ARITHMETIC: Readonly<Record<ArithmeticName, Run>> = {
  '_+_': add,
  '_-_': subtract,
  '_*_': arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  '_/_': arithmetic(
    (a, b) => (b === 0n ? undefined : a / b),
    (a, b) => a / b,
    'division by zero',
  ),
  '_%_': arithmetic((a, b) => (b === 0n ? undefined : a % b), undefined, 'modulus by zero'),
}

/** @param whole undefined where the second is zero */
function arithmetic(
  whole: (a: bigint, b: bigint) => bigint | undefined,
  broken: ((a: number, b: number) => number) | undefined,
  byZero = '',
): Run {
  return (a = null, b = null) => {
    if (typeof a === 'bigint' && typeof b === 'bigint') {
      const result = whole(a, b)
      return result === undefined ? new CelError(byZero) : intOf(result)
    }
    if (a instanceof Uint && b instanceof Uint) {
      const result = whole(a.value, b.value)
      return result === undefined ? new CelError(byZero) : uintOf(result)
    }
    return typeof a === 'number' && typeof b === 'number' && broken !== undefined ? broken(a, b) : NO_OVERLOAD
  }
}

export function add(a: Value = null, b: Value = null): Value {
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (typeof a === 'bigint' && typeof b === 'bigint') return intOf(a + b)
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof Uint && b instanceof Uint) return uintOf(a.value + b.value)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array([...a, ...b])
  if (isList(a) && isList(b)) return addLists(a, b)
  if (a instanceof Duration && b instanceof Duration) return durationOf(a.nanos + b.nanos)
  if (a instanceof Duration && b instanceof Timestamp) return timestampOf(a.nanos + b.nanos, b.zone)
  return a instanceof Timestamp && b instanceof Duration ? timestampOf(a.nanos + b.nanos, a.zone) : NO_OVERLOAD
}

function subtract(a: Value = null, b: Value = null): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return intOf(a - b)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (a instanceof Uint && b instanceof Uint) return uintOf(a.value - b.value)
  if (a instanceof Duration && b instanceof Duration) return durationOf(a.nanos - b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return timestampOf(a.nanos - b.nanos, a.zone)
  return a instanceof Timestamp && b instanceof Timestamp ? durationOf(a.nanos - b.nanos) : NO_OVERLOAD
}

function negate(a: Value = null): Value {
  if (typeof a === 'bigint') return intOf(-a)
  return typeof a === 'number' ? -a : NO_OVERLOAD
}

const ORDERS: readonly (readonly [string, string, (order: number) => boolean])[] = [
  ['_<_', 'less', (order) => order < 0],
  ['_<=_', 'less_equals', (order) => order <= 0],
  ['_>_', 'greater', (order) => order > 0],
  ['_>=_', 'greater_equals', (order) => order >= 0],
]
const ORDERED: readonly (readonly [string, string, string])[] = [
  ['bool', 'bool', 'bool'],
  ['int', 'int', 'int64'],
  ['int', 'double', 'int64_double'],
  ['int', 'uint', 'int64_uint64'],
  ['uint', 'uint', 'uint64'],
  ['uint', 'double', 'uint64_double'],
  ['uint', 'int', 'uint64_int64'],
  ['double', 'double', 'double'],
  ['double', 'int', 'double_int64'],
  ['double', 'uint', 'double_uint64'],
  ['string', 'string', 'string'],
  ['bytes', 'bytes', 'bytes'],
  ['timestamp', 'timestamp', 'timestamp'],
  ['duration', 'duration', 'duration'],
]

function addOrder(table: FunctionTable): void {
  for (const [name, id, holds] of ORDERS) {
    const run: Run = (a = null, b = null) => {
      const order = compare(a, b)
      return order instanceof CelError ? order : holds(order)
    }
    for (const [left, right, types] of ORDERED) table.free(`${id}_${types}`, name, [left, right], 'bool', run)
  }
}

function contains(item: Value = null, holder: Value = null): Value {
  if (isList(holder)) return holder.some((other) => equal(item, other))
  if (!isMap(holder)) return NO_OVERLOAD
  const key = keyOf(item)
  return key === undefined ? NO_OVERLOAD : holder.has(key)
}
