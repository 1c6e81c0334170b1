// Lists in a strategic merge patch: items found again by their merge key are merged, scalars are put together as a set, and
// the order follows the patch first, the live list second. Source: apimachinery util/strategicpatch/patch.go (mergeSlice,
// normalizeElementOrder, mergeSortedSlice).

import { badRequest, plainError } from '../status/errors.ts'
import { goMap } from './go-print.ts'
import { rejectedPatch } from './rejected-patch.ts'
import { badArgument, isObject, PATCH, type JsonObject } from './strategic-directives.ts'

export interface ListRule {
  /** Absent for lists of scalars. */
  readonly mergeKey: string | undefined
  readonly mergeItem: (original: JsonObject, patch: JsonObject) => JsonObject
}

/** Both lists are the merge's own. */
export function mergeList(rule: ListRule, before: unknown[], patch: unknown[], deletes: boolean): unknown[] {
  if (before.length === 0 && patch.length === 0) return before
  if (!holdsMaps([before, patch])) {
    if (deletes) return before.filter((item) => !patch.includes(item))
    return ordered(deduplicated([...before, ...patch]), patch, before, undefined)
  }
  const { mergeKey } = rule
  if (mergeKey === undefined) throw plainError('cannot merge lists without merge key for struct')
  const { kept, items } = withoutSpecialItems(before, patch, mergeKey)
  const merged = [...kept]
  for (const item of items) mergeOne(rule, mergeKey, merged, item)
  return ordered(merged, items, kept, mergeKey)
}

function mergeOne(rule: ListRule, mergeKey: string, merged: unknown[], item: JsonObject): void {
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey)
  const place = placeOf(merged, mergeKey, item[mergeKey])
  const found = merged[place]
  if (place >= 0 && isObject(found)) merged[place] = rule.mergeItem(found, item)
  else merged.push(item)
}

/** Deletes what `$patch: delete` names; `$patch: replace` as an item puts the rest of the patch in the list's place. */
function withoutSpecialItems(
  before: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): { readonly kept: unknown[]; readonly items: readonly JsonObject[] } {
  let kept = [...before]
  let replaces = false
  const items: JsonObject[] = []
  for (const item of patch as readonly JsonObject[]) {
    if (!Object.hasOwn(item, PATCH)) {
      items.push(item)
      continue
    }
    const directive = item[PATCH]
    if (directive === 'replace') replaces = true
    else if (directive === 'delete') {
      if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey)
      kept = kept.filter((existing) => !isObject(existing) || existing[mergeKey] !== item[mergeKey])
    } else if (directive === 'merge') throw plainError('merging lists cannot yet be specified in the patch')
    else throw unknownDirective(directive, item)
  }
  return replaces ? { kept: items, items: [] } : { kept, items }
}

/** @throws StatusError unless the items are all maps, or all scalars of one type */
function holdsMaps(lists: readonly (readonly unknown[])[]): boolean {
  const kinds = new Set<string>()
  for (const item of lists.flat()) {
    kinds.add(item === null ? 'null' : Array.isArray(item) ? 'list' : typeof item)
  }
  if (kinds.size > 1) throw plainError(`list element types are not identical: ${goMap(lists)}`)
  if (kinds.has('list')) throw rejectedPatch()
  if (kinds.has('null')) throw badRequest('invalid JSON document')
  return kinds.has('object')
}

/** Go's own way: a repeated item gives its place to the last one. */
function deduplicated(items: unknown[]): unknown[] {
  for (let i = 0; i < items.length - 1; i++) {
    for (let j = i + 1; j < items.length; j++) {
      if (items[i] !== items[j]) continue
      const last = items.pop()
      if (j < items.length) items[j] = last
      j--
    }
  }
  return items
}

/** The relative order of the patch's items must be that of the $setElementOrder, which must name all of them. */
export function checkElementOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): void {
  if (order.length === 0 || patch.length === 0) return
  const items = mergeKey === undefined ? patch : patch.filter((item) => !isDeletion(item))
  let next = 0
  for (const wanted of order) {
    while (next < items.length && isObject(items[next]) && Object.hasOwn(items[next] as object, PATCH)) next++
    if (next === items.length) return
    if (identity(items[next], mergeKey) === identity(wanted, mergeKey)) next++
  }
  if (next < items.length) {
    throw plainError(
      `The order in patch list:\n${goMap(patch)}\n doesn't match $setElementOrder list:\n${goMap(order)}\n`,
    )
  }
}

function isDeletion(item: unknown): boolean {
  if (!isObject(item)) throw badArgument('map[string]interface {}', item)
  return item[PATCH] === 'delete'
}

/** @throws StatusError 500 for an item that lacks its merge key */
function identity(item: unknown, mergeKey: string | undefined): unknown {
  if (mergeKey === undefined) return item
  if (!isObject(item)) throw badArgument('map[string]interface {}', item)
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey)
  return item[mergeKey]
}

/** A merged list in the order a $setElementOrder asks for; what only the server has keeps its place among the others. */
export function orderElements(
  merged: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  if (merged.length === 0) throw plainError('no elements in any of the given slices')
  return ordered(merged, order, before, mergeKey)
}

function ordered(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const wanted = patchOrder.map((item) => identity(item, mergeKey))
  const live = serverOrder.map((item) => identity(item, mergeKey))
  const listed = merged.filter((item) => wanted.includes(identity(item, mergeKey)))
  const others = merged.filter((item) => !wanted.includes(identity(item, mergeKey)))
  const rank = (order: readonly unknown[]) => (item: unknown) => order.indexOf(identity(item, mergeKey))
  return interleaved(sorted(others, rank(live)), sorted(listed, rank(wanted)), rank(live))
}

/** Stable; an item without a rank goes before whatever stands in front of it, as Go's comparison has it. */
function sorted(items: readonly unknown[], rank: (item: unknown) => number): unknown[] {
  const result = [...items]
  const isLess = (a: unknown, b: unknown): boolean => {
    const [first, second] = [rank(a), rank(b)]
    return first < 0 || second < 0 || first < second
  }
  for (let i = 1; i < result.length; i++) {
    for (let j = i; j > 0 && isLess(result[j], result[j - 1]); j--) {
      ;[result[j - 1], result[j]] = [result[j], result[j - 1]]
    }
  }
  return result
}

/** A server's item goes before the next listed one only when the live list has both, in this order. */
function interleaved(
  others: readonly unknown[],
  listed: readonly unknown[],
  rank: (item: unknown) => number,
): unknown[] {
  const result: unknown[] = []
  let next = 0
  for (const item of listed) {
    const place = rank(item)
    while (next < others.length && place >= 0) {
      const other = rank(others[next])
      if (other < 0 || other >= place) break
      result.push(others[next++])
    }
    result.push(item)
  }
  return [...result, ...others.slice(next)]
}

function placeOf(items: readonly unknown[], mergeKey: string, id: unknown): number {
  return items.findIndex((item) => isObject(item) && item[mergeKey] === id)
}

/** Printed by Go's %s, which says so of what is no string. */
export function unknownDirective(directive: unknown, map: JsonObject): Error {
  const isWhole = typeof directive === 'number' && Number.isInteger(directive)
  const printed = isWhole ? `%!s(int64=${directive})` : goMap(directive)
  return plainError(`unknown patch type: ${printed} in map: ${goMap(map)}`)
}

function noMergeKey(item: JsonObject, mergeKey: string): Error {
  return plainError(`map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`)
}
