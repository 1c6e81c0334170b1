// Checks plain JSON against a schema and makes an object of it: unknown fields are dropped and listed, nulls are absent,
// quantities become canonical. Type errors are worded as Go's encoding/json words them.

import { isRecord } from '../objects/is-record.ts'
import { parseGoTime } from '../validation/go-time.ts'
import { canonicalQuantity, QUANTITY_TEXT } from '../validation/quantity.ts'
import { type FieldSchema, type ObjectSchema, schemaOf } from '../schema/index.ts'
import { type FieldRule, rulesOf, zeroOf } from './field-rules.ts'
import { goTypeOf, scalarGoType } from './go-types.ts'
import { setKey } from './json-scanner.ts'
import { noteEmpty } from './sent-empty.ts'

export interface Converted {
  readonly object: Record<string, unknown>
  /** Paths of fields the schema lacks: `spec.containers[0].foo`. */
  readonly unknown: readonly string[]
}

export interface WrongType {
  readonly value: unknown
  /** `v1.Protocol`, `int32` … */
  readonly goType: string
  /** What Go's reflection calls the wanted type (`slice`, `map`, `struct`, `string`, `int32` …); `json` for types that read JSON. */
  readonly kind: string
}

/** A value of the wrong type; the message is Go's. */
export class TypeMismatch extends Error {
  override readonly name = 'TypeMismatch'
  /** undefined: a value of the right type that says nothing. */
  readonly wrong: WrongType | undefined
  /** Found by a type that reads its JSON itself: Go reads no further, while of other mistakes it keeps the first and goes on. */
  readonly endsReading: boolean

  constructor(message: string, wrong?: WrongType, endsReading = wrong === undefined || wrong.kind === 'json') {
    super(message)
    this.wrong = wrong
    this.endsReading = endsReading
  }
}

/** How numbers were written, by their paths, where JavaScript would write them otherwise. */
type Literals = ReadonlyMap<string, string> | undefined

/** @throws TypeMismatch for the first value of a wrong type, unless a later one ends the reading */
export function convert(schemaName: string, value: object, literals?: Literals): Converted {
  const unknown: string[] = []
  const schema = schemaOf(schemaName)
  const fields = value as Readonly<Record<string, unknown>>
  try {
    return { object: new Conversion(unknown, literals).struct(schema, fields, '', ''), unknown }
  } catch (error) {
    if (error instanceof TypeMismatch && !error.endsReading) {
      new Conversion([], literals, true).struct(schema, fields, '', '')
    }
    throw error
  }
}

const MAX_INT32 = 2 ** 31 - 1
const MIN_INT32 = -(2 ** 31)

/** Where a value stands: for errors (fields only) and for unknown fields (with indices). */
export interface Place {
  /** What has the field; undefined: nothing that has a name. */
  readonly schema: ObjectSchema | undefined
  /** e.g. spec.ports.port */
  readonly fields: string
  /** e.g. spec.ports[0].port */
  readonly path: string
}

class Conversion {
  readonly #unknown: string[]
  readonly #literals: Literals
  /** Goes on past what does not end the reading. */
  readonly #goesOn: boolean

  constructor(unknown: string[], literals?: Literals, goesOn = false) {
    this.#unknown = unknown
    this.#literals = literals
    this.#goesOn = goesOn
  }

