// Objects made from one template own the same fields: their `fieldsV1` is worked out once and shared. What it depends on (names
// of fields, keys of list items) is followed as a path through a tree of earlier objects; values are looked at nowhere else.

import type { ManagedFieldsEntry } from '../objects/kube-object.ts'
import { deepFreeze } from '../store/deep-freeze.ts'
import { createdFields, type LeftOut } from './created-fields.ts'
import { equalJson } from './equal.ts'
import type { FieldsV1 } from './field-set.ts'
import {
  asList,
  asRecord,
  fieldType,
  settle,
  valueAt,
  type ListType,
  type MapType,
  type StructType,
  type ValueType,
} from './value-type.ts'

/** Steps that are no name and no key. */
const LEAF = Symbol('leaf')
const UNOWNED = Symbol('unowned')
const LIST = Symbol('list')
const FIELDS = Symbol('fields')
const END = Symbol('end')

/** Most places have one way on: only where objects differ is there a map. */
class Place {
  step: unknown = undefined
  next: Place | undefined = undefined
  others: Map<unknown, Place> | undefined = undefined
  /** What creators of the objects that end here own; undefined: not worked out yet, or nothing. */
  fields: FieldsV1 | undefined = undefined
  /** What was recorded last: many objects of a shape come from one manager within a second. */
  entries: readonly ManagedFieldsEntry[] | undefined = undefined
}

/** Clients whose every object is different make no more of them. */
const MOST_PLACES = 20_000

/** What earlier creates of one kind looked like. */
export class CreatedShapes {
  readonly #type: StructType
  readonly #empty: Readonly<Record<string, unknown>>
  readonly #leftOut: LeftOut
  #root = new Place()
  #count = 1

  /** @param empty the object before it exists, see empty-object.ts */
  constructor(type: StructType, empty: Readonly<Record<string, unknown>>, leftOut: LeftOut) {
    this.#type = type
    this.#empty = empty
    this.#leftOut = leftOut
  }

  /** managedFields of a new object, frozen; undefined when its creator owns nothing. */
  entriesOf(
    object: object,
    manager: string,
    apiVersion: string,
    time: string,
  ): readonly ManagedFieldsEntry[] | undefined {
    const end = this.#endOf(object)
    const fieldsV1 = end?.fields ?? deepFreeze(createdFields(this.#type, this.#empty, object, this.#leftOut))
    if (end !== undefined) end.fields = fieldsV1
    if (fieldsV1 === undefined) return undefined
    const [last] = end?.entries ?? []
    if (last?.time === time && last.manager === manager && last.apiVersion === apiVersion) return end?.entries
    const entry = { manager, operation: 'Update', apiVersion, time, fieldsType: 'FieldsV1', fieldsV1 }
    const entries = deepFreeze<readonly ManagedFieldsEntry[]>([entry])
    if (end !== undefined) end.entries = entries
    return entries
  }

  #endOf(object: object): Place | undefined {
    if (this.#count > MOST_PLACES) {
      this.#root = new Place()
      this.#count = 1
    }
    const { atTop, inMetadata } = this.#leftOut
    return this.#fields(this.#root, this.#type, this.#empty, asRecord(object) ?? {}, atTop, inMetadata)
  }

  #step(from: Place, step: unknown): Place {
    if (from.step === step && from.next !== undefined) return from.next
    const known = from.others?.get(step)
    if (known !== undefined) return known
    const made = new Place()
    this.#count++
    if (from.next === undefined) {
      from.step = step
      from.next = made
    } else (from.others ??= new Map()).set(step, made)
    return made
  }

  /** Where a value leads; undefined when it is of no shape that is kept. */
  #value(from: Place, given: ValueType, before: unknown, after: unknown): Place | undefined {
    if (before !== undefined && Object.is(before, after)) return this.#step(from, UNOWNED)
    const type = settle(given, after, before)
    if (type.kind === 'list') {
      const items = asList(after)
      if (type.relation === 'atomic' || items === undefined || items.length === 0)
        return this.#leaf(from, before, after)
      return this.#items(this.#step(from, LIST), type, items)
    }
    if (type.kind === 'map' || type.kind === 'struct') {
      const fields = asRecord(after)
      if (type.atomic || fields === undefined || isEmpty(fields)) return this.#leaf(from, before, after)
      return this.#fields(this.#step(from, FIELDS), type, asRecord(before), fields)
    }
    // A scalar that was not there is owned, whatever it is.
    return before === undefined && type === given ? from : this.#leaf(from, before, after)
  }

  #leaf(from: Place, before: unknown, after: unknown): Place {
    const isOwned = before === undefined || (after !== undefined && !equalJson(before, after))
    return this.#step(from, isOwned ? LEAF : UNOWNED)
  }

  #items(from: Place, type: ListType, items: readonly unknown[]): Place | undefined {
    let place: Place | undefined = from
    for (const item of items) {
      if (type.relation === 'set') {
        if (typeof item === 'object') return undefined
        place = this.#step(place, item)
      } else {
        const record = asRecord(item)
        if (record === undefined) return undefined
        for (const name of type.keys) {
          const key = valueAt(record, name)
          if (typeof key === 'object') return undefined
          place = this.#step(place, key)
        }
      }
      place = this.#value(place, type.element, undefined, item)
      if (place === undefined) return undefined
    }
    return this.#step(place, END)
  }

  #fields(
    from: Place,
    type: MapType | StructType,
    old: Readonly<Record<string, unknown>> | undefined,
    next: Readonly<Record<string, unknown>>,
    leftOut?: ReadonlySet<string>,
    inMetadata?: ReadonlySet<string>,
  ): Place | undefined {
    let place: Place | undefined = from
    for (const name of Object.keys(next)) {
      if (leftOut?.has(name) === true) continue
      const inner = fieldType(type, name)
      if (inner === undefined) continue
      place = this.#step(place, name)
      const before = old === undefined ? undefined : valueAt(old, name)
      if (name === 'metadata' && inMetadata !== undefined)
        place = this.#metadata(place, inner, before, next[name], inMetadata)
      else place = this.#value(place, inner, before, next[name])
      if (place === undefined) return undefined
    }
    return this.#step(place, END)
  }

  #metadata(
    from: Place,
    type: ValueType,
    before: unknown,
    after: unknown,
    leftOut: ReadonlySet<string>,
  ): Place | undefined {
    const fields = asRecord(after)
    if (type.kind !== 'struct' || fields === undefined || isEmpty(fields)) return undefined
    return this.#fields(from, type, asRecord(before), fields, leftOut)
  }
}

function isEmpty(fields: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(fields).length === 0
}
