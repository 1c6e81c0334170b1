// Merges an applied configuration into the live object: what the configuration says wins, the rest stays.
// Source: structured-merge-diff typed/merge.go (order of list items included).

import type { PathElement } from './path-element.ts'
import {
  asList,
  asRecord,
  fieldType,
  itemElement,
  settle,
  valueAt,
  type ListType,
  type MapType,
  type StructType,
  type ValueType,
} from './value-type.ts'

/** undefined stands for a value that is not there. Nothing is changed in place; unchanged parts are shared. */
export function merge(given: ValueType, live: unknown, config: unknown): unknown {
  if (config === undefined) return live
  const type = settle(given, config, live)
  if (live === undefined || type.kind === 'scalar' || type.kind === 'any') return config
  return type.kind === 'list' ? mergeList(type, live, config) : mergeMap(type, live, config)
}

function mergeMap(type: MapType | StructType, live: unknown, config: unknown): unknown {
  const old = asRecord(live)
  const next = asRecord(config)
  const keys = new Set([...Object.keys(old ?? {}), ...Object.keys(next ?? {})])
  if (type.atomic || keys.size === 0) return config
  const merged: [string, unknown][] = []
  for (const key of keys) {
    const inner = fieldType(type, key)
    const value =
      inner === undefined
        ? (valueAt(next, key) ?? valueAt(old, key))
        : merge(inner, valueAt(old, key), valueAt(next, key))
    if (value !== undefined) merged.push([key, value])
  }
  return Object.fromEntries(merged)
}

function mergeList(type: ListType, live: unknown, config: unknown): unknown {
  const old = asList(live) ?? []
  const next = asList(config) ?? []
  if (type.relation === 'atomic' || old.length + next.length === 0) return config
  const merged = new ListMerge(type, old, next).run()
  return merged.length > 0 ? merged : undefined
}

/**
 * The live order, except that items of the configuration keep the configuration's order among themselves; new ones stand
 * where the configuration has them.
 */
class ListMerge {
  readonly #type: ListType
  readonly #live: readonly Item[]
  readonly #config: readonly Item[]
  readonly #liveValues: ReadonlyMap<PathElement, unknown>
  readonly #configValues: ReadonlyMap<PathElement, unknown>
  readonly #sharedOrder: PathElement[]
  readonly #merged = new Set<PathElement>()
  readonly #out: unknown[] = []

  constructor(type: ListType, live: readonly unknown[], config: readonly unknown[]) {
    this.#type = type
    this.#live = identified(type, live)
    this.#config = identified(type, config)
    this.#liveValues = indexed(this.#live)
    this.#configValues = indexed(this.#config)
    this.#sharedOrder = this.#config.map(({ element }) => element).filter((element) => this.#liveValues.has(element))
  }

  run(): readonly unknown[] {
    let nextShared = this.#sharedOrder.shift()
    let [left, right] = [0, 0]
    for (;;) {
      const mine = this.#live[left]
      const theirs = this.#config[right]
      if (mine === undefined && theirs === undefined) return this.#out
      if (mine !== undefined && theirs !== undefined) {
        if (mine.element === theirs.element) {
          this.#take(mine.element)
          left++
          right++
          nextShared = this.#sharedOrder.shift()
          continue
        }
        if (this.#configValues.has(mine.element) && nextShared !== undefined && nextShared !== mine.element) {
          left++
          continue
        }
      }
      if (mine !== undefined) {
        if (!this.#configValues.has(mine.element)) {
          this.#out.push(mine.value)
          left++
          continue
        }
        if (this.#merged.has(mine.element)) left++
      }
      if (theirs === undefined) continue
      this.#take(theirs.element)
      right++
      if (nextShared === theirs.element) nextShared = this.#sharedOrder.shift()
    }
  }

  #take(element: PathElement): void {
    this.#merged.add(element)
    const value = merge(this.#type.element, this.#liveValues.get(element), this.#configValues.get(element))
    if (value !== undefined) this.#out.push(value)
  }
}

interface Item {
  readonly element: PathElement
  readonly value: unknown
}

function identified(type: ListType, items: readonly unknown[]): readonly Item[] {
  const found: Item[] = []
  for (const value of items) {
    const element = itemElement(type, value)
    if (typeof element === 'string') found.push({ element, value })
  }
  return found
}

/** Items that come twice have no value of their own to merge with. */
function indexed(items: readonly Item[]): ReadonlyMap<PathElement, unknown> {
  const index = new Map<PathElement, unknown>()
  for (const { element, value } of items) index.set(element, index.has(element) ? undefined : value)
  return index
}
