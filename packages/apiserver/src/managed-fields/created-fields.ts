// What the creator of an object owns, as the `fieldsV1` of its one entry, in one walk: the same as comparing with the empty object,
// without the sets in between. Every create over HTTP comes by here. Source: structured-merge-diff typed/compare.go and
// fieldpath/serialize.go, of an object without managers.

import { equalJson } from './equal.ts'
import { LEAF, type FieldsV1 } from './field-set.ts'
import { compareElements, fieldElement, type PathElement } from './path-element.ts'
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

/** Paths that are left out: nobody's, or reset by the endpoint. */
export interface LeftOut {
  readonly atTop: ReadonlySet<string>
  readonly inMetadata: ReadonlySet<string>
}

/**
 * @param empty the object before it exists, see empty-object.ts
 * @returns undefined when the creator owns nothing
 */
export function createdFields(
  type: StructType,
  empty: unknown,
  object: unknown,
  leftOut: LeftOut,
): FieldsV1 | undefined {
  const before = asRecord(empty)
  const after = asRecord(object)
  if (after === undefined) return undefined
  const node = fieldsNode(type, before, after, false, leftOut)
  return node === LEAF ? undefined : node
}

type Children = (readonly [PathElement, FieldsV1])[]

/** The node of one path; undefined when neither it nor anything below it is owned. */
function visit(given: ValueType, before: unknown, after: unknown, leftOut?: ReadonlySet<string>): FieldsV1 | undefined {
  if (before !== undefined && Object.is(before, after)) return undefined
  const type = settle(given, after, before)
  switch (type.kind) {
    case 'scalar':
    case 'any':
      return leaf(before, after)
    case 'list':
      return visitList(type, before, after)
    case 'map':
    case 'struct':
      return visitMap(type, before, after, leftOut)
  }
}

/** Owned when it was added, or is not as it was. */
function leaf(before: unknown, after: unknown): FieldsV1 | undefined {
  if (before === undefined) return LEAF
  return after === undefined || equalJson(before, after) ? undefined : LEAF
}

function visitList(type: ListType, before: unknown, after: unknown): FieldsV1 | undefined {
  const items = asList(after) ?? []
  if (type.relation === 'atomic' || items.length === 0) return leaf(before, after)
  const children: Children = []
  const seen = new Set<PathElement>()
  for (const item of items) {
    const element = itemElement(type, item)
    if (typeof element !== 'string') continue
    if (seen.has(element)) {
      // Items that come more than once are owned as a whole.
      const index = children.findIndex(([known]) => known === element)
      if (index >= 0) children[index] = [element, LEAF]
      continue
    }
    seen.add(element)
    const node = visit(type.element, undefined, item)
    if (node !== undefined) children.push([element, node])
  }
  return nodeOf(before === undefined, children)
}

function visitMap(
  type: MapType | StructType,
  before: unknown,
  after: unknown,
  leftOut: ReadonlySet<string> | undefined,
): FieldsV1 | undefined {
  const old = asRecord(before)
  const next = asRecord(after)
  const names = next === undefined ? [] : Object.keys(next)
  if (type.atomic || next === undefined || (names.length === 0 && isEmpty(old))) return leaf(before, after)
  return fieldsNode(type, old, next, before === undefined, leftOut === undefined ? undefined : { atTop: leftOut })
}

/** Fields in the order of their names, as `fieldsV1` has them. */
function fieldsNode(
  type: MapType | StructType,
  old: Readonly<Record<string, unknown>> | undefined,
  next: Readonly<Record<string, unknown>>,
  isMember: boolean,
  leftOut: { readonly atTop: ReadonlySet<string>; readonly inMetadata?: ReadonlySet<string> } | undefined,
): FieldsV1 | undefined {
  const names = Object.keys(next)
  if (names.length > 1) names.sort(byText)
  let json: Record<string, FieldsV1> | undefined
  for (const name of names) {
    if (leftOut?.atTop.has(name) === true) continue
    const inner = fieldType(type, name)
    if (inner === undefined) continue
    const left = name === 'metadata' ? leftOut?.inMetadata : undefined
    const node = visit(inner, valueAt(old, name), next[name], left)
    if (node === undefined) continue
    json ??= isMember ? { '.': LEAF } : {}
    json[type.kind === 'struct' ? structElement(name) : fieldElement(name)] = node
  }
  return json ?? (isMember ? LEAF : undefined)
}

/** Elements of struct fields. There are only so many, but for custom kinds that take any: those are not kept for ever. */
const elements = new Map<string, PathElement>()
const MOST_KEPT = 5000

function structElement(name: string): PathElement {
  const known = elements.get(name)
  if (known !== undefined) return known
  const element = fieldElement(name)
  if (elements.size < MOST_KEPT) elements.set(name, element)
  return element
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isEmpty(record: Readonly<Record<string, unknown>> | undefined): boolean {
  return record === undefined || Object.keys(record).length === 0
}

function nodeOf(isMember: boolean, children: Children): FieldsV1 | undefined {
  if (children.length === 0) return isMember ? LEAF : undefined
  if (children.length > 1) children.sort(byElement)
  const json: Record<string, FieldsV1> = isMember ? { '.': LEAF } : {}
  for (const [element, node] of children) json[element] = node
  return json
}

function byElement([a]: readonly [PathElement, FieldsV1], [b]: readonly [PathElement, FieldsV1]): number {
  return compareElements(a, b)
}
