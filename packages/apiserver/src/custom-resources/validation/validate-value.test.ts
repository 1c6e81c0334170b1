import { describe, expect, test } from 'vitest'
import type { Schema } from '../schema/walk.ts'
import { Correlation } from './correlation.ts'
import { validateListTypes } from './list-types.ts'
import { isOfFormat } from './string-formats.ts'
import { validateValue } from './validate-value.ts'

/** `field: body`, as a Status message has them. */
function told(value: unknown, schema: Schema, path = ''): readonly string[] {
  return validateValue(value, schema, path).map(({ field, body }) => `${field}: ${body}`)
}

function spec(schema: Schema): Schema {
  return { type: 'object', properties: { spec: schema } }
}

describe('one value, one finding, in the words of the server', () => {
  test.each<[schema: Schema, value: unknown, words: string]>([
    [{ type: 'integer' }, '3', 'Invalid value: "string": spec in body must be of type integer: "string"'],
    [{ type: 'string' }, null, 'Invalid value: "null": spec in body must be of type string: "null"'],
    [{ type: 'object' }, [], 'Invalid value: "array": spec in body must be of type object: "array"'],
    [
      { 'x-kubernetes-int-or-string': true },
      true,
      'Invalid value: "boolean": spec in body must be of type integer,string: "boolean"',
    ],
    [{ type: 'number', minimum: 1.5 }, 1.2, 'Invalid value: 1.2: spec in body should be greater than or equal to 1.5'],
    [
      { type: 'integer', minimum: 1, exclusiveMinimum: true },
      1,
      'Invalid value: 1: spec in body should be greater than 1',
    ],
    [
      { type: 'number', maximum: 5.5, exclusiveMaximum: true },
      1e300,
      'Invalid value: 1e+300: spec in body should be less than 5.5',
    ],
    [{ type: 'integer', maximum: 3 }, 4, 'Invalid value: 4: spec in body should be less than or equal to 3'],
    [{ type: 'integer', multipleOf: 5 }, 7, 'Invalid value: 7: spec in body should be a multiple of 5'],
    [{ type: 'string', maxLength: 2 }, 'abc', 'Too long: may not be more than 2 bytes'],
    [{ type: 'string', minLength: 2 }, 'a', 'Invalid value: "a": spec in body should be at least 2 chars long'],
    [{ type: 'string', pattern: '^[a-z]+$' }, 'A', `Invalid value: "A": spec in body should match '^[a-z]+$'`],
    [{ type: 'string', enum: ['a', 'b'] }, 'c', 'Unsupported value: "c": supported values: "a", "b"'],
    [{ type: 'integer', enum: [1, 2] }, 3, 'Unsupported value: 3: supported values: "1", "2"'],
    [
      { type: 'string', format: 'date-time' },
      'yesterday',
      'Invalid value: "yesterday": spec in body must be of type date-time: "yesterday"',
    ],
    [{ type: 'array', maxItems: 1 }, [1, 2], 'Too many: 2: must have at most 1 item'],
    [{ type: 'array', minItems: 1 }, [], 'Invalid value: 0: spec in body should have at least 1 items'],
    [{ type: 'array', uniqueItems: true }, [1, 1], `Invalid value: "": spec in body shouldn't contain duplicates`],
    [{ type: 'object', maxProperties: 1 }, { a: 1, b: 2 }, 'Too many: 2: must have at most 1 item'],
    [{ type: 'object', minProperties: 1 }, {}, 'Invalid value: 0: spec in body should have at least 1 properties'],
  ])('%j with %j', (schema, value, words) => {
    expect(told({ spec: value }, spec(schema))).toEqual([`spec: ${words}`])
  })
})

test.each<[schema: Schema, value: unknown]>([
  [{ type: 'integer' }, 3],
  [{ type: 'number' }, 3],
  [{ type: 'string', nullable: true }, null],
  [{ type: 'string', format: 'nonsense' }, 'x'],
  [{ 'x-kubernetes-int-or-string': true }, '80%'],
  [{ type: 'string', maxLength: 2 }, '日本'],
  [{ type: 'integer', enum: [1] }, 1],
])('%j takes %j', (schema, value) => {
  expect(told({ spec: value }, spec(schema))).toEqual([])
})

test('a range that a number cannot have at all names no field', () => {
  expect(told({ spec: 2 ** 31 }, spec({ type: 'integer', format: 'int32' }))).toEqual([
    '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec',
  ])
})

test('a fraction where a whole number is due is told twice', () => {
  expect(told({ spec: 1.5 }, spec({ type: 'integer' }))).toEqual([
    'spec: Invalid value: "number": spec in body must be of type integer: "number"',
    '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec',
  ])
})

test('members are told before what is missing, items by index, additional members by name', () => {
  const schema = spec({
    type: 'object',
    required: ['a'],
    properties: { tags: { type: 'array', items: { type: 'string' } } },
    additionalProperties: { type: 'string' },
  })
  expect(told({ spec: { tags: [1], more: 2 } }, schema)).toEqual([
    'spec.more: Invalid value: "integer": spec.more in body must be of type string: "integer"',
    'spec.tags[0]: Invalid value: "integer": spec.tags[0] in body must be of type string: "integer"',
    'spec.a: Required value',
  ])
})