  struct(
    schema: ObjectSchema,
    value: Readonly<Record<string, unknown>>,
    fields: string,
    path: string,
  ): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    const { rules, required } = rulesOf(schema)
    for (const key of Object.keys(value)) {
      const rule = rules.get(key)
      const at = path === '' ? key : `${path}.${key}`
      if (rule === undefined) {
        this.#unknown.push(at)
        continue
      }
      const inner = value[key]
      if (inner === null || inner === undefined) continue
      if (isDropped(rule, inner)) {
        noteEmpty(object, key, inner)
        continue
      }
      const read = this.#field(rule.field, inner, {
        schema,
        fields: fields === '' ? rule.goPath : `${fields}.${rule.goPath}`,
        path: at,
      })
      if (rule.keepsZero || (read !== '' && read !== 0 && read !== false)) object[key] = read
    }
    for (const [key, zero] of required) if (!Object.hasOwn(object, key)) object[key] = zero
    return object
  }

  #field(field: FieldSchema, value: unknown, place: Place): unknown {
    return this.#goesOn ? pastMistakes(() => this.#whole(field, value, place)) : this.#whole(field, value, place)
  }

  #single(field: FieldSchema, value: unknown, place: Place): unknown {
    return this.#goesOn ? pastMistakes(() => this.#one(field, value, place)) : this.#one(field, value, place)
  }

  #whole(field: FieldSchema, value: unknown, place: Place): unknown {
    if (field.list === true) {
      if (!Array.isArray(value)) throw mismatch(value, place, goTypeOf(field, place), 'slice')
      return value.map((item: unknown, index) =>
        this.#single(field, item, { ...place, path: `${place.path}[${index}]` }),
      )
    }
    if (field.map === true) {
      if (!isRecord(value)) throw mismatch(value, place, goTypeOf(field, place), 'map')
      const map: Record<string, unknown> = {}
      for (const key of Object.keys(value)) {
        setKey(map, key, this.#single(field, value[key], { ...place, path: `${place.path}.${key}` }))
      }
      return map
    }
    return this.#single(field, value, place)
  }

  /** A struct that nothing was said of has its required scalars all the same. */
  #empty({ ref }: FieldSchema, { fields, path }: Place): unknown {
    return ref === undefined ? {} : this.struct(schemaOf(ref), {}, fields, path)
  }

  #one(field: FieldSchema, value: unknown, place: Place): unknown {
    if (field.type === 'json') return value
    // In a list or map, null stands for the type's zero value.
    if (value === null || value === undefined)
      return field.type === 'object' ? this.#empty(field, place) : zeroOf(field)
    switch (field.type) {
      case 'object':
        if (!isRecord(value) || field.ref === undefined)
          throw mismatch(value, place, scalarGoType(field, place), 'struct')
        return this.struct(schemaOf(field.ref), value, place.fields, place.path)
      case 'raw':
        return value
      case 'strings':
        if (!Array.isArray(value)) throw mismatch(value, place, 'v1.ExtraValue', 'slice')
        return value.map((item: unknown) => {
          if (item === null) return ''
          if (typeof item !== 'string') throw mismatch(item, place, 'string')
          return item
        })
      case 'schema-or-array':
      case 'schema-or-bool':
      case 'schema-or-strings':
        return schemaOr(field.type, value, place)
      default:
        return scalar(field, value, place, this.#literals?.get(place.path))
    }
  }
}

function pastMistakes(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeMismatch && !error.endsReading) return undefined
    throw error
  }
}

const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

/**
 * A JSON schema, or what may stand in its place. Go decodes these by hand and not strictly: unknown fields inside are
 * dropped without a word. Errors call fields by their whole path, as fields of the schema that this is part of.
 */
function schemaOr(
  type: 'schema-or-array' | 'schema-or-bool' | 'schema-or-strings',
  value: unknown,
  { fields }: Place,
): unknown {
  const inner = new Conversion([])
  const nested = (schema: Readonly<Record<string, unknown>>): unknown =>
    inner.struct(schemaOf(JSON_SCHEMA), schema, fields, '')
  if (isRecord(value)) return nested(value)
  if (type === 'schema-or-bool') {
    if (typeof value === 'boolean') return value
    throw new TypeMismatch('boolean or JSON schema expected')
  }
  if (!Array.isArray(value)) return {}
  const place: Place = { schema: undefined, fields: '', path: '' }
  if (type === 'schema-or-strings')
    return value.map((item: unknown) => scalar({ type: 'string', proto: [] }, item, place))
  return value.map((item: unknown) => {
    if (!isRecord(item)) throw mismatch(item, place, 'v1.JSONSchemaProps', 'struct')
    return nested(item)
  })
}

