// Schemas of CustomResourceDefinitions as Go's clients write them in protobuf.

import protobuf from 'protobufjs/minimal.js'
import { expect, test } from 'vitest'
import { schemaOf } from '../schema/index.ts'
import { decodeMessage } from './decode.ts'

type Fields = readonly (readonly [number, boolean | string | Fields])[]

function encode(fields: Fields): Uint8Array {
  const writer = protobuf.Writer.create()
  for (const [number, value] of fields) {
    if (typeof value === 'boolean') writer.uint32(number << 3).bool(value)
    else if (typeof value === 'string') writer.uint32((number << 3) | 2).string(value)
    else writer.uint32((number << 3) | 2).bytes(encode(value))
  }
  return writer.finish()
}

const STRING: Fields = [
  [5, 'string'],
  [12, false],
]

test.each<[string, Fields, unknown]>([
  ['items', [[24, [[1, STRING]]]], { items: { type: 'string' } }],
  [
    'a list of items',
    [
      [
        24,
        [
          [2, STRING],
          [2, []],
        ],
      ],
    ],
    { items: [{ type: 'string' }, {}] },
  ],
  [
    'additional properties of a schema',
    [
      [
        30,
        [
          [1, true],
          [2, STRING],
        ],
      ],
    ],
    { additionalProperties: { type: 'string' } },
  ],
  ['any additional properties', [[30, [[1, true]]]], { additionalProperties: true }],
  ['no additional properties', [[30, [[1, false]]]], { additionalProperties: false }],
  [
    'names that depend',
    [
      [
        32,
        [
          [1, 'a'],
          [2, [[2, 'b']]],
        ],
      ],
    ],
    { dependencies: { a: ['b'] } },
  ],
  ['a default', [[8, [[1, '{"a":1}']]]], { default: { a: 1 } }],
  [
    'values',
    [
      [20, [[1, '"x"']]],
      [20, [[1, '2']]],
    ],
    { enum: ['x', 2] },
  ],
])('%s', (_, fields, expected) => {
  const schema = schemaOf('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps')
  expect(decodeMessage(encode(fields), schema)).toEqual(expected)
})