test('of the alternatives of anyOf and oneOf the one that came farthest is told', () => {
  const options: Schema[] = [
    { required: ['a'], properties: { a: { minimum: 1 } } },
    { required: ['b'], properties: { b: { minimum: 5 } } },
  ]
  expect(told({ spec: { b: 1 } }, spec({ type: 'object', anyOf: options }))).toEqual([
    '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
    'spec.b: Invalid value: 1: spec.b in body should be greater than or equal to 5',
  ])
  expect(told({ spec: { a: 1, b: 5 } }, spec({ type: 'object', oneOf: options }))).toEqual([
    '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
  ])
  expect(told({ spec: 'x' }, spec({ not: { pattern: 'x' } }))).toEqual([
    '<nil>: Invalid value: "": "spec" must not validate the schema (not)',
  ])
  expect(told({ spec: 'x' }, spec({ allOf: [{ minLength: 2 }, { maxLength: 2 }] }))).toEqual([
    'spec: Invalid value: "x": spec in body should be at least 2 chars long',
    '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf)',
  ])
})

test('what an update leaves as it was is not held against it', () => {
  const schema = spec({
    type: 'object',
    required: ['missing'],
    properties: {
      low: { type: 'integer', minimum: 5 },
      other: { type: 'string' },
      keyed: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'integer', minimum: 5 } } },
      },
    },
  })
  const update = (old: object, value: object): readonly string[] =>
    validateValue(value, schema, '', new Correlation(value, old, schema)).map(({ field }) => field)
  expect(update({ spec: { low: 1 } }, { spec: { low: 1 } })).toEqual([])
  expect(update({ spec: { low: 1 } }, { spec: { low: 1, other: 'x' } })).toEqual(['spec.missing'])
  expect(update({ spec: { low: 1 } }, { spec: { low: 2 } })).toEqual(['spec.low', 'spec.missing'])
  const one = { k: 'a', v: 1 }
  expect(update({ spec: { keyed: [one] } }, { spec: { keyed: [{ k: 'b', v: 1 }, one] } })).toEqual([
    'spec.keyed[0].v',
    'spec.missing',
  ])
})

test.each<[format: string, good: readonly string[], bad: readonly string[]]>([
  ['date-time', ['2020-01-01T00:00:00Z', '2020-01-01t23:59:59.5+01:00'], ['2020-13-01T00:00:00Z', '2020-01-01', 'x']],
  ['date', ['2024-02-29'], ['2023-02-29', '20230101']],
  ['duration', ['1h30m', '3 weeks', '0'], ['', 'soon']],
  ['ipv4', ['10.0.0.1', '010.0.0.1'], ['10.0.0.256', '::1']],
  ['ipv6', ['::1', '::ffff:1.2.3.4'], ['1.2.3.4', 'g::']],
  ['cidr', ['10.0.0.0/8', '::/0'], ['10.0.0.0', '10.0.0.0/33']],
  ['mac', ['01:23:45:67:89:ab', '0123.4567.89ab'], ['01:23:45', '01-23-45-67-89-zz']],
  ['uuid', ['01234567-89ab-cdef-0123-456789abcdef'], ['0123']],
  ['uuid4', ['01234567-89ab-4def-8123-456789abcdef'], ['01234567-89ab-3def-8123-456789abcdef']],
  ['uri', ['http://a/b', '/a', 'mailto:x'], ['a/b', '', 'http://[::1']],
  ['hostname', ['a.example.com', 'x'], ['-a', '']],
  ['email', ['a@b.c'], ['a', 'a@', '@b']],
  ['byte', ['aGk='], ['aGk', '*']],
  ['isbn', ['0321751043', '978-0321751041'], ['0321751044']],
  ['creditcard', ['4111 1111 1111 1111'], ['4111 1111 1111 1112']],
  ['ssn', ['123-45-6789'], ['123456789']],
  ['hexcolor', ['#fff', '00FF00'], ['#ffff']],
  ['rgbcolor', ['rgb(1, 2, 255)'], ['rgb(1,2)', 'rgb(256,0,0)']],
  ['k8s-short-name', ['a-b'], ['a.b', 'A']],
  ['k8s-long-name', ['a.b-c'], ['a..b']],
])('format %s', (format, good, bad) => {
  for (const text of good) expect([text, isOfFormat(text, format)]).toEqual([text, true])
  for (const text of bad) expect([text, isOfFormat(text, format)]).toEqual([text, false])
})

test('elements of sets and keyed lists come once', () => {
  const list = (value: unknown, schema: Schema): readonly string[] =>
    validateListTypes({ l: value }, { properties: { l: schema } }, '').map(({ field, body }) => `${field}: ${body}`)
  const set: Schema = { 'x-kubernetes-list-type': 'set' }
  expect(list(['a', 'b', 'a', 'a'], set)).toEqual(['l[2]: Duplicate value: "a"'])
  expect(
    list(
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      set,
    ),
  ).toEqual(['l[1]: Duplicate value: {"b":2,"a":1}'])
  expect(list([1, '1'], set)).toEqual([])
  const map: Schema = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['p', 'n'] }
  expect(
    list(
      [
        { n: 'x', p: 1 },
        { n: 'x', p: 2 },
      ],
      map,
    ),
  ).toEqual([])
  expect(list([{ n: 'x' }, { n: 'x' }, {}, {}], map)).toEqual([
    'l[1]: Duplicate value: {"n":"x"}',
    'l[3]: Duplicate value: {}',
  ])
  expect(list(['x'], map)).toEqual(['l[0]: Invalid value: "x": must be an object for an array of list-type map'])
})
