// Values at run time. Plain JavaScript where it has what is needed: null, booleans, strings, numbers (double), bigints (int),
// arrays, Maps and Uint8Arrays; classes for the rest. Errors are values too: logic and loops may swallow them.
// Source: cel-go common/types.

import type { Type } from '../types/type.ts'

export type Value =
  | CelError
  | Duration
  | LibraryValue
  | Optional
  | Timestamp
  | TypeValue
  | Uint
  | Uint8Array
  | bigint
  | boolean
  | number
  | string
  | null
  | List
  | CelMap

export type List = readonly Value[]

/** Keys are plain: whole numbers of any type are bigints. */
export type CelMap = ReadonlyMap<MapKey, Value>
export type MapKey = string | boolean | bigint | number

export class CelError {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

export const NO_OVERLOAD = new CelError('no such overload')

export class Uint {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

export class Timestamp {
  /** Nanoseconds since 1970. */
  readonly nanos: bigint
  /** Minutes east of Greenwich, as it was written. */
  readonly zone: number

  constructor(nanos: bigint, zone = 0) {
    this.nanos = nanos
    this.zone = zone
  }
}

/** Nanoseconds. */
export class Duration {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

export class Optional {
  static readonly none = new Optional(undefined)
  readonly value: Value | undefined

  constructor(value: Value | undefined) {
    this.value = value
  }
}

export class TypeValue {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Values of a library's own types. */
export interface LibraryValue {
  readonly celType: Type
  equals(other: LibraryValue): boolean
}

export function isLibraryValue(value: unknown): value is LibraryValue {
  return typeof value === 'object' && value !== null && 'celType' in value
}

export function isList(value: Value): value is List {
  return Array.isArray(value)
}

export function isMap(value: Value): value is CelMap {
  return value instanceof Map
}

/** What type() says of a value. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case 'bigint':
      return 'int'
    case 'boolean':
      return 'bool'
    case 'number':
      return 'double'
    case 'string':
      return 'string'
    default:
      return objectTypeName(value)
  }
}

function objectTypeName(value: Value): string {
  if (value === null) return 'null_type'
  if (isList(value)) return 'list'
  if (isMap(value)) return 'map'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof Optional) return 'optional_type'
  if (value instanceof TypeValue) return 'type'
  return isLibraryValue(value) ? value.celType.name : 'error'
}

/** The size costs go by: of texts in characters. 1 for what has none. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return characterCount(value)
  if (isList(value) || value instanceof Uint8Array) return value.length
  if (isMap(value)) return value.size
  if (value instanceof Optional && value.value !== undefined) return sizeOf(value.value)
  return 1
}

export function characterCount(text: string): number {
  let pairs = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0xd800 && code <= 0xdbff) pairs++
  }
  return text.length - pairs
}

/** undefined: nothing a map has keys of. */
export function keyOf(value: Value): MapKey | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value
  if (value instanceof Uint) return value.value
  if (typeof value !== 'number') return undefined
  return Number.isInteger(value) ? BigInt(value) : value
}
