// Checks plain JSON against a schema and makes an object of it: unknown fields are dropped and listed, nulls are absent,
// quantities become canonical. Type errors are worded as Go's encoding/json words them.

import { isRecord } from '../objects/is-record.ts'
import { parseGoTime } from '../validation/go-time.ts'
import { canonicalQuantity, QUANTITY_TEXT } from '../validation/quantity.ts'
import { type FieldSchema, goFields, type ObjectSchema, schemaOf } from '../schema/index.ts'
import { goTypeOf, scalarGoType } from './go-types.ts'
import { setKey } from './json-scanner.ts'

export interface Converted {
  readonly object: Record<string, unknown>
  /** Paths of fields the schema lacks: `spec.containers[0].foo`. */
  readonly unknown: readonly string[]
}

/** A value of the wrong type; the message is Go's. */
export class TypeMismatch extends Error {
  override readonly name = 'TypeMismatch'
}

/** @throws TypeMismatch for the first value of a wrong type */
export function convert(schemaName: string, value: object): Converted {
  const unknown: string[] = []
  const conversion = new Conversion(unknown)
  const object = conversion.struct(schemaOf(schemaName), value as Readonly<Record<string, unknown>>, '', '')
  return { object, unknown }
}

const MAX_INT32 = 2 ** 31 - 1
const MIN_INT32 = -(2 ** 31)

/** Where a value stands: for errors (fields only) and for unknown fields (with indices). */
interface Place {
  /** Struct that has the field, e.g. ServicePort. */
  readonly struct: string
  /** e.g. spec.ports.port */
  readonly fields: string
  /** e.g. spec.ports[0].port */
  readonly path: string
}

class Conversion {
  readonly #unknown: string[]

  constructor(unknown: string[]) {
    this.#unknown = unknown
  }

  struct(
    schema: ObjectSchema,
    value: Readonly<Record<string, unknown>>,
    fields: string,
    path: string,
  ): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      const field = schema.fields.get(key)
      const at = path === '' ? key : `${path}.${key}`
      if (field === undefined) {
        this.#unknown.push(at)
        continue
      }
      const inner = value[key]
      if (inner === null || inner === undefined || isDropped(schema, key, field, inner)) continue
      const read = this.#field(field, inner, {
        struct: schema.struct,
        fields: fields === '' ? key : `${fields}.${key}`,
        path: at,
      })
      if (!isUnset(schema, key, read)) object[key] = read
    }
    for (const [key, zero] of requiredScalars(schema)) if (!Object.hasOwn(object, key)) object[key] = zero
    return object
  }

  #field(field: FieldSchema, value: unknown, place: Place): unknown {
    if (field.list === true) {
      if (!Array.isArray(value)) throw mismatch(value, place, goTypeOf(field, place))
      return value.map((item: unknown, index) =>
        this.#single(field, item, { ...place, path: `${place.path}[${index}]` }),
      )
    }
    if (field.map === true) {
      if (!isRecord(value)) throw mismatch(value, place, goTypeOf(field, place))
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

  #single(field: FieldSchema, value: unknown, place: Place): unknown {
    if (field.type === 'json') return value
    // In a list or map, null stands for the type's zero value.
    if (value === null || value === undefined)
      return field.type === 'object' ? this.#empty(field, place) : zeroOf(field)
    switch (field.type) {
      case 'object':
        if (!isRecord(value) || field.ref === undefined) throw mismatch(value, place, scalarGoType(field, place))
        return this.struct(schemaOf(field.ref), value, place.fields, place.path)
      case 'raw':
        return value
      case 'schema-or-array':
      case 'schema-or-bool':
      case 'schema-or-strings':
        return schemaOr(field.type, value)
      default:
        return scalar(field, value, place)
    }
  }
}

const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

/**
 * A JSON schema, or what may stand in its place. Go decodes these by hand and not strictly: unknown fields inside are
 * dropped without a word, and errors call fields by their path from here.
 */
function schemaOr(type: 'schema-or-array' | 'schema-or-bool' | 'schema-or-strings', value: unknown): unknown {
  const inner = new Conversion([])
  const nested = (schema: Readonly<Record<string, unknown>>): unknown =>
    inner.struct(schemaOf(JSON_SCHEMA), schema, '', '')
  if (isRecord(value)) return nested(value)
  if (type === 'schema-or-bool') {
    if (typeof value === 'boolean') return value
    throw new TypeMismatch('boolean or JSON schema expected')
  }
  if (!Array.isArray(value)) return {}
  const place: Place = { struct: '', fields: '', path: '' }
  if (type === 'schema-or-strings')
    return value.map((item: unknown) => scalar({ type: 'string', proto: [] }, item, place))
  return value.map((item: unknown) => {
    if (!isRecord(item)) throw mismatch(item, place, 'v1.JSONSchemaProps')
    return nested(item)
  })
}

/** Lists whose emptiness an error text shows. */
const KEPT_EMPTY: ReadonlySet<string> = new Set(['IngressSpec.rules'])

/** Empty lists and maps are not stored: Go leaves them out when they are optional. */
function isDropped(schema: ObjectSchema, key: string, field: FieldSchema, value: unknown): boolean {
  if (KEPT_EMPTY.has(`${schema.struct}.${key}`) || goFields(schema).get(key)?.omitEmpty === false) return false
  if (field.list === true) return Array.isArray(value) && value.length === 0
  return field.map === true && isRecord(value) && Object.keys(value).length === 0
}

