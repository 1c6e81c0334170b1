// Bodies as kubectl 1.32+ sends them, written here field by field with protobufjs' writer.

import protobuf from 'protobufjs/minimal.js'
import { describe, expect, it, test } from 'vitest'
import { RESOURCES } from '../http/fake-handler.suite.ts'
import { protobufToJson } from './body.ts'

type Fields = readonly (readonly [number, string | number | boolean | Uint8Array | Fields])[]

/** Strings, bytes and messages are length-delimited, numbers and booleans varints. */
function encode(fields: Fields): Uint8Array {
  const writer = protobuf.Writer.create()
  for (const [number, value] of fields) {
    if (typeof value === 'number') writer.uint32(number << 3).int64(value)
    else if (typeof value === 'boolean') writer.uint32(number << 3).bool(value)
    else if (typeof value === 'string') writer.uint32((number << 3) | 2).string(value)
    else writer.uint32((number << 3) | 2).bytes(value instanceof Uint8Array ? value : encode(value))
  }
  return writer.finish()
}

function body(apiVersion: string, kind: string, fields: Fields): Uint8Array {
  const unknown = encode([
    [
      1,
      [
        [1, apiVersion],
        [2, kind],
      ],
    ],
    [2, encode(fields)],
    [3, ''],
    [4, ''],
  ])
  return Buffer.concat([Buffer.from('6b387300', 'hex'), unknown])
}

function decode(apiVersion: string, kind: string, fields: Fields): unknown {
  return JSON.parse(Buffer.from(protobufToJson(body(apiVersion, kind, fields), RESOURCES, kind)).toString())
}

/** ObjectMeta as Go writes it: zero values included. */
const META: Fields = [
  [1, 'x'],
  [2, ''],
  [3, ''],
  [5, ''],
  [6, ''],
  [7, 0],
  [8, []],
]
const META_JSON = { name: 'x', creationTimestamp: null }

