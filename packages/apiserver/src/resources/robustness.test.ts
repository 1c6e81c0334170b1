// Whatever decodes must be stored or refused: no kind may stumble over an object its schema allows.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convert } from '../decode/index.ts'
import { schemaOf } from '../schema/index.ts'
import { StatusError } from '../status/status-error.ts'
import { objectOf } from './arbitrary-object.suite.ts'
import { createRegistry } from './registry.ts'
import { create, testContext, update } from './strategy-run.suite.ts'

function refusedOrStored(call: () => unknown): void {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(StatusError)
  }
}

describe('any object of a kind is stored or refused', () => {
  it.each(
    createRegistry()
      .all()
      .filter(({ otherVersion }) => otherVersion === undefined)
      .map((resource) => [resource.type.kind, resource] as const),
  )('%s', (_, resource) => {
    const spec = schemaOf(resource.schema).fields.get('spec')
    // Schemas stand deep in definitions.
    const depth = resource.type.kind === 'CustomResourceDefinition' ? 7 : 4
    const body =
      spec === undefined ? objectOf(resource.schema, depth) : fc.record({ spec: objectOf(spec.ref ?? '', depth) })
    fc.assert(
      fc.property(body, body, (first, second) => {
        const context = testContext()
        const decode = (value: object): object => {
          const { object } = convert(resource.schema, value)
          return { ...object, metadata: { name: 'a' } }
        }
        refusedOrStored(() => {
          const old = create(resource, decode(first), context)
          for (const column of resource.columns) column.cell(old, context)
          for (const read of Object.values(resource.selectableFields)) read(old)
          update(resource, old, decode(second), context)
        })
        refusedOrStored(() => create(resource, decode(second), context))
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})
