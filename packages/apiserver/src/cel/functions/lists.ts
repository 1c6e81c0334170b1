// Functions of lists and sets of values. Source: apiserver pkg/cel/library/lists.go, cel-go ext/lists.go (version 3), ext/sets.go,
// cel/library.go (optional values).

import { compare, equal } from '../run/compare.ts'
import {
  CelError,
  Duration,
  isList,
  isMap,
  keyOf,
  NO_OVERLOAD,
  Optional,
  Timestamp,
  typeNameOf,
  Uint,
  type CelMap,
  type List,
  type Value,
} from '../run/values.ts'
import type { FunctionTable, Run } from './function-table.ts'

const COMPARABLE = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'] as const

export function addLists(table: FunctionTable, add: Run): void {
  for (const type of COMPARABLE) {
    table
      .member(`list_${type}_is_sorted_bool`, 'isSorted', [`list<${type}>`], 'bool', ofList(isSorted))
      .member(
        `list_${type}_max_${type}`,
        'max',
        [`list<${type}>`],
        type,
        ofList((list) => extreme(list, 'max', 1)),
      )
      .member(
        `list_${type}_min_${type}`,
        'min',
        [`list<${type}>`],
        type,
        ofList((list) => extreme(list, 'min', -1)),
      )
      .member(
        `list_${type}_sort`,
        'sort',
        [`list<${type}>`],
        `list<${type}>`,
        ofList((list) => sorted(list, list)),
      )
      .member(
        `list_${type}_sortByAssociatedKeys`,
        '@sortByAssociatedKeys',
        ['list<T>', `list<${type}>`],
        'list<T>',
        twoLists(sorted),
      )
  }
  addSums(table, add)
  addUntyped(table)
  addSets(table)
  addOptionals(table)
}

function addSums(table: FunctionTable, add: Run): void {
  for (const [type, zero] of [
    ['int', 0n],
    ['uint', new Uint(0n)],
    ['double', 0],
    ['duration', new Duration(0n)],
  ] as const) {
    table.member(
      `list_${type}_sum_${type}`,
      'sum',
      [`list<${type}>`],
      type,
      ofList((list) => sum(list, zero, add)),
    )
  }
}

const of = 'list<T>'

function addUntyped(table: FunctionTable): void {
  table
    .member(
      'list_a_index_of_int',
      'indexOf',
      [of, 'T'],
      'int',
      ofList((list, item) => BigInt(list.findIndex((other) => equal(other, item)))),
    )
    .member(
      'list_a_last_index_of_int',
      'lastIndexOf',
      [of, 'T'],
      'int',
      ofList((list, item) => BigInt(list.findLastIndex((other) => equal(other, item)))),
    )
    .member('list_slice', 'slice', [of, 'int', 'int'], of, slice)
    .member(
      'list_flatten',
      'flatten',
      ['list<list<T>>'],
      of,
      ofList((list) => (list as readonly unknown[]).flat() as List),
    )
    .member('list_flatten_int', 'flatten', ['list<dyn>', 'int'], 'list<dyn>', flatten)
    .member(
      'list_reverse',
      'reverse',
      [of],
      of,
      ofList((list) => list.toReversed()),
    )
    .member('list_distinct', 'distinct', [of], of, ofList(distinct))
}

function addSets(table: FunctionTable): void {
  table
    .free('lists_range', 'lists.range', ['int'], 'list<int>', (end) => range(end))
    .free('list_sets_contains_list', 'sets.contains', [of, of], 'bool', twoLists(has))
    .free(
      'list_sets_equivalent_list',
      'sets.equivalent',
      [of, of],
      'bool',
      twoLists((a, b) => has(a, b) && has(b, a)),
    )
    .free(
      'list_sets_intersects_list',
      'sets.intersects',
      [of, of],
      'bool',
      twoLists((a, b) => a.some((item) => b.some((other) => equal(item, other)))),
    )
    .free('map_insert_key_value', 'cel.@mapInsert', ['map<K, V>', 'K', 'V'], 'map<K, V>', insertOne)
    .free('map_insert_map', 'cel.@mapInsert', ['map<K, V>', 'map<K, V>'], 'map<K, V>', insertAll)
}

function ofList(run: (list: List, second: Value) => Value): Run {
  return (list = null, second = null) => (isList(list) ? run(list, second) : NO_OVERLOAD)
}

function twoLists(run: (a: List, b: List) => Value): Run {
  return (a = null, b = null) => (isList(a) && isList(b) ? run(a, b) : NO_OVERLOAD)
}

function isSorted(list: List): Value {
  for (const [index, item] of list.entries()) {
    if (index === 0) continue
    const order = compare(list[index - 1] ?? null, item)
    if (order instanceof CelError) return order
    if (order > 0) return false
  }
  return true
}

function extreme(list: List, name: string, sign: 1 | -1): Value {
  let [best] = list
  if (best === undefined) return new CelError(`${name} called on empty list`)
  for (const item of list.slice(1)) {
    const order = compare(item, best)
    if (order instanceof CelError) return order
    if (order * sign > 0) best = item
  }
  return best
}

function sum(list: List, zero: Value, add: Run): Value {
  let total = zero
  for (const item of list) {
    total = add(total, item)
    if (total instanceof CelError) return total
  }
  return total
}

function sorted(list: List, keys: List): Value {
  const [first] = keys
  if (first === undefined) return list
  if (keys.some((key) => typeNameOf(key) !== typeNameOf(first)))
    return new CelError('list elements must have the same type')
  if (compare(first, first) instanceof CelError) return new CelError('list elements must be comparable')
  const order = keys.map((_, index) => index)
  order.sort((a, b) => {
    const result = compare(keys[a] ?? null, keys[b] ?? null)
    return result instanceof CelError ? 0 : result
  })
  return order.map((index) => list[index] ?? null)
}

