// Objects a schema allows, with odd values: what decodes, whatever becomes of it.

import fc from 'fast-check'
import { type FieldSchema, schemaOf } from '../schema/index.ts'

const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

const words = fc.constantFrom(
  '',
  'a',
  'web',
  'A_',
  'None',
  '10.96.0.9',
  '::1',
  'TCP',
  'Always',
  'x/y',
  'object',
  'array',
  'map',
  '__proto__',
  '-',
  '/',
)

function scalarOf(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'object':
      return objectOf(field.ref ?? '', depth)
    case 'bool':
      return fc.boolean()
    case 'int32':
    case 'int64':
      return fc.constantFrom(-1, 0, 1, 80, 70_000)
    case 'double':
      return fc.constantFrom(0, 1.5)
    case 'int-or-string':
      return fc.oneof(words, fc.constantFrom(-1, 0, 80))
    case 'quantity':
      return fc.constantFrom('0', '1', '-1', '500m', '1Gi')
    case 'bytes':
      return fc.constantFrom('', 'eA==')
    case 'time':
      return fc.constant('2026-01-01T00:00:00Z')
    case 'micro-time':
      return fc.constant('2026-01-01T00:00:00.000000Z')
    case 'json':
      return fc.oneof(words, fc.constantFrom(null, 1, true), fc.constant({ a: [1] }))
    case 'schema-or-array':
      return fc.oneof(objectOf(JSON_SCHEMA, depth), fc.array(objectOf(JSON_SCHEMA, depth), { maxLength: 2 }))
    case 'schema-or-bool':
      return fc.oneof(objectOf(JSON_SCHEMA, depth), fc.boolean())
    case 'schema-or-strings':
      return fc.oneof(objectOf(JSON_SCHEMA, depth), fc.array(words, { maxLength: 2 }))
    default:
      return words
  }
}

function valueOf(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  const single = scalarOf(field, depth)
  if (field.list === true) return fc.array(single, { maxLength: 2 })
  return field.map === true ? fc.dictionary(words, single, { maxKeys: 2 }) : single
}

/** @param depth how deep structs go; beyond it they are empty */
export function objectOf(schemaName: string, depth: number): fc.Arbitrary<object> {
  if (depth === 0) return fc.constant({})
  const fields = [...schemaOf(schemaName).fields].filter(
    ([name]) => !['apiVersion', 'kind', 'managedFields'].includes(name),
  )
  const always = fields.filter(([, field]) => field.required === true)
  return fc
    .subarray(fields, { maxLength: Math.min(6, fields.length) })
    .map((chosen) => [...new Set([...always, ...chosen])])
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map(([name, field]) => [name, valueOf(field, depth - 1)]))))
}
