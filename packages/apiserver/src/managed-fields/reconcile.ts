// Ownership that was written under another schema: what has become one whole since is owned as a whole. From atomic to granular
// nothing changes. Source: structured-merge-diff typed/reconcile_schema.go, merge/update.go
// (reconcileManagedFieldsWithSchemaChanges).

import type { FieldNode, FieldSet } from './field-set.ts'
import type { ManagerRecord, Managers } from './managers.ts'
import { fieldName, type PathElement } from './path-element.ts'
import { fieldType, type DeducedType, type MapType, type StructType, type ValueType } from './value-type.ts'

/** @param typeAt the kind's type in a version; undefined: it is gone, and with it who wrote in it */
export function reconcileManagers(
  managers: Managers,
  typeAt: (apiVersion: string) => StructType | undefined,
): Managers {
  const result = new Map<string, ManagerRecord>()
  let isSame = true
  for (const [identity, record] of managers) {
    const type = typeAt(record.apiVersion)
    const fields = type === undefined ? undefined : reconcile(type, record.fields)
    isSame &&= fields === record.fields
    if (fields !== undefined) result.set(identity, fields === record.fields ? record : { ...record, fields })
  }
  return isSame ? managers : result
}

const known = new WeakMap<FieldSet, WeakMap<StructType, FieldSet>>()

function reconcile(type: StructType, fields: FieldSet): FieldSet {
  const ofFields = known.get(fields) ?? new WeakMap<StructType, FieldSet>()
  known.set(fields, ofFields)
  const found = ofFields.get(type) ?? inside(type, fields)
  ofFields.set(type, found)
  return found
}

/** The same set when nothing in it changes. */
function inside(type: MapType | StructType | { readonly element: ValueType }, fields: FieldSet): FieldSet {
  const result = new Map<PathElement, FieldNode>()
  let isSame = true
  for (const [element, node] of fields) {
    const inner = innerType(type, element)
    const next = inner === undefined ? node : reconcileNode(inner, node)
    isSame &&= next === node
    result.set(element, next)
  }
  return isSame ? fields : result
}

function innerType(
  type: MapType | StructType | { readonly element: ValueType },
  element: PathElement,
): ValueType | undefined {
  if (!('kind' in type)) return type.element
  const name = fieldName(element)
  return name === undefined ? undefined : fieldType(type, name)
}

const WHOLE: FieldNode = { member: true, children: undefined }

function reconcileNode(given: ValueType, node: FieldNode): FieldNode {
  const type = given.kind === 'deduced' ? mapOf(given) : given
  if (node.children === undefined || type.kind === 'scalar' || type.kind === 'any') return node
  if (type.kind === 'list' ? type.relation === 'atomic' : type.atomic && !isOpen(type)) return WHOLE
  if (type.kind !== 'list' && isOpen(type)) return node
  const children = inside(type.kind === 'list' ? { element: type.element } : type, node.children)
  return children === node.children ? node : { ...node, children }
}

function mapOf({ map }: DeducedType): MapType | StructType {
  return map
}

/** A map that nobody described: it is neither atomic nor granular. */
function isOpen(type: MapType | StructType): boolean {
  if (type.kind === 'struct') return type.isOpen === true
  return type.element.kind === 'deduced' || (type.element.kind === 'scalar' && type.element.scalar === 'untyped')
}
