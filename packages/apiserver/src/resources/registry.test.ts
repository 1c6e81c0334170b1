import { describe, expect, it } from 'vitest'
import { findSchema } from '../schema/index.ts'
import { createRegistry } from './registry.ts'
import * as served from './served-types.ts'
import type { ResourceType } from './resource-type.ts'

const registry = createRegistry()

describe('the registry', () => {
  it('finds a resource by type, name and kind', () => {
    for (const resource of registry.all()) {
      const { group, version, resource: plural, kind } = resource.type
      expect(registry.byGroupVersionResource(group, version, plural)).toBe(resource)
      expect(registry.byKind(group, version, kind)).toBe(resource)
      expect(registry.byType(resource.type)).toBe(resource)
    }
    expect(registry.byKind('batch', 'v2', 'Job')).toBeUndefined()
  })

  it('serves every type clients can name', () => {
    const types: readonly ResourceType[] = Object.values(served)
    const stored = registry.all().filter(({ otherVersion }) => otherVersion === undefined)
    expect(new Set(types)).toEqual(new Set(stored.map(({ type }) => type)))
  })

  it.each(registry.all().map((resource) => [resource.type.kind, resource] as const))(
    '%s is complete',
    (_, resource) => {
      expect(findSchema(resource.schema)).toBeDefined()
      expect(findSchema(`${resource.schema}List`)).toBeDefined()
      expect(resource.columns.length).toBeGreaterThan(1)
      for (const column of resource.columns) expect(column.description).not.toBe('')
    },
  )
})