/** Empty lists and maps are not stored: Go leaves them out when they are optional. */
function isDropped({ field, keepsEmpty }: FieldRule, value: unknown): boolean {
  if (keepsEmpty) return false
  if (field.list === true) return Array.isArray(value) && value.length === 0
  return field.map === true && isRecord(value) && Object.keys(value).length === 0
}

/**
 * @param literal how a number was written, where JavaScript would write it otherwise
 * @throws TypeMismatch
 */
export function scalar(field: FieldSchema, value: unknown, place: Place, literal?: string): unknown {
  switch (field.type) {
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch(value, place, 'bool')
      return value
    case 'int32':
    case 'int64':
      return integer(value, field.type, place, { literal })
    case 'double':
      if (!isNumber(value)) throw mismatch(value, place, 'float64')
      return Number(value)
    case 'int-or-string':
      return typeof value === 'string' ? value : integer(value, 'int32', place, { literal, kind: 'json' })
    case 'quantity':
      return quantity(value)
    case 'bytes':
      return base64(value, place)
    case 'time':
    case 'micro-time':
      return time(value, field.type, place)
    default:
      if (typeof value !== 'string') throw mismatch(value, place, scalarGoType(field, place), 'string')
      return value
  }
}

function integer(
  value: unknown,
  type: 'int32' | 'int64',
  place: Place,
  { literal, kind = type }: { readonly literal?: string | undefined; readonly kind?: string },
): number {
  if (!isNumber(value)) throw mismatch(value, place, type, kind)
  if (typeof value === 'bigint') {
    if (type === 'int32') throw mismatch(value, place, type, kind, `number ${value}`)
    return Number(value)
  }
  const isWhole = Number.isInteger(value) && (literal === undefined || /^-?\d+$/.test(literal))
  if (!isWhole || !(type === 'int32' ? value <= MAX_INT32 && value >= MIN_INT32 : fitsInt64(value, literal)))
    throw mismatch(value, place, type, kind, `number ${literal ?? value}`)
  return value
}

function fitsInt64(value: number, literal: string | undefined): boolean {
  if (Number.isSafeInteger(value)) return true
  return BigInt.asIntN(64, BigInt(literal ?? value)) === BigInt(literal ?? value)
}

function quantity(value: unknown): string {
  const text = isNumber(value) ? String(value) : typeof value === 'string' ? value.trim() : ''
  const canonical = canonicalQuantity(text)
  if (canonical === undefined) throw new TypeMismatch(QUANTITY_TEXT)
  return canonical
}

function base64(value: unknown, place: Place): string {
  if (typeof value !== 'string') throw mismatch(value, place, '[]uint8', 'slice')
  const text = value.replace(/[\r\n]/g, '')
  const bad = text.search(/[^A-Za-z0-9+/=]/)
  const padding = text.search(/=(?!=?$)/)
  const at = bad >= 0 ? bad : padding >= 0 ? padding : text.length % 4 === 0 ? -1 : Math.floor(text.length / 4) * 4
  if (at >= 0) throw new TypeMismatch(`illegal base64 data at input byte ${at}`, undefined, false)
  return text
}

/** Stored in UTC with the precision of the type. */
function time(value: unknown, type: 'time' | 'micro-time', place: Place): string {
  if (typeof value !== 'string') throw mismatch(value, place, 'string', 'json')
  const found = parseGoTime(value, type)
  if (typeof found === 'string') throw new TypeMismatch(found)
  const text = new Date(found.milliseconds).toISOString().slice(0, 19)
  return type === 'time' ? `${text}Z` : `${text}.${found.fraction}Z`
}

/** As encoding/json calls what it met. */
export function jsonKindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return isNumber(value) ? 'number' : typeof value
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function mismatch(value: unknown, place: Place, goType: string, kind = goType, what = jsonKindOf(value)): TypeMismatch {
  return new TypeMismatch(
    `json: cannot unmarshal ${what} into Go struct field ${place.schema?.struct ?? ''}.${place.fields} of type ${goType}`,
    { value, goType, kind },
  )
}
