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

describe.each(registry.all())('$type.version $type.group $type.kind', (resource) => {
  const endpoint = endpointOf(registry, resource, '')

  test('a create is recorded as an update of nothing is', () => {
    fc.assert(
      fc.property(objectOf(resource.schema, 5), (value) => {
        const next = convert(resource.schema, value).object
        const record = { manager: 'me', now: NOW, old: undefined, next, sent: undefined }
        const whole = writeManagers(ownersAfter(endpoint, new Map(), record))
        expect(JSON.stringify(recordUpdate(endpoint, record))).toBe(JSON.stringify(whole))
      }),
      { seed: 11, numRuns: 100 },
    )
  })
})
