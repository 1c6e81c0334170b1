import { configMaps, customResourceDefinitions, namespaces, resourceType, type KubeObject } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const widgets = resourceType('example.com/v1', 'widgets', 'Widget', { namespaced: true })
const gadgets = resourceType('example.com/v1', 'gadgets', 'Gadget', { namespaced: false })

async function define(cluster: TestCluster, plural: string, kind: string, scope: string): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  cluster.client.create(customResourceDefinitions, {
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope,
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  })
  await cluster.settle()
}

function ownedBy(owner: KubeObject): { ownerReferences: readonly [object] } & object {
  const { apiVersion, kind } = owner
  const { name, uid } = owner.metadata
  return { ownerReferences: [{ apiVersion, kind, name, uid }] }
}

test('custom objects own and are owned, whenever their kind was defined', async () => {
  const cluster = await testCluster({ nodes: 0 })
  await define(cluster, 'widgets', 'Widget', 'Namespaced')
  await define(cluster, 'gadgets', 'Gadget', 'Cluster')
  const { client } = cluster
  const gadget = client.create(gadgets, { metadata: { name: 'top' } })
  const widget = client.create(widgets, {
    metadata: { namespace: 'default', name: 'middle', ...ownedBy(gadget) },
  } as never)
  client.create(configMaps, { metadata: { namespace: 'default', name: 'bottom', ...ownedBy(widget) } } as never)
  await cluster.settle()
  expect(client.find(configMaps, { namespace: 'default', name: 'bottom' })).toBeDefined()
  client.delete(gadgets, { name: 'top' }, { propagationPolicy: 'Foreground' })
  await cluster.settle()
  expect([
    client.find(gadgets, { name: 'top' }),
    client.find(widgets, { namespace: 'default', name: 'middle' }),
    client.find(configMaps, { namespace: 'default', name: 'bottom' }),
  ]).toEqual([undefined, undefined, undefined])
})

test('a namespace takes its custom objects along', async () => {
  const cluster = await testCluster({ nodes: 0 })
  await define(cluster, 'widgets', 'Widget', 'Namespaced')
  const { client } = cluster
  client.create(namespaces, { metadata: { name: 'gone' }, spec: {} })
  client.create(widgets, { metadata: { namespace: 'gone', name: 'w' } })
  client.create(widgets, { metadata: { namespace: 'default', name: 'w' } })
  client.delete(namespaces, { name: 'gone' })
  await cluster.settle()
  expect(client.find(namespaces, { name: 'gone' })).toBeUndefined()
  expect(client.list(widgets).items.map(({ metadata }) => metadata.namespace)).toEqual(['default'])
})
