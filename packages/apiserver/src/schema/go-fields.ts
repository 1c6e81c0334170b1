// What encoding/json does with the fields of a Go struct: their order, which are pointers, which are left out when empty.
// It decides what the server prints, stores as empty and counts as set. Source: the Go types of k8s.io/api (generated table).

import { goFieldTexts } from './generated/go-fields.ts'
import { legacySchemaTexts } from './generated/legacy-schemas.ts'
import type { ObjectSchema } from './object-schema.ts'

export interface GoField {
  /** A pointer tells absent from zero. */
  readonly pointer: boolean
  /** Left out when it is zero, false, empty or nil; structs held by value are never empty. */
  readonly omitEmpty: boolean
  /** Left out when all of a struct is zero. */
  readonly omitZero: boolean
  /** Where it is a named type that is no struct: `v1.Protocol`, `[]v1.IPFamily`. */
  readonly type?: string
}

const NO_FIELDS: ReadonlyMap<string, GoField> = new Map()
const known = new WeakMap<ObjectSchema, ReadonlyMap<string, GoField>>()

/** In the order of the struct. */
export function goFields(schema: ObjectSchema): ReadonlyMap<string, GoField> {
  const found = known.get(schema)
  if (found !== undefined) return found
  const text = goFieldTexts.get(schema.name)
  const fields =
    text === undefined ? fromSchema(schema) : text === '' ? NO_FIELDS : new Map(text.split(' ').map(readField))
  known.set(schema, fields)
  return fields
}

/** Legacy versions have no table of their own: their schemas say as much, in the order of the numbers. */
function fromSchema(schema: ObjectSchema): ReadonlyMap<string, GoField> {
  if (!legacySchemaTexts.has(schema.name)) return NO_FIELDS
  const fields = [...schema.fields].filter(([, { proto }]) => proto.length > 0)
  const ordered = fields.sort(([, a], [, b]) => (a.proto[0] ?? 0) - (b.proto[0] ?? 0))
  return new Map(
    ordered.map(([name, { pointer = false, always = false }]) => {
      return [name, { pointer, omitEmpty: !always, omitZero: false }]
    }),
  )
}

function readField(text: string): readonly [string, GoField] {
  const [field = '', type] = text.split('=', 2)
  const name = field.replace(/[*?!]+$/, '')
  const flags = field.slice(name.length)
  const options = { pointer: flags.includes('*'), omitEmpty: flags.includes('?'), omitZero: flags.includes('!') }
  return [name, type === undefined ? options : { ...options, type }]
}

/** kind and apiVersion first, where they are not fields like others. */
export function goFieldOrder(schema: ObjectSchema): readonly string[] {
  const names = [...goFields(schema).keys()]
  return [...['kind', 'apiVersion'].filter((name) => !names.includes(name)), ...names]
}
