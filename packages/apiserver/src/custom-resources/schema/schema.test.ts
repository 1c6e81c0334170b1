import { expect, test } from 'vitest'
import { applyDefaults, dropForbiddenNulls } from './defaults.ts'
import { prune } from './prune.ts'
import type { Schema } from './walk.ts'

const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
})

test.each<[what: string, schema: Schema, value: object, kept: object, dropped: readonly string[]]>([
  ['an unknown field', object({ spec: object({}) }), { spec: { a: 1 }, b: 2 }, { spec: {} }, ['b', 'spec.a']],
  [
    'kind, version and metadata stay',
    object({}),
    { kind: 'K', metadata: { x: 1 } },
    { kind: 'K', metadata: { x: 1 } },
    [],
  ],
  [
    'known parts of what keeps unknown fields',
    object({ f: object({ in: object({}) }, { 'x-kubernetes-preserve-unknown-fields': true }) }),
    { f: { any: { deep: 1 }, in: { gone: 1 } } },
    { f: { any: { deep: 1 }, in: {} } },
    ['f.in.gone'],
  ],
  [
    'items and additional members',
    object({ l: { type: 'array', items: object({ a: { type: 'string' } }) }, m: { additionalProperties: object({}) } }),
    { l: [{ a: 'x', b: 1 }], m: { k: { z: 1 } } },
    { l: [{ a: 'x' }], m: { k: {} } },
    ['l[0].b', 'm.k.z'],
  ],
  [
    'an embedded resource',
    object({ t: object({ spec: object({}) }, { 'x-kubernetes-embedded-resource': true }) }),
    { t: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { a: 1 }, more: 1 } },
    { t: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: {} } },
    ['t.more', 't.spec.a'],
  ],
])('pruning: %s', (_what, schema, value, kept, dropped) => {
  expect(prune(value, schema, { root: true })).toEqual(dropped)
  expect(value).toEqual(kept)
})

test('defaults fill in what is missing, also inside defaults, and again change nothing', () => {
  const schema = object({
    spec: object(
      {
        color: { type: 'string', default: 'red' },
        nested: object({ n: { type: 'integer', default: 1 } }, { default: {} }),
        absent: object({ n: { type: 'integer', default: 1 } }),
        list: { type: 'array', items: object({ protocol: { type: 'string', default: 'TCP' } }) },
        nil: { type: 'string', nullable: true, default: 'x' },
      },
      {},
    ),
  })
  const value = { spec: { color: null, list: [{}], nil: null } }
  applyDefaults(value, schema)
  const expected = { spec: { color: 'red', nested: { n: 1 }, list: [{ protocol: 'TCP' }], nil: null } }
  expect(value).toEqual(expected)
  applyDefaults(value, schema)
  expect(value).toEqual(expected)
  const empty = {}
  applyDefaults(empty, schema)
  expect(empty).toEqual({})
})

test('nulls go where they may not be and no default replaces them', () => {
  const schema = object({
    a: { type: 'string' },
    b: { type: 'string', nullable: true },
    c: { type: 'string', default: 'x' },
    d: { additionalProperties: { type: 'string' } },
  })
  const value = { a: null, b: null, c: null, d: { k: null } }
  dropForbiddenNulls(value, schema)
  expect(value).toEqual({ b: null, c: null, d: {} })
})
