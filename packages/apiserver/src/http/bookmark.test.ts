import { expect, it } from 'vitest'
import { createRegistry } from '../resources/registry.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { testContext } from '../resources/strategy-run.suite.ts'
import { wholeBookmark } from './bookmark.ts'
import type { ApiObject } from './request-handler.ts'
import { bookmarkRowJson, type IncludeObject } from './table.ts'

const resources = new Map([...createRegistry().all()].map((resource) => [resource.singular, resource]))
const END = { 'k8s.io/initial-events-end': 'true' }

function resourceOf(name: string): Resource {
  const found = resources.get(name)
  if (found === undefined) throw new Error(name)
  return found
}

const bookmark = ({ type }: Resource, annotations?: object): ApiObject =>
  ({ kind: type.kind, apiVersion: apiVersionOf(type), metadata: { resourceVersion: '7', annotations } }) as ApiObject

function row(resource: Resource, include: IncludeObject, annotations?: object): Record<'cells' | 'object', unknown> {
  const table = { resource, include, version: 'v1', clock: testContext().clock }
  return JSON.parse(bookmarkRowJson(bookmark(resource, annotations), table)) as Record<'cells' | 'object', unknown>
}

it.each([
  ['configmap', {}],
  ['pod', { spec: { containers: null }, status: {} }],
  ['service', { spec: {}, status: { loadBalancer: {} } }],
  [
    'replicaset',
    {
      spec: { replicas: 0, selector: null, template: { metadata: {}, spec: { containers: null } } },
      status: { replicas: 0 },
    },
  ],
])('a bookmark of a %s says what Go writes of an empty one', (name, fields) => {
  const resource = resourceOf(name)
  expect(wholeBookmark(bookmark(resource), resource)).toEqual({ ...bookmark(resource), ...fields })
})

it.each([
  ['configmap', ['', 0, '<unknown>']],
  ['pod', ['', '0/0', '', '0', '<unknown>', '<none>', '<none>', '<none>', '<none>']],
  ['service', ['', '', '<none>', '<unknown>', '<none>', '<unknown>', '<none>']],
  ['deployment', ['', '0/0', 0, 0, '<unknown>', '', '', '']],
  ['role', ['', '0001-01-01T00:00:00Z']],
])('the row of a bookmark of a %s', (name, cells) => {
  expect(row(resourceOf(name), 'Metadata').cells).toEqual(cells)
})

it('every kind has such a row', () => {
  for (const resource of resources.values()) {
    if (resource.columns.length === 0) continue
    const declared = resource.columns.length
    expect(row(resource, 'None').cells, resource.singular).toHaveLength(declared)
  }
})

it.each<[string, IncludeObject, object | undefined, string | undefined]>([
  ['metadata', 'Metadata', undefined, 'PartialObjectMetadata'],
  ['the object', 'Object', undefined, 'ConfigMap'],
  ['nothing', 'None', undefined, undefined],
  ['the end of the initial events where nothing is asked for', 'None', END, 'PartialObjectMetadata'],
])('the row has %s', (_, include, annotations, kind) => {
  expect((row(resourceOf('configmap'), include, annotations).object as ApiObject | null)?.kind).toBe(kind)
})
