// Which old value a new one replaces, so that an update is not refused for what it leaves as it was (validation ratcheting).
// Source: apiserver pkg/cel/common/equality.go: members of maps by name, items of keyed lists by key, nothing else.

import { sameValue } from '../../resources/compare.ts'
import { asItems, isRecord, itemsOf, memberOf, type Schema } from '../schema/walk.ts'

export class Correlation {
  readonly #value: unknown
  readonly #old: unknown
  readonly #schema: Schema
  readonly #ratchets: boolean
  #unchanged: boolean | undefined

  constructor(value: unknown, old: unknown, schema: Schema, ratchets = true) {
    this.#value = value
    this.#old = old
    this.#schema = schema
    this.#ratchets = ratchets
  }

  /** True when the value is what it was. */
  unchanged(): boolean {
    if (!this.#ratchets) return false
    this.#unchanged ??= sameValue(this.#value, this.#old)
    return this.#unchanged
  }

  /** For checks that never count the value itself as unchanged, but its members. */
  withoutItself(): Correlation {
    return new Correlation(this.#value, this.#old, this.#schema, false)
  }

  key(name: string): Correlation | undefined {
    if (!isRecord(this.#value) || !isRecord(this.#old)) return undefined
    if (!Object.hasOwn(this.#value, name) || !Object.hasOwn(this.#old, name)) return undefined
    const member = memberOf(this.#schema, name)
    return member === undefined ? undefined : new Correlation(this.#value[name], this.#old[name], member)
  }

  index(index: number): Correlation | undefined {
    const item = asItems(this.#value)?.[index]
    const old = correlatedItem(this.#schema, item, this.#old)
    const itemSchema = itemsOf(this.#schema)
    return old === undefined || itemSchema === undefined ? undefined : new Correlation(item, old, itemSchema)
  }
}

/** The item of a keyed list that has the same keys; undefined where there is none, and for all other lists. */
export function correlatedItem(schema: Schema, item: unknown, oldList: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (schema['x-kubernetes-list-type'] !== 'map' || keys.length === 0 || !isRecord(item)) return undefined
  if (keys.some((key) => !isScalar(item[key]))) return undefined
  return (asItems(oldList) ?? []).find(
    (old) => isRecord(old) && keys.every((key) => isScalar(old[key]) && old[key] === item[key]),
  )
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}
