// Sets of paths into an object, as a tree: the algebra of ownership. A set, once built, is not changed.
// Source: structured-merge-diff fieldpath/set.go, serialize.go (FieldsV1).

import { compareElements, elementProblem, type PathElement } from './path-element.ts'

export interface FieldNode {
  /** The path that ends here is in the set. */
  readonly member: boolean
  /** Longer paths; undefined when there are none, never empty. */
  readonly children: FieldSet | undefined
}

export type FieldSet = ReadonlyMap<PathElement, FieldNode>

export const NO_FIELDS: FieldSet = new Map()

interface GrowingNode {
  member: boolean
  children: Map<PathElement, GrowingNode> | undefined
}

/** Collects paths one by one. */
export class FieldSetBuilder {
  readonly #root = new Map<PathElement, GrowingNode>()

  insert(path: readonly PathElement[]): void {
    let level = this.#root
    const last = path.length - 1
    for (const [depth, element] of path.entries()) {
      let node = level.get(element)
      if (node === undefined) level.set(element, (node = { member: false, children: undefined }))
      if (depth === last) node.member = true
      else level = node.children ??= new Map()
    }
  }

  build(): FieldSet {
    return this.#root
  }
}

export function fieldSetOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  const builder = new FieldSetBuilder()
  for (const path of paths) builder.insert(path)
  return builder.build()
}

export function has(set: FieldSet, path: readonly PathElement[]): boolean {
  let level: FieldSet | undefined = set
  let node: FieldNode | undefined
  for (const element of path) {
    node = level?.get(element)
    level = node?.children
  }
  return node?.member ?? false
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0) return b
  if (b.size === 0) return a
  const result = new Map(a)
  for (const [element, node] of b) {
    const mine = a.get(element)
    result.set(element, mine === undefined ? node : joined(mine, node))
  }
  return result
}

function joined(a: FieldNode, b: FieldNode): FieldNode {
  const children =
    a.children === undefined ? b.children : b.children === undefined ? a.children : union(a.children, b.children)
  return { member: a.member || b.member, children }
}

/** What is in `a` and, path by path, not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || b.size === 0) return a
  return changed(a, (element, node) => {
    const other = b.get(element)
    if (other === undefined) return node
    const children =
      node.children === undefined || other.children === undefined
        ? node.children
        : difference(node.children, other.children)
    return { member: node.member && !other.member, children }
  })
}

/** What is in `a` and not at or below a path of `b`. */
export function without(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || b.size === 0) return a
  return changed(a, (element, node) => {
    const other = b.get(element)
    if (other === undefined) return node
    if (other.member) return { member: false, children: undefined }
    const children =
      node.children === undefined || other.children === undefined
        ? node.children
        : without(node.children, other.children)
    return { member: node.member, children }
  })
}

/** The part of `a` at or below a path of `b`. */
export function within(a: FieldSet, b: FieldSet): FieldSet {
  return changed(a, (element, node) => {
    const other = b.get(element)
    if (other?.member === true) return node
    if (other?.children === undefined || node.children === undefined) return { member: false, children: undefined }
    return { member: false, children: within(node.children, other.children) }
  })
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return changed(a, (element, node) => {
    const other = b.get(element)
    if (other === undefined) return { member: false, children: undefined }
    const children =
      node.children === undefined || other.children === undefined
        ? undefined
        : intersection(node.children, other.children)
    return { member: node.member && other.member, children }
  })
}

/** Maps every node and drops those that hold nothing any more. */
function changed(set: FieldSet, change: (element: PathElement, node: FieldNode) => FieldNode): FieldSet {
  const result = new Map<PathElement, FieldNode>()
  for (const [element, node] of set) {
    const next = change(element, node)
    const children = next.children === undefined || next.children.size === 0 ? undefined : next.children
    if (!next.member && children === undefined) continue
    result.set(element, children === next.children ? next : { member: next.member, children })
  }
  return result
}

/** All paths in order: those that end at a level before those that go deeper. */
export function* paths(set: FieldSet, prefix: readonly PathElement[] = []): Generator<readonly PathElement[]> {
  const ordered = [...set].sort(([a], [b]) => compareElements(a, b))
  for (const [element, node] of ordered) if (node.member) yield [...prefix, element]
  for (const [element, node] of ordered) {
    if (node.children !== undefined) yield* paths(node.children, [...prefix, element])
  }
}

export type FieldsV1 = { readonly [element: string]: FieldsV1 }

/** The JSON of `fieldsV1`: sorted, `.` first where a path both ends and goes on. */
export function toFieldsV1(set: FieldSet): FieldsV1 {
  return serialized(set, false)
}

/** Most of a tree are leaves: one object stands for all. */
export const LEAF: FieldsV1 = Object.freeze({})

function serialized(set: FieldSet, isMember: boolean): FieldsV1 {
  // No element is named like a field of Object.prototype: all start with a letter and a colon.
  const json: Record<string, FieldsV1> = {}
  if (isMember) json['.'] = LEAF
  const elements = [...set.keys()]
  if (elements.length > 1) elements.sort(compareElements)
  for (const element of elements) {
    const node = set.get(element)
    json[element] = node?.children === undefined ? LEAF : serialized(node.children, node.member)
  }
  return json
}

/** Reads `fieldsV1`; undefined when it is malformed. Nothing is an empty set. */
export function fromFieldsV1(value: unknown): FieldSet | undefined {
  if (value === undefined || value === null) return NO_FIELDS
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const set = new Map<PathElement, FieldNode>()
  for (const [element, inner] of Object.entries(value)) {
    if (element === '.') continue
    const problem = elementProblem(element)
    if (problem === 'unknown') continue
    const children = problem === undefined ? fromFieldsV1(inner) : undefined
    if (children === undefined) return undefined
    const isLeaf = children.size === 0
    set.set(element, { member: isLeaf || Object.hasOwn(inner as object, '.'), children: isLeaf ? undefined : children })
  }
  return set
}
