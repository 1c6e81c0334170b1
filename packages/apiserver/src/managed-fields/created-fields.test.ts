// The walk of a create against the algebra of updates: for whatever objects, both give the same entry.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { convert } from '../decode/index.ts'
import { objectOf } from '../resources/arbitrary-object.suite.ts'
import { createRegistry } from '../resources/registry.ts'
import { endpointOf } from './endpoint.ts'
import { writeManagers } from './managers.ts'
import { ownersAfter, recordUpdate } from './record-update.ts'

const NOW = '2026-01-01T00:00:00Z'

const registry = createRegistry()

describe('Pods of one shape', () => {
  const pods = registry.all().find(({ type }) => type.resource === 'pods')
  const owned = (next: object): unknown => {
    if (pods === undefined) throw new Error('no pods')
    return recordUpdate(endpointOf(registry, pods, ''), {
      manager: 'me',
      now: NOW,
      old: undefined,
      next,
      sent: undefined,
    })?.[0]?.fieldsV1
  }
  const pod = (name: string, port: number | string, label = 'app'): object => ({
    metadata: { name, labels: { [label]: name } },
    spec: { containers: [{ name: 'c', ports: [{ containerPort: port }] }] },
  })

  test('share what their creators own, frozen, whatever their values', () => {
    expect(owned(pod('b', 80))).toBe(owned(pod('a', 80)))
    expect(Object.isFrozen(owned(pod('a', 80)))).toBe(true)
  })

  test.each([
    ['a key of a list item', pod('a', 81), 'k:{"containerPort":81,"protocol":"TCP"}'],
    ['the type of such a key', pod('a', '80'), 'k:{"containerPort":"80","protocol":"TCP"}'],
    ['the key of a map', pod('a', 80, 'tier'), 'f:tier'],
  ])('what differs in %s is their own', (_what, next, element) => {
    owned(pod('a', 80))
    expect(JSON.stringify(owned(next))).toContain(JSON.stringify(element))
  })
})

describe.each(registry.all())('$type.version $type.group $type.kind', (resource) => {
  const endpoint = endpointOf(registry, resource, '')

  test('a create is recorded as an update of nothing is', () => {
    fc.assert(
      fc.property(objectOf(resource.schema, 5), (value) => {
        const next = convert(resource.schema, value).object
        const record = { manager: 'me', now: NOW, old: undefined, next, sent: undefined }
        const whole = writeManagers(ownersAfter(endpoint, new Map(), record))
        const recorded = recordUpdate(endpoint, record)
        expect(JSON.stringify(recorded)).toBe(JSON.stringify(whole))
        // Of the next object of this shape it is known already.
        const again = recordUpdate(endpoint, { ...record, next: structuredClone(next) })
        expect(JSON.stringify(again)).toBe(JSON.stringify(whole))
      }),
      { seed: 11, numRuns: 100 },
    )
  })
})
