// Whatever decodes as another version of a kind is stored or refused, and whatever is stored reads in every version.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TestServer } from '../../managed-fields/server.suite.ts'
import { schemaOf, type FieldSchema } from '../../schema/index.ts'
import { StatusError } from '../../status/status-error.ts'
import { createRegistry } from '../registry.ts'

const words = fc.constantFrom('', 'a', 'web', 'TCP', '__proto__', 'RollingUpdate', 'Resource')

function valueOf(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'object':
      return objectOf(field.ref ?? '', depth - 1)
    case 'bool':
      return fc.boolean()
    case 'int32':
    case 'int64':
      return fc.constantFrom(-1, 0, 1, 80)
    case 'double':
      return fc.constantFrom(0, 1.5)
    case 'int-or-string':
      return fc.oneof(words, fc.constantFrom(0, 80))
    case 'quantity':
      return fc.constantFrom('0', '500m')
    case 'time':
    case 'micro-time':
      return fc.constantFrom('2026-01-01T00:00:00Z', null)
    case 'bytes':
      return fc.constantFrom('', 'eA==')
    default:
      return words
  }
}

function fieldOf(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  const value = valueOf(field, depth)
  if (field.list === true)
    return fc.array(fc.oneof({ weight: 9, arbitrary: value }, fc.constant(null)), { maxLength: 2 })
  if (field.map === true) return fc.dictionary(words, value, { maxKeys: 2, noNullPrototype: true })
  return fc.oneof({ weight: 9, arbitrary: value }, fc.constant(null))
}

function objectOf(name: string, depth: number): fc.Arbitrary<object> {
  if (depth <= 0) return fc.constant({})
  const fields = [...schemaOf(name).fields].filter(
    ([key]) => key !== 'metadata' && key !== 'apiVersion' && key !== 'kind',
  )
  const shape = Object.fromEntries(fields.map(([key, field]) => [key, fieldOf(field, depth)]))
  return fc.record(shape, { requiredKeys: [] })
}

/** Refusals are answers; anything else is a bug. */
function answered<Answer>(call: () => Answer): Answer | undefined {
  try {
    return call()
  } catch (error) {
    if (error instanceof StatusError && (error.status.code ?? 500) < 502) return undefined
    throw error
  }
}

describe.each([15, 21])('in 1.%i', (minor) => {
  const others = createRegistry(minor)
    .all()
    .filter(({ otherVersion }) => otherVersion !== undefined)

  it.each(
    others.map((resource) => [`${resource.type.group}/${resource.type.version} ${resource.type.kind}`, resource]),
  )('%s', (_name, { type, schema, columns }) => {
    const server = new TestServer(minor)
    let count = 0
    fc.assert(
      fc.property(objectOf(schema, 5), objectOf(schema, 5), (first, second) => {
        const name = `x${count++}`
        const metadata = { name }
        const created = answered(() => server.call({ verb: 'create', type, body: { ...first, metadata } }))
        answered(() => server.merge(type, name, second))
        answered(() =>
          server.apply(
            type,
            { ...second, apiVersion: `${type.group}/${type.version}`, kind: type.kind, metadata },
            'fieldManager=m&force=true',
          ),
        )
        if (created === undefined) return
        const { otherVersion } = server.server.registry.byType(type)
        const versions = server.server.registry.versions(otherVersion?.stored ?? type)
        for (const version of versions.values()) {
          const read = answered(() => server.call({ verb: 'get', type: version.type, name }))
          expect(read?.kind).toBe(type.kind)
        }
        for (const column of columns) column.cell(created, { clock: server.clock })
      }),
      { seed: 5, numRuns: 60 },
    )
  })
})
