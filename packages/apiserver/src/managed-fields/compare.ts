// What changed from one object to another, path by path: added, removed, modified.
// Source: structured-merge-diff typed/compare.go.

import { holdsSentEmpty } from '../decode/sent-empty.ts'
import { equalJson } from './equal.ts'
import { FieldSetBuilder, type FieldSet } from './field-set.ts'
import { fieldElement, type PathElement } from './path-element.ts'
import {
  asList,
  asRecord,
  fieldType,
  itemElement,
  MIXED,
  settle,
  valueAt,
  type ListType,
  type MapType,
  type StructType,
  type ValueType,
} from './value-type.ts'

export interface Comparison {
  readonly added: FieldSet
  readonly removed: FieldSet
  readonly modified: FieldSet
}

/** undefined stands for a value that is not there; null is a value. */
export function compare(type: ValueType, before: unknown, after: unknown): Comparison {
  const walk = new CompareWalk()
  walk.visit(type, before, after)
  return { added: walk.added.build(), removed: walk.removed.build(), modified: walk.modified.build() }
}

class CompareWalk {
  readonly added = new FieldSetBuilder()
  readonly removed = new FieldSetBuilder()
  readonly modified = new FieldSetBuilder()
  readonly #path: PathElement[] = []

  visit(given: ValueType, before: unknown, after: unknown): void {
    // Stored objects share what did not change.
    if (before !== undefined && Object.is(before, after)) return
    const type = settle(given, after, before)
    if (type === MIXED && given.kind === 'deduced') return this.#mixed(given.map, before, after)
    if (type.kind === 'scalar' || type.kind === 'any') return this.#leaf(before, after)
    const isLeaf = type.kind === 'list' ? this.#list(type, before, after) : this.#map(type, before, after)
    // Empty and null are leaves, and differ: what a client sets to an empty list is his.
    if (isLeaf) return this.#leaf(before, after)
    if (before === undefined) this.added.insert(this.#path)
    else if (after === undefined) this.removed.insert(this.#path)
  }

  #leaf(before: unknown, after: unknown): void {
    if (before === undefined) this.added.insert(this.#path)
    else if (after === undefined) this.removed.insert(this.#path)
    // What is stored holds nothing empty, so an empty list that is sent inside a list is a change of that.
    else if (!equalJson(before, after) || (Array.isArray(after) && holdsSentEmpty(after)))
      this.modified.insert(this.#path)
  }

  /** A map became something else, or something else a map: changed itself, and what is in the map came or went. */
  #mixed(type: MapType | StructType, before: unknown, after: unknown): void {
    this.#leaf(before, after)
    const [old, next] = [asRecord(before), asRecord(after)]
    if (!type.atomic && (old ?? next) !== undefined) this.#map(type, old ?? null, next ?? null)
  }

  /** @returns true when the list is one leaf: atomic, or empty on both sides */
  #list(type: ListType, before: unknown, after: unknown): boolean {
    const old = asList(before) ?? []
    const next = asList(after) ?? []
    if (type.relation === 'atomic' || old.length + next.length === 0) return true
    const olds = grouped(type, old)
    const nexts = grouped(type, next)
    for (const element of new Set([...olds.keys(), ...nexts.keys()])) {
      this.#path.push(element)
      this.#item(type, olds.get(element) ?? [], nexts.get(element) ?? [])
      this.#path.pop()
    }
    return false
  }

  /** One identity: usually one item on each side; items that come more than once are compared as a whole. */
  #item(type: ListType, olds: readonly unknown[], nexts: readonly unknown[]): void {
    if (olds.length <= 1 && nexts.length <= 1) return this.visit(type.element, olds[0], nexts[0])
    if (olds.length >= 2 && nexts.length >= 2) {
      if (!equalJson(olds, nexts)) this.modified.insert(this.#path)
    } else if (olds.length >= 2) {
      if (nexts.length > 0) this.visit(type.element, undefined, nexts[0])
      this.removed.insert(this.#path)
    } else {
      if (olds.length > 0) this.visit(type.element, olds[0], undefined)
      this.added.insert(this.#path)
    }
  }

  #map(type: MapType | StructType, before: unknown, after: unknown): boolean {
    const old = asRecord(before)
    const next = asRecord(after)
    const oldKeys = old === undefined ? [] : Object.keys(old)
    const nextKeys = next === undefined ? [] : Object.keys(next)
    if (type.atomic || oldKeys.length + nextKeys.length === 0) return true
    for (const key of nextKeys) this.#field(type, key, valueAt(old, key), valueAt(next, key))
    for (const key of oldKeys) {
      if (next === undefined || !Object.hasOwn(next, key)) this.#field(type, key, valueAt(old, key), undefined)
    }
    return false
  }

  #field(type: MapType | StructType, key: string, before: unknown, after: unknown): void {
    const inner = fieldType(type, key)
    if (inner === undefined) return
    this.#path.push(fieldElement(key))
    this.visit(inner, before, after)
    this.#path.pop()
  }
}

function grouped(type: ListType, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const groups = new Map<PathElement, unknown[]>()
  for (const item of items) {
    const element = itemElement(type, item)
    if (typeof element !== 'string') continue
    const group = groups.get(element)
    if (group === undefined) groups.set(element, [item])
    else group.push(item)
  }
  return groups
}
