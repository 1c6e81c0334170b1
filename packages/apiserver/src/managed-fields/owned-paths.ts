// The paths a configuration owns when it is applied: its leaves and list items, but not the maps around them.
// Source: structured-merge-diff typed/tofieldset.go.

import { FieldSetBuilder, type FieldSet } from './field-set.ts'
import { fieldElement, type PathElement } from './path-element.ts'
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

export function ownedPaths(type: ValueType, value: unknown): FieldSet {
  const walk = new OwnedWalk()
  walk.visit(type, value)
  return walk.set.build()
}

class OwnedWalk {
  readonly set = new FieldSetBuilder()
  readonly #path: PathElement[] = []

  visit(given: ValueType, value: unknown): void {
    const type = settle(given, value)
    if (type.kind === 'scalar' || type.kind === 'any') this.#own()
    else if (type.kind === 'list') this.#list(type, value)
    else this.#map(type, value)
  }

  #own(): void {
    if (this.#path.length > 0) this.set.insert(this.#path)
  }

  #list(type: ListType, value: unknown): void {
    if (type.relation === 'atomic') return this.#own()
    const items = asList(value) ?? []
    const elements = items.map((item) => itemElement(type, item))
    for (const [index, element] of elements.entries()) {
      if (typeof element !== 'string') continue
      this.#path.push(element)
      // Items that come twice are owned as a whole.
      if (elements.indexOf(element) === elements.lastIndexOf(element)) this.visit(type.element, items[index])
      this.#own()
      this.#path.pop()
    }
  }

  #map(type: MapType | StructType, value: unknown): void {
    if (type.atomic) return this.#own()
    const record = asRecord(value)
    if (record === undefined) return
    for (const key of Object.keys(record)) {
      const inner = record[key]
      const innerType = fieldType(type, key)
      if (innerType === undefined) continue
      this.#path.push(fieldElement(key))
      this.visit(innerType, inner)
      if (inner === null || isEmptyRecord(inner) || !declares(type, key)) this.#own()
      this.#path.pop()
    }
  }
}

/** Keys of maps are owned beside what is in them; so are fields a struct merely allows. */
function declares(type: MapType | StructType, key: string): boolean {
  return type.kind === 'struct' && type.fields.declares(key)
}

function isEmptyRecord(value: unknown): boolean {
  const record = asRecord(value)
  return record !== undefined && Object.keys(record).length === 0
}