describe('protobufToJson', () => {
  it.each<[string, string, string, Fields, unknown]>([
    [
      'a Namespace',
      'v1',
      'Namespace',
      [
        [1, META],
        [2, []],
        [3, [[1, '']]],
      ],
      { metadata: META_JSON, spec: {}, status: {} },
    ],
    [
      'a Secret: bytes are base64, maps are objects',
      'v1',
      'Secret',
      [
        [1, META],
        [
          2,
          [
            [1, 'k'],
            [2, 'v'],
          ],
        ],
        [
          2,
          [
            [1, 'empty'],
            [2, ''],
          ],
        ],
        [3, 'Opaque'],
      ],
      { metadata: META_JSON, data: { k: 'dg==', empty: '' }, type: 'Opaque' },
    ],
    [
      'a ConfigMap with a key named __proto__',
      'v1',
      'ConfigMap',
      [
        [1, META],
        [
          2,
          [
            [1, '__proto__'],
            [2, 'v'],
          ],
        ],
      ],
      { metadata: META_JSON, data: JSON.parse('{"__proto__":"v"}') as unknown },
    ],
    [
      'a Deployment: zero replicas are kept, zero seconds are not',
      'apps/v1',
      'Deployment',
      [
        [1, META],
        [
          2,
          [
            [1, 0],
            [
              2,
              [
                [
                  1,
                  [
                    [1, 'app'],
                    [2, 'x'],
                  ],
                ],
              ],
            ],
            [5, 0],
            [7, false],
          ],
        ],
      ],
      { metadata: META_JSON, spec: { replicas: 0, selector: { matchLabels: { app: 'x' } } } },
    ],
    [
      'a Pod: inlined messages, quantities, ports by name and number',
      'v1',
      'Pod',
      [
        [1, META],
        [
          2,
          [
            [
              1,
              [
                [1, 'data'],
                [2, [[2, []]]],
              ],
            ],
            [
              2,
              [
                [1, 'c'],
                [2, 'i'],
                [
                  8,
                  [
                    [
                      1,
                      [
                        [1, 'cpu'],
                        [2, [[1, '100m']]],
                      ],
                    ],
                  ],
                ],
                [
                  10,
                  [
                    [
                      1,
                      [
                        [
                          2,
                          [
                            [1, '/'],
                            [
                              2,
                              [
                                [1, 1],
                                [2, 0],
                                [3, 'web'],
                              ],
                            ],
                          ],
                        ],
                      ],
                    ],
                    [2, 5],
                    [3, 0],
                  ],
                ],
                [16, false],
              ],
            ],
            [4, 30],
            [11, false],
          ],
        ],
      ],
      {
        metadata: META_JSON,
        spec: {
          volumes: [{ name: 'data', emptyDir: {} }],
          containers: [
            {
              name: 'c',
              image: 'i',
              resources: { limits: { cpu: '100m' } },
              livenessProbe: { httpGet: { path: '/', port: 'web' }, initialDelaySeconds: 5 },
            },
          ],
          terminationGracePeriodSeconds: 30,
        },
      },
    ],
    [
      'DeleteOptions: pointers keep their zero',
      'v1',
      'DeleteOptions',
      [
        [1, 0],
        [2, [[1, 'u']]],
        [4, 'Background'],
      ],
      { gracePeriodSeconds: 0, preconditions: { uid: 'u' }, propagationPolicy: 'Background' },
    ],
    [
      'an access review',
      'authorization.k8s.io/v1',
      'SelfSubjectAccessReview',
      [
        [1, META],
        [
          2,
          [
            [
              1,
              [
                [1, 'n'],
                [2, 'get'],
                [3, ''],
                [4, '*'],
                [5, 'pods'],
              ],
            ],
          ],
        ],
        [3, [[1, false]]],
      ],
      {
        metadata: META_JSON,
        spec: { resourceAttributes: { namespace: 'n', verb: 'get', version: '*', resource: 'pods' } },
        status: { allowed: false },
      },
    ],
    [
      'fields from the future are skipped',
      'v1',
      'Namespace',
      [
        [1, META],
        [99, 'new'],
        [98, 7],
      ],
      { metadata: META_JSON },
    ],
  ])('%s', (_name, apiVersion, kind, fields, expected) => {
    expect(decode(apiVersion, kind, fields)).toEqual({ apiVersion, kind, ...(expected as object) })
  })

  it.each<readonly [string, Uint8Array, string]>([
    [
      'no prefix',
      Buffer.from('xxxx'),
      'the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf ' +
        'message, expected prefix [107 56 115 0] (78787878)',
    ],
    [
      'a body that is cut off',
      body('v1', 'ConfigMap', [[1, META]]).subarray(0, 12),
      'the object provided is unrecognized (must be of type ConfigMap): unexpected EOF (6b3873000a0f0a0276311209)',
    ],
    [
      'an unknown kind',
      body('example.org/v1', 'Foo', []),
      'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "example.org/v1" in ' +
        'scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
    ...(
      [
        ['a number for a message', '0805', 'wrong wireType = 0 for field ObjectMeta'],
        ['a text for a boolean', '220178', 'wrong wireType = 2 for field Immutable'],
        ['a field of no number', '0200', 'ConfigMap: illegal tag 0 (wire type 2)'],
        ['the end of nothing', '9c06', 'ConfigMap: wiretype end group for non-group'],
        ['a type of wire that is none', '9f06', 'illegal wireType 7'],
      ] as const
    ).map(
      ([name, bytes, message]) =>
        [
          name,
          Buffer.concat([
            body('v1', 'ConfigMap', []).subarray(0, 21),
            Buffer.from(`12${length(bytes)}${bytes}`, 'hex'),
          ]),
          `ConfigMap in version "v1" cannot be handled as a ConfigMap: proto: ${message}`,
        ] as const,
    ),
    [
      'an envelope of numbers',
      Buffer.concat([body('v1', 'ConfigMap', []), Buffer.from([0x20, 1])]),
      'the object provided is unrecognized (must be of type ConfigMap): proto: wrong wireType = 0 for field ContentType',
    ],
  ])('refuses %s', (_name, bytes, message) => {
    expect(() => protobufToJson(bytes, RESOURCES, 'ConfigMap')).toThrow(message)
  })
})

/** Of bytes in hexadecimal. */
function length(bytes: string): string {
  return (bytes.length / 2).toString(16).padStart(2, '0')
}

test('what does not say its kind is of the wanted one', () => {
  const bytes = protobufToJson(body('v1', '', [[1, META]]), RESOURCES, 'ConfigMap')
  expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'x' } })
})

test('times have whole seconds, micro times six digits', () => {
  const time: Fields = [
    [1, 1_767_225_600],
    [2, 5_000],
  ]
  expect(
    decode('v1', 'Event', [
      [1, [[8, time]]],
      [10, time],
    ]),
  ).toMatchObject({
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    eventTime: '2026-01-01T00:00:00.000005Z',
  })
})