function slice(list: Value = null, from: Value = null, to: Value = null): Value {
  if (!isList(list) || typeof from !== 'bigint' || typeof to !== 'bigint') return NO_OVERLOAD
  const what = `cannot slice(${from}, ${to})`
  if (from < 0n || to < 0n) return new CelError(`${what}, negative indexes not supported`)
  if (from > to) return new CelError(`${what}, start index must be less than or equal to end index`)
  if (BigInt(list.length) < to) return new CelError(`${what}, list is length ${list.length}`)
  return list.slice(Number(from), Number(to))
}

function flatten(list: Value = null, depth: Value = null): Value {
  if (!isList(list) || typeof depth !== 'bigint') return NO_OVERLOAD
  return depth < 0n
    ? new CelError('level must be non-negative')
    : ((list as readonly unknown[]).flat(Number(depth)) as List)
}

function distinct(list: List): List {
  return list.filter((item, index) => list.findIndex((other) => equal(other, item)) === index)
}

function range(end: Value | undefined): Value {
  if (typeof end !== 'bigint') return NO_OVERLOAD
  return Array.from({ length: end > 0n ? Number(end) : 0 }, (_, index) => BigInt(index))
}

function has(all: List, some: List): boolean {
  return some.every((item) => all.some((other) => equal(item, other)))
}

/** Maps of a running loop, which nobody else has: they may grow in place. */
const growing = new WeakSet<CelMap>()

export function growingMap(): CelMap {
  const map: CelMap = new Map()
  growing.add(map)
  return map
}

/** The loop is over: from now on it stays as it is. */
export function settleMap(map: CelMap): void {
  growing.delete(map)
}

function insertOne(map: Value = null, key: Value = null, value: Value = null): Value {
  const plain = keyOf(key)
  if (!isMap(map) || plain === undefined) return NO_OVERLOAD
  if (map.has(plain)) return new CelError(`insert failed: key ${String(plain)} already exists`)
  const result = growing.has(map) ? (map as Map<typeof plain, Value>) : new Map(map)
  return result.set(plain, value)
}

function insertAll(map: Value = null, more: Value = null): Value {
  if (!isMap(map) || !isMap(more)) return NO_OVERLOAD
  let result: Value = map
  for (const [key, value] of more) {
    result = insertOne(result, key, value)
    if (result instanceof CelError) return result
  }
  return result
}

function addOptionals(table: FunctionTable): void {
  const special: Run = () => NO_OVERLOAD
  table
    .free('optional_of', 'optional.of', ['V'], 'optional<V>', (value = null) => new Optional(value))
    .free('optional_ofNonZeroValue', 'optional.ofNonZeroValue', ['V'], 'optional<V>', (value = null) =>
      isZero(value) ? Optional.none : new Optional(value),
    )
    .free('optional_none', 'optional.none', [], 'optional<V>', () => Optional.none)
    .member('optional_value', 'value', ['optional<V>'], 'V', (optional) =>
      optional instanceof Optional ? (optional.value ?? new CelError('optional.none() dereference')) : NO_OVERLOAD,
    )
    .member('optional_hasValue', 'hasValue', ['optional<V>'], 'bool', (optional) =>
      optional instanceof Optional ? optional.value !== undefined : NO_OVERLOAD,
    )
    .member('optional_or_optional', 'or', ['optional<V>', 'optional<V>'], 'optional<V>', special)
    .member('optional_orValue_value', 'orValue', ['optional<V>', 'V'], 'V', special)
    .free('list_optindex_optional_int', '_[?_]', ['list<V>', 'int'], 'optional<V>', special)
    .free('optional_list_optindex_optional_int', '_[?_]', ['optional<list<V>>', 'int'], 'optional<V>', special)
    .free('map_optindex_optional_value', '_[?_]', ['map<K, V>', 'K'], 'optional<V>', special)
    .free('optional_map_optindex_optional_value', '_[?_]', ['optional<map<K, V>>', 'K'], 'optional<V>', special)
    .free('optional_list_index_int', '_[_]', ['optional<list<V>>', 'int'], 'optional<V>', special)
    .free('optional_map_index_value', '_[_]', ['optional<map<K, V>>', 'K'], 'optional<V>', special)
  addEnds(table)
}

function addEnds(table: FunctionTable): void {
  table
    .member(
      'list_first',
      'first',
      ['list<V>'],
      'optional<V>',
      ofList((list) => new Optional(list[0])),
    )
    .member(
      'list_last',
      'last',
      ['list<V>'],
      'optional<V>',
      ofList((list) => new Optional(list.at(-1))),
    )
    .free('optional_unwrap', 'optional.unwrap', ['list<optional<V>>'], 'list<V>', ofList(unwrapped))
    .member('optional_unwrapOpt', 'unwrapOpt', ['list<optional<V>>'], 'list<V>', ofList(unwrapped))
}

function unwrapped(list: List): Value {
  const values: Value[] = []
  for (const item of list) {
    if (!(item instanceof Optional)) return new CelError(`value ${String(item)} is not optional`)
    if (item.value !== undefined) values.push(item.value)
  }
  return values
}

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true
  if (isList(value) || value instanceof Uint8Array) return value.length === 0
  if (isMap(value)) return value.size === 0
  if (value instanceof Uint) return value.value === 0n
  if (value instanceof Optional) return value.value === undefined
  return (value instanceof Duration || value instanceof Timestamp) && value.nanos === 0n
}
