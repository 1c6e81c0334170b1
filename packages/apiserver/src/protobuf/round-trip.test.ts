// Whatever a Go server could hold comes back as it was: decode(encode(x)) = x for every kind with a message.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { legacySchemaTexts } from '../schema/generated/legacy-schemas.ts'
import { schemaTexts } from '../schema/generated/schemas.ts'
import { schemaOf, type FieldSchema, type ObjectSchema } from '../schema/index.ts'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'

const texts = fc.constantFrom('a', 'web', 'ü€😀', '__proto__', 'x\u0000y')
const words = fc.oneof(fc.constant(''), texts)
const json = fc.constantFrom<unknown>({ a: [1, 'b', null] }, 'text', 7)

/** Any value a field's type can have, zero included. */
function valueOf(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'string':
      return words
    case 'bool':
      return fc.boolean()
    case 'int32':
      return fc.oneof(fc.constant(0), fc.integer())
    case 'int64':
      return fc.oneof(fc.constant(0), fc.maxSafeInteger())
    case 'double':
      return fc.constantFrom(0, 1.5, -2e300)
    case 'bytes':
      return fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('base64'))
    case 'time':
      return fc.constantFrom('2026-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59Z')
    case 'micro-time':
      return fc.constantFrom(
        '2026-01-01T00:00:00.000000Z',
        '1969-12-31T23:59:59.000001Z',
        '2026-01-01T00:00:00.120000Z',
      )
    case 'quantity':
      return fc.constantFrom('0', '100m', '1Gi', '-1')
    case 'int-or-string':
      return fc.oneof(words, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
    case 'strings':
      return fc.array(words, { maxLength: 2 })
    case 'object':
      return objectOf(schemaOf(field.ref ?? ''), depth - 1)
    case 'schema-or-array':
      return fc.oneof(jsonSchemas(depth - 1), fc.array(jsonSchemas(depth - 1), { maxLength: 2 }))
    case 'schema-or-bool':
      return fc.oneof(jsonSchemas(depth - 1), fc.boolean())
    case 'schema-or-strings':
      return fc.oneof(jsonSchemas(depth - 1), fc.array(words, { maxLength: 2 }))
    default:
      return json
  }
}

function jsonSchemas(depth: number): fc.Arbitrary<object> {
  return objectOf(schemaOf('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'), depth)
}

/** What stands in the JSON of a Go struct for this field; undefined: it may be left out. */
function fieldOf(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  const isContainer = field.list === true || field.map === true
  if ((isContainer || field.pointer === true) && depth <= 0) return fc.constant(undefined)
  const value = valueOf(field, depth)
  if (field.list === true) return fc.option(fc.array(value, { minLength: 1, maxLength: 2 }), { nil: undefined })
  if (field.map === true) {
    return fc.option(fc.dictionary(texts, value, { minKeys: 1, maxKeys: 2, noNullPrototype: true }), { nil: undefined })
  }
  if (field.pointer === true) return fc.option(value, { nil: undefined })
  if (field.type === 'bytes') return fc.option(value, { nil: undefined })
  if (field.type === 'time' || field.type === 'micro-time') return fc.oneof(fc.constant(null), value)
  const isZero = (inner: unknown): boolean => inner === '' || inner === 0 || inner === false
  const isScalar = ['string', 'bool', 'int32', 'int64', 'double', 'int-or-string'].includes(field.type)
  return isScalar && field.always !== true ? value.map((inner) => (isZero(inner) ? undefined : inner)) : value
}

function objectOf(schema: ObjectSchema, depth: number): fc.Arbitrary<object> {
  const onWire = [...schema.fields].filter(([, { proto }]) => proto.length > 0)
  const shape = Object.fromEntries(onWire.map(([name, field]) => [name, fieldOf(field, depth)]))
  return fc
    .record(shape)
    .map((object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)))
}

const names = [...schemaTexts.keys(), ...legacySchemaTexts.keys()]

describe('decode(encode(x)) = x', () => {
  it.each(names)('%s', (name) => {
    const schema = schemaOf(name)
    fc.assert(
      fc.property(objectOf(schema, 3), (object) => {
        expect(decodeMessage(encodeMessage(object, schema), schema)).toEqual(object)
      }),
      { seed: 11, numRuns: 12 },
    )
  })
})
