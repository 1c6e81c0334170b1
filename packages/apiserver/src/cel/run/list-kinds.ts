// Lists that are sets or keyed lists in their schema: their order does not matter when they are compared, and adding to them
// merges. Source: apiserver pkg/cel/common/valuesunstructured.go (unstructuredMapList, unstructuredSetList).

import { isMap, type CelMap, type List, type Value } from './values.ts'

export interface SetKind {
  /** The same for items that are the same member. */
  keyOf(item: Value): unknown
}

const kinds = new WeakMap<List, SetKind>()

export const SET: SetKind = { keyOf: (item) => item }

export function keyedBy(keys: readonly string[]): SetKind {
  return { keyOf: (item) => JSON.stringify(keys.map((key) => (isMap(item) ? plain(item.get(key)) : null))) }
}

function plain(value: Value | undefined): unknown {
  return typeof value === 'bigint' ? `${value}n` : (value ?? null)
}

export function withSetKind(list: List, kind: SetKind): List {
  kinds.set(list, kind)
  return list
}

/** undefined: a list like any other. */
export function setKindOf(list: List): SetKind | undefined {
  return kinds.get(list)
}

const ofSchemas = new WeakSet<CelMap | List>()

/** Marks what was made by a schema. */
export function ofSchema<T extends CelMap | List>(value: T): T {
  ofSchemas.add(value)
  return value
}

export function isOfSchema(value: CelMap | List): boolean {
  return ofSchemas.has(value)
}

/** Lists of a running loop, which nobody else has: they may grow in place. */
const growing = new WeakSet<List>()

export function growingList(): List {
  const list: List = []
  growing.add(list)
  return list
}

/** The loop is over: from now on it stays as it is. */
export function settleList(list: List): void {
  growing.delete(list)
}

/** Members of the first stay where they are; those of the second replace them or come after. */
export function addLists(a: List, b: List): List {
  const kind = kinds.get(a)
  if (kind === undefined && growing.has(a)) {
    // It is this module's own, however it is shown to others.
    const own = a as Value[]
    for (const item of b) own.push(item)
    return own
  }
  if (kind === undefined) return isOfSchema(a) ? ofSchema([...a, ...b]) : [...a, ...b]
  const result = [...a]
  const places = new Map(a.map((item, index) => [kind.keyOf(item), index]))
  for (const item of b) {
    const key = kind.keyOf(item)
    const place = places.get(key)
    if (place !== undefined) {
      if (kind !== SET) result[place] = item
      continue
    }
    places.set(key, result.length)
    result.push(item)
  }
  return withSetKind(ofSchema(result), kind)
}
