// What is taken as it comes, against what is converted: both give the same object.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { objectOf } from '../resources/arbitrary-object.suite.ts'
import { convert } from './convert.ts'
import { convertedMembers } from './is-converted.ts'
import { membersOf } from './read-json.ts'

const CORE = 'io.k8s.api.core.v1'

describe.each([
  `${CORE}.Pod`,
  `${CORE}.Service`,
  `${CORE}.Secret`,
  'io.k8s.api.networking.v1.Ingress',
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
])('%s', (schema) => {
  test('taking it as it is and converting it come to the same', () => {
    fc.assert(
      fc.property(objectOf(schema, 4), (value) => {
        const { object, unknown } = convert(schema, value)
        const members = convertedMembers(schema, value)
        if (members !== undefined) {
          expect({ object, unknown, members }).toEqual({ object: value, unknown: [], members: membersOf(value) })
        } else if (!schema.endsWith('Definition')) {
          // Only of JSON schemas does it say no without a need.
          expect(JSON.stringify(object)).not.toBe(JSON.stringify(value))
        }
      }),
      { seed: 12, numRuns: 100 },
    )
  })
})

const CONTAINER = { name: 'c', image: 'i' }

describe('a pod', () => {
  test.each([
    ['as most clients send it', { spec: { containers: [CONTAINER] } }, true],
    ['with an unknown field', { spec: { containers: [CONTAINER], colour: 'red' } }, false],
    ['with a null', { spec: { containers: [CONTAINER], nodeName: null } }, false],
    ['with a null among texts', { spec: { containers: [{ ...CONTAINER, args: [null] }] } }, false],
    ['with an empty list', { spec: { containers: [CONTAINER], volumes: [] } }, false],
    ['with an empty map', { metadata: { labels: {} }, spec: { containers: [CONTAINER] } }, false],
    ['with a zero that says nothing', { spec: { containers: [CONTAINER], nodeName: '' } }, false],
    ['with a zero that says something', { spec: { containers: [CONTAINER], terminationGracePeriodSeconds: 0 } }, true],
    ['without what is always there', { spec: { containers: [{ image: 'i' }] } }, false],
    ['with a wrong type', { spec: { containers: [CONTAINER], nodeName: 5 } }, false],
    ['with a fraction', { spec: { containers: [CONTAINER], priority: 1.5 } }, false],
    ['with a quantity', { spec: { containers: [{ ...CONTAINER, resources: { limits: { cpu: '1' } } }] } }, true],
    [
      'with a quantity of another spelling',
      { spec: { containers: [{ ...CONTAINER, resources: { limits: { cpu: '1000m' } } }] } },
      false,
    ],
    ['with a time of another spelling', { metadata: { deletionTimestamp: '2026-01-01T01:00:00+01:00' } }, false],
    ['that is a list', [], false],
  ])('%s', (_what, value, expected) => {
    expect(convertedMembers(`${CORE}.Pod`, value) !== undefined).toBe(expected)
  })
})
