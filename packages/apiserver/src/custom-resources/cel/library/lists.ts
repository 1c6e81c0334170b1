// Functions of lists: isSorted, sum, min, max, indexOf and the like, and the sets namespace. Source: apiserver
// pkg/cel/library/lists.go, cel-go ext/lists.go (version 3) and ext/sets.go.

import { isDeepStrictEqual } from 'node:util'
import type { Environment } from '@marcbachmann/cel-js'
import { CelFunctionError } from './evaluation-error.ts'

class SetsNamespace {
  readonly name = 'sets'
}

class ListsNamespace {
  readonly name = 'lists'
}

type List = readonly unknown[]

const SORT = 'sort'

export function addListFunctions(environment: Environment): void {
  environment
    .registerFunction('list<dyn>.isSorted(): bool', (list: List) =>
      list.every((item, index) => index === 0 || compare(list[index - 1], item) <= 0),
    )
    .registerFunction('list<dyn>.sum(): dyn', sum)
    .registerFunction('list<dyn>.min(): dyn', (list: List) => extreme(list, 'min', -1))
    .registerFunction('list<dyn>.max(): dyn', (list: List) => extreme(list, 'max', 1))
    .registerFunction('list<dyn>.indexOf(dyn): int', (list: List, wanted: unknown) =>
      BigInt(list.findIndex((item) => equal(item, wanted))),
    )
    .registerFunction('list<dyn>.lastIndexOf(dyn): int', (list: List, wanted: unknown) =>
      BigInt(list.findLastIndex((item) => equal(item, wanted))),
    )
    .registerFunction('list<dyn>.slice(int, int): list<dyn>', slice)
    .registerFunction('list<dyn>.flatten(): list<dyn>', (list: List) => list.flat())
    .registerFunction('list<dyn>.flatten(int): list<dyn>', (list: List, depth: bigint) => list.flat(Number(depth)))
    .registerFunction('list<dyn>.distinct(): list<dyn>', distinct)
    .registerFunction('list<dyn>.reverse(): list<dyn>', (list: List) => [...list].reverse())
    .registerFunction(`list<dyn>.${SORT}(): list<dyn>`, (list: List) => [...list].sort(compare))
    .registerType('ListsNamespace', ListsNamespace)
    .registerConstant('lists', 'ListsNamespace', new ListsNamespace())
    .registerFunction('ListsNamespace.range(int): list<int>', (_: unknown, end: bigint) =>
      Array.from({ length: Number(end) }, (_item, index) => BigInt(index)),
    )
    .registerType('SetsNamespace', SetsNamespace)
    .registerConstant('sets', 'SetsNamespace', new SetsNamespace())
    .registerFunction('SetsNamespace.contains(list<dyn>, list<dyn>): bool', (_: unknown, a: List, b: List) => has(a, b))
    .registerFunction(
      'SetsNamespace.equivalent(list<dyn>, list<dyn>): bool',
      (_: unknown, a: List, b: List) => has(a, b) && has(b, a),
    )
    .registerFunction('SetsNamespace.intersects(list<dyn>, list<dyn>): bool', (_: unknown, a: List, b: List) =>
      a.some((item) => b.some((other) => equal(item, other))),
    )
}

function has(all: List, some: List): boolean {
  return some.every((item) => all.some((other) => equal(item, other)))
}

function equal(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b)
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  const [left, right] = [orderOf(a), orderOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Numbers, truth values, times and durations have an order. */
function orderOf(value: unknown): number | bigint {
  if (typeof value === 'bigint' || typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Number(value.valueOf())
  throw new CelFunctionError('no such overload')
}

function sum(list: List): unknown {
  let total: number | bigint = list.some((item) => typeof item === 'number') ? 0 : 0n
  for (const item of list) {
    if (typeof total === 'bigint' && typeof item === 'bigint') total += item
    else if (typeof total === 'number' && (typeof item === 'number' || typeof item === 'bigint')) total += Number(item)
    else throw new CelFunctionError('no such overload')
  }
  return total
}

function extreme(list: List, name: string, sign: 1 | -1): unknown {
  if (list.length === 0) throw new CelFunctionError(`${name} called on empty list`)
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best))
}

function slice(list: List, start: bigint, end: bigint): List {
  if (start < 0n || end > BigInt(list.length) || start > end) {
    throw new CelFunctionError(`cannot slice(${start}, ${end}), list is length ${list.length}`)
  }
  return list.slice(Number(start), Number(end))
}

function distinct(list: List): List {
  return list.filter((item, index) => list.findIndex((other) => equal(other, item)) === index)
}