/** Go does not tell a zero that was sent from one that was not, unless the field is a pointer. */
function isUnset(schema: ObjectSchema, key: string, value: unknown): boolean {
  if (value !== '' && value !== 0 && value !== false) return false
  const field = goFields(schema).get(key)
  const isScalar = schema.fields.get(key)?.type !== 'int-or-string'
  return isScalar && field !== undefined && field.omitEmpty && !field.pointer
}

/** Times that Go holds by value: absent ones are written as null. */
const HELD_TIMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['ContainerStateRunning', ['startedAt']],
  ['ContainerStateTerminated', ['startedAt', 'finishedAt']],
  ['CustomResourceDefinitionCondition', ['lastTransitionTime']],
  ['DaemonSetCondition', ['lastTransitionTime']],
  ['DeploymentCondition', ['lastUpdateTime', 'lastTransitionTime']],
  ['HorizontalPodAutoscalerCondition', ['lastTransitionTime']],
  ['JobCondition', ['lastProbeTime', 'lastTransitionTime']],
  ['NamespaceCondition', ['lastTransitionTime']],
  ['NodeCondition', ['lastHeartbeatTime', 'lastTransitionTime']],
  ['PodCondition', ['lastProbeTime', 'lastTransitionTime']],
  ['ReplicaSetCondition', ['lastTransitionTime']],
  ['ReplicationControllerCondition', ['lastTransitionTime']],
  ['StatefulSetCondition', ['lastTransitionTime']],
])

const required = new WeakMap<ObjectSchema, ReadonlyMap<string, unknown>>()

/** Go has no absent scalars: required ones are there with their zero value, and are printed so; so are times held by value. */
function requiredScalars(schema: ObjectSchema): ReadonlyMap<string, unknown> {
  const known = required.get(schema)
  if (known !== undefined) return known
  const found = new Map<string, unknown>()
  for (const [key, field] of schema.fields) {
    if (HELD_TIMES.get(schema.struct)?.includes(key) === true) found.set(key, null)
    const isScalar =
      ['string', 'bool', 'int32', 'int64'].includes(field.type) && field.list !== true && field.map !== true
    const go = goFields(schema).get(key)
    if (isScalar && go !== undefined && !go.pointer && !go.omitEmpty) found.set(key, zeroOf(field))
  }
  required.set(schema, found)
  return found
}

function zeroOf({ type }: FieldSchema): unknown {
  if (type === 'bool') return false
  return type === 'int32' || type === 'int64' || type === 'double' ? 0 : ''
}

function scalar(field: FieldSchema, value: unknown, place: Place): unknown {
  switch (field.type) {
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch(value, place, 'bool')
      return value
    case 'int32':
    case 'int64':
      return integer(value, field.type, place)
    case 'double':
      if (typeof value !== 'number') throw mismatch(value, place, 'float64')
      return value
    case 'int-or-string':
      return typeof value === 'string' ? value : integer(value, 'int32', place)
    case 'quantity':
      return quantity(value)
    case 'bytes':
      return base64(value, place)
    case 'time':
    case 'micro-time':
      return time(value, field.type, place)
    default:
      if (typeof value !== 'string') throw mismatch(value, place, scalarGoType(field, place))
      return value
  }
}

function integer(value: unknown, type: 'int32' | 'int64', place: Place): number {
  if (typeof value !== 'number') throw mismatch(value, place, type)
  const fits = Number.isInteger(value) && (type === 'int64' || (value <= MAX_INT32 && value >= MIN_INT32))
  if (!fits) throw mismatch(value, place, type, `number ${value}`)
  return value
}

function quantity(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : ''
  const canonical = canonicalQuantity(text)
  if (canonical === undefined) throw new TypeMismatch(QUANTITY_TEXT)
  return canonical
}

function base64(value: unknown, place: Place): string {
  if (typeof value !== 'string') throw mismatch(value, place, '[]uint8')
  const text = value.replace(/[\r\n]/g, '')
  const bad = text.search(/[^A-Za-z0-9+/=]/)
  const padding = text.search(/=(?!=?$)/)
  const at = bad >= 0 ? bad : padding >= 0 ? padding : text.length % 4 === 0 ? -1 : Math.floor(text.length / 4) * 4
  if (at >= 0) throw new TypeMismatch(`illegal base64 data at input byte ${at}`)
  return text
}

/** Stored in UTC with the precision of the type. */
function time(value: unknown, type: 'time' | 'micro-time', place: Place): string {
  if (typeof value !== 'string') throw mismatch(value, place, 'string')
  const found = parseGoTime(value, type)
  if (typeof found === 'string') throw new TypeMismatch(found)
  const text = new Date(found.milliseconds).toISOString().slice(0, 19)
  return type === 'time' ? `${text}Z` : `${text}.${found.fraction}Z`
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

function mismatch(value: unknown, place: Place, goType: string, what = kindOf(value)): TypeMismatch {
  return new TypeMismatch(
    `json: cannot unmarshal ${what} into Go struct field ${place.struct}.${place.fields} of type ${goType}`,
  )
}
