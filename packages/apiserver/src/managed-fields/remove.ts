// Takes paths out of an object, and completes a set with the fields that lead to its paths.
// Source: structured-merge-diff v6.3.2, as Kubernetes 1.36.2 has it: typed/remove.go (before and after it, what was emptied
// became null), fieldpath/set.go (EnsureNamedFieldsAreMembers).

import { type FieldNode, type FieldSet } from './field-set.ts'
import { fieldElement, fieldName, type PathElement } from './path-element.ts'
import {
  asList,
  asRecord,
  fieldType,
  itemElement,
  settle,
  type ListType,
  type MapType,
  type StructType,
  type ValueType,
} from './value-type.ts'

/** The value without the paths of the set; null when nothing is left of a list or map. */
export function removePaths(given: ValueType, value: unknown, set: FieldSet): unknown {
  const type = settle(given, value)
  if (type.kind === 'scalar' || type.kind === 'any') return value
  return type.kind === 'list' ? removeItems(type, value, set) : removeFields(type, value, set)
}

/** What is emptied from inside stays, empty. */
function removeInside(type: ValueType, value: unknown, set: FieldSet): unknown {
  const left = removePaths(type, value, set)
  if (left !== null) return left
  return Array.isArray(value) ? [] : asRecord(value) === undefined ? null : {}
}

function removeItems(type: ListType, value: unknown, set: FieldSet): unknown {
  if (type.relation === 'atomic') return null
  const kept: unknown[] = []
  for (const item of asList(value) ?? []) {
    const element = itemElement(type, item)
    const node = typeof element === 'string' ? set.get(element) : undefined
    if (node?.member === true) continue
    kept.push(node?.children === undefined ? item : removeInside(type.element, item, node.children))
  }
  return kept.length > 0 ? kept : null
}

function removeFields(type: MapType | StructType, value: unknown, set: FieldSet): unknown {
  const record = asRecord(value)
  if (type.atomic || record === undefined) return null
  const kept: [string, unknown][] = []
  for (const key of Object.keys(record)) {
    const node = set.get(fieldElement(key))
    if (node?.member === true) continue
    const inner = node?.children === undefined ? undefined : fieldType(type, key)
    kept.push([
      key,
      inner === undefined || node?.children === undefined
        ? record[key]
        : removeInside(inner, record[key], node.children),
    ])
  }
  return kept.length > 0 ? Object.fromEntries(kept) : null
}

/** The set with every declared field that has a path below it as a member of its own. */
export function withNamedFields(given: ValueType | undefined, set: FieldSet): FieldSet {
  const type = given?.kind === 'deduced' ? given.map : given
  const result = new Map<PathElement, FieldNode>()
  for (const [element, node] of set) {
    const name = fieldName(element)
    const declared = name !== undefined && type?.kind === 'struct' && type.fields.declares(name)
    result.set(element, {
      member: node.member || (declared && node.children !== undefined),
      children: node.children === undefined ? undefined : withNamedFields(innerType(given, element), node.children),
    })
  }
  return result
}

function innerType(type: ValueType | undefined, element: PathElement): ValueType | undefined {
  const name = fieldName(element)
  if (type?.kind === 'deduced') return innerType(name === undefined ? type.list : type.map, element)
  if (name !== undefined) return type?.kind === 'struct' || type?.kind === 'map' ? fieldType(type, name) : undefined
  return type?.kind === 'list' ? type.element : undefined
}
