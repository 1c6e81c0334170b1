// Whatever is sent to a custom kind, the answer is the client's to deal with: no bug shows, and what is stored obeys the schema.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServedCluster, widget, WIDGETS, widgets } from './served.suite.ts'
import type { Schema } from './schema/walk.ts'
import { validateValue } from './validation/validate-value.ts'

const cluster = new ServedCluster()

const SPEC: Schema = {
  type: 'object',
  properties: {
    a: { type: 'integer', minimum: 0, default: 1 },
    b: { type: 'string', pattern: '^[a-z]*$', maxLength: 100, nullable: true },
    c: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    d: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
      items: {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'string' }, b: { type: 'integer', default: 2 } },
      },
    },
    e: { 'x-kubernetes-int-or-string': true },
    f: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    g: { type: 'object', additionalProperties: { type: 'string', format: 'date-time' } },
    h: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  },
  anyOf: [{ required: ['a'] }, { required: ['b'] }],
  'x-kubernetes-validations': [
    { rule: '!has(self.c) || self.c.all(x, x.size() < 5)', messageExpression: "'a ' + self.b" },
    { rule: '!has(self.a) || !has(oldSelf.a) || self.a >= oldSelf.a' },
  ],
}
const SCHEMA: Schema = {
  type: 'object',
  properties: { spec: SPEC, status: { type: 'object', properties: { n: { type: 'integer' } } } },
}
const SUBRESOURCES = {
  status: {},
  scale: { specReplicasPath: '.spec.a', statusReplicasPath: '.status.n', labelSelectorPath: '.spec.b' },
}

beforeAll(async () => {
  await cluster.start()
  await cluster.define(widgets(SCHEMA, { subresources: SUBRESOURCES, selectableFields: [{ jsonPath: '.spec.b' }] }))
  await cluster.post(widget('base', { a: 1 }))
})

afterAll(() => cluster.close())

const keys = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'e',
  'f',
  'g',
  'h',
  'kind',
  'metadata',
  'apiVersion',
  'name',
  '__proto__',
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, 'x', 'abc', '', 'X', '2020-01-01T00:00:00Z', 0, 1, -1, 1.5, 2 ** 40),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
})).value

const bodies = fc.oneof(
  json,
  fc.record({
    apiVersion: fc.constantFrom<unknown>('example.com/v1', 'example.com/v1', 'example.com/v1', 'v1', 'a/b/c', 1, null),
    kind: fc.constantFrom<unknown>('Widget', 'Widget', 'Widget', 'Other', '', 1),
    metadata: fc.oneof(fc.constantFrom<unknown>({ name: 'base' }, { generateName: 'w-' }), json),
    spec: fc.oneof(fc.dictionary(keys, json, { maxKeys: 5 }), json),
    status: json,
  }),
)

const requests = fc.oneof(
  fc.record({
    method: fc.constant('POST'),
    path: fc.constant(WIDGETS),
    type: fc.constantFrom('application/json', 'application/yaml'),
  }),
  fc.record({
    method: fc.constant('PUT'),
    path: fc.constantFrom(`${WIDGETS}/base`, `${WIDGETS}/base/status`, `${WIDGETS}/base/scale`),
    type: fc.constant('application/json'),
  }),
  fc.record({
    method: fc.constant('PATCH'),
    path: fc
      .constantFrom(`${WIDGETS}/base`, `${WIDGETS}/base/status`, `${WIDGETS}/base/scale`)
      .map((path) => `${path}?fieldManager=m&force=true`),
    type: fc.constantFrom(
      'application/merge-patch+json',
      'application/json-patch+json',
      'application/apply-patch+yaml',
    ),
  }),
)

test('no request to a custom kind runs into a bug, and nothing invalid is stored', async () => {
  await fc.assert(
    fc.asyncProperty(requests, bodies, async ({ method, path, type }, body) => {
      const answer = await cluster.ask(method, path, { body, headers: { 'content-type': type } })
      expect(cluster.errors).toEqual([])
      expect(answer.code).toBeGreaterThanOrEqual(200)
      const stored = (await cluster.ask('GET', WIDGETS)).body['items'] as readonly object[]
      expect(stored.flatMap((object) => validateValue(object, SCHEMA, ''))).toEqual([])
    }),
    { seed: 11, numRuns: 150 },
  )
})
