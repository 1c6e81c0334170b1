// Names of Go types, for errors about values of the wrong type. Departure: in versions that are no longer served, named types of
// scalars are called by what they are made of.

import { goFields, type FieldSchema, type ObjectSchema } from '../schema/index.ts'

interface FieldPlace {
  /** What has the field; undefined: nothing that has a name. */
  readonly schema: ObjectSchema | undefined
  /** Dotted path without indices; the last part is the field. */
  readonly fields: string
}

/** Of the whole field: lists and maps included. */
export function goTypeOf(field: FieldSchema, place: FieldPlace): string {
  const named = namedType(place)
  if (named !== undefined) return named
  const single = scalarGoType(field, place)
  return field.list === true ? `[]${single}` : field.map === true ? `map[string]${single}` : single
}

/** Of one value. */
export function scalarGoType(field: FieldSchema, place: FieldPlace): string {
  switch (field.type) {
    case 'object':
      return (field.ref ?? '').split('.').slice(-2).join('.')
    case 'json':
      return 'v1.JSON'
    case 'bytes':
      return '[]uint8'
    case 'quantity':
      return 'resource.Quantity'
    case 'time':
      return 'v1.Time'
    case 'micro-time':
      return 'v1.MicroTime'
    case 'double':
      return 'float64'
    case 'int-or-string':
      return 'intstr.IntOrString'
    default:
      return itemType(namedType(place)) ?? field.type
  }
}

function namedType({ schema, fields }: FieldPlace): string | undefined {
  if (schema === undefined) return undefined
  return goFields(schema).get(fields.slice(fields.lastIndexOf('.') + 1))?.type
}

/** What a list or map is of; a named list says nothing of it. */
function itemType(type: string | undefined): string | undefined {
  return type?.replace(/^(?:\[\]|map\[[^\]]*\])/, '')
}
