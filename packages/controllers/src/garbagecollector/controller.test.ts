import {
  configMaps,
  deployments,
  events,
  namespaces,
  pods,
  priorityClasses,
  replicaSets,
  serviceAccounts,
} from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createDeployment, testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const TREE = { namespace: 'default', name: 'tree' }

async function treeCluster(): Promise<TestCluster> {
  const cluster = await testCluster()
  createDeployment(cluster.client, 'tree', 2)
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  return cluster
}

const left = (cluster: TestCluster): readonly unknown[] => [
  cluster.client.find(deployments, TREE)?.metadata.finalizers ?? cluster.client.find(deployments, TREE) !== undefined,
  cluster.client
    .list(replicaSets)
    .items.map(({ metadata }) => metadata.finalizers ?? metadata.ownerReferences?.length ?? 0),
  cluster.podsOf({ app: 'tree' }).map(({ metadata }) => metadata.deletionTimestamp !== undefined),
]

test.each([
  ['Background', [false, [], [true, true]], [false, [], []]],
  ['Foreground', [['foregroundDeletion'], [['foregroundDeletion']], [true, true]], [false, [], []]],
  ['Orphan', [false, [0], [false, false]], [false, [0], [false, false]]],
] as const)('deleting a Deployment, propagation %s', async (propagationPolicy, before, after) => {
  const cluster = await treeCluster()
  cluster.client.delete(deployments, TREE, { propagationPolicy })
  await cluster.settle()
  expect(left(cluster)).toEqual(before)
  cluster.finishDeletions()
  await cluster.settle()
  expect(left(cluster)).toEqual(after)
})

test('an object goes with its last owner; a dangling one at once', async () => {
  const cluster = await testCluster()
  const create = (
    name: string,
    owners: readonly { name: string; uid: string }[] = [],
  ): { name: string; uid: string } => {
    const ownerReferences = owners.map((owner) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: owner.name,
      uid: owner.uid,
    }))
    return cluster.client.create(configMaps, { metadata: { namespace: 'default', name, ownerReferences } }).metadata
  }
  const names = (): readonly string[] =>
    cluster.client
      .list(configMaps, { namespace: 'default' })
      .items.map(({ metadata }) => metadata.name)
      .filter((name) => name !== 'kube-root-ca.crt')
  const a = create('own-a')
  const b = create('own-b')
  create('dep-both', [a, b])
  create('dep-a', [a])
  create('dangling', [{ name: 'never', uid: '11111111-2222-3333-4444-555555555555' }])
  await cluster.settle()
  expect(names()).toEqual(['dep-a', 'dep-both', 'own-a', 'own-b'])
  cluster.client.delete(configMaps, { namespace: 'default', name: 'own-a' })
  await cluster.settle()
  expect(names()).toEqual(['dep-both', 'own-b'])
  const both = cluster.client.get(configMaps, { namespace: 'default', name: 'dep-both' })
  expect(both.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['own-b'])
  cluster.client.delete(configMaps, { namespace: 'default', name: 'own-b' })
  await cluster.settle()
  expect(names()).toEqual([])
})

test.each([
  { name: 'of another namespace', changes: {}, namespace: 'elsewhere', stays: false, warned: true },
  { name: 'named wrongly', changes: { name: 'other' }, namespace: 'default', stays: false, warned: false },
  { name: 'of another kind', changes: { kind: 'Secret' }, namespace: 'default', stays: false, warned: false },
  { name: 'named rightly', changes: {}, namespace: 'default', stays: true, warned: false },
])('an owner with the uid of an object $name', async ({ changes, namespace, stays, warned }) => {
  const cluster = await testCluster()
  cluster.client.create(namespaces, { metadata: { name: 'elsewhere' }, spec: {} })
  const { uid } = cluster.client.create(configMaps, { metadata: { namespace: 'default', name: 'owner' } }).metadata
  await cluster.settle()
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid, ...changes }
  const ref = { namespace, name: 'dependent' }
  cluster.client.create(configMaps, { metadata: { ...ref, ownerReferences: [reference] } })
  await cluster.settle()
  expect(cluster.client.find(configMaps, ref) !== undefined).toBe(stays)
  const told = cluster.client.list(events, { namespace }).items.map(({ reason, message }) => `${reason} ${message}`)
  const warning = `OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: elsewhere, name: owner, uid: ${uid}] does not exist in namespace "elsewhere"`
  expect(told.filter((event) => event.startsWith('OwnerRef'))).toEqual(warned ? [warning] : [])
})

test('what is outside of all namespaces is never collected for an owner inside of one', async () => {
  const cluster = await testCluster()
  const { uid } = cluster.client.create(configMaps, { metadata: { namespace: 'default', name: 'owner' } }).metadata
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }
  cluster.client.create(priorityClasses, { metadata: { name: 'wide', ownerReferences: [reference] }, value: 1 })
  await cluster.settle()
  cluster.client.delete(configMaps, { namespace: 'default', name: 'owner' })
  await cluster.settle()
  expect(cluster.client.find(priorityClasses, { name: 'wide' })).toBeDefined()
})

test('owners in a circle, deleted in the foreground, hold nobody', async () => {
  const cluster = await testCluster()
  const names = ['ring-0', 'ring-1', 'ring-2']
  const uids = names.map(
    (name) => cluster.client.create(configMaps, { metadata: { namespace: 'default', name } }).metadata.uid,
  )
  for (const [i, name] of names.entries()) {
    const owner = { name: names[(i + 2) % 3] ?? '', uid: uids[(i + 2) % 3] ?? '' }
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', ...owner, controller: true, blockOwnerDeletion: true },
    ]
    cluster.client.patch(configMaps, { namespace: 'default', name }, 'merge', { metadata: { ownerReferences } })
  }
  await cluster.settle()
  cluster.client.delete(configMaps, { namespace: 'default', name: 'ring-0' }, { propagationPolicy: 'Foreground' })
  await cluster.settle()
  const left = cluster.client.list(configMaps, { namespace: 'default' }).items.map(({ metadata }) => metadata.name)
  expect(left.filter((name) => names.includes(name))).toEqual([])
})

test('a namespace loses its pods first, waits for finalizers, and is gone', async () => {
  const cluster = await testCluster()
  const namespace = 'inside'
  cluster.client.create(namespaces, { metadata: { name: namespace }, spec: {} })
  await cluster.settle()
  cluster.client.create(configMaps, { metadata: { namespace, name: 'plain' } })
  cluster.client.create(configMaps, { metadata: { namespace, name: 'held', finalizers: ['example.test/hold'] } })
  const containers = [{ name: 'main', image: 'example.test/app:1' }]
  cluster.client.create(pods, { metadata: { namespace, name: 'p' }, spec: { nodeName: 'node-1', containers } })
  cluster.client.delete(namespaces, { name: namespace })
  await cluster.driver.advance(3_000_000)
  const read = () => cluster.client.find(namespaces, { name: namespace })
  expect(read()?.status).toEqual({ phase: 'Terminating' })
  expect(cluster.client.get(pods, { namespace, name: 'p' }).metadata.deletionTimestamp).toBeDefined()
  expect(cluster.client.get(configMaps, { namespace, name: 'plain' }).metadata.deletionTimestamp).toBeUndefined()
  // While pods are left nothing else is looked at, and nothing is found to be in the way.
  await cluster.driver.advance(20_000_000)
  expect(read()?.status?.conditions?.map(({ status, reason }) => `${status} ${reason}`)).toEqual([
    'False ResourcesDiscovered',
    'False ParsedGroupVersions',
    'False ContentDeleted',
    'False ContentRemoved',
    'False ContentHasNoFinalizers',
  ])
  cluster.finishDeletions()
  await cluster.settle()
  expect(cluster.client.list(configMaps, { namespace }).items.map(({ metadata }) => metadata.name)).toEqual(['held'])
  expect(read()?.status?.conditions?.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
    'ResourcesDiscovered: All resources successfully discovered',
    'ParsedGroupVersions: All legacy kube types successfully parsed',
    'ContentDeleted: All content successfully deleted, may be waiting on finalization',
    'SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances',
    'SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.test/hold in 1 resource instances',
  ])
  cluster.client.patch(configMaps, { namespace, name: 'held' }, 'merge', { metadata: { finalizers: null } })
  await cluster.driver.advance(20_000_000)
  expect(read()).toBeUndefined()
})

test('the default account and the root certificate come back, and an edited certificate is set back', async () => {
  const cluster = await testCluster()
  const account = { namespace: 'default', name: 'default' }
  const certificate = { namespace: 'default', name: 'kube-root-ca.crt' }
  cluster.client.delete(serviceAccounts, account)
  cluster.client.delete(configMaps, certificate)
  await cluster.settle()
  expect(cluster.client.find(serviceAccounts, account)).toBeDefined()
  expect(cluster.client.get(configMaps, certificate).metadata.annotations).toHaveProperty(['kubernetes.io/description'])
  cluster.client.modify(configMaps, certificate, (draft) => void (draft.data = { 'ca.crt': 'junk', more: 'x' }))
  await cluster.settle()
  expect(cluster.client.get(configMaps, certificate).data).toEqual({ 'ca.crt': '' })
  cluster.client.patch(configMaps, certificate, 'merge', { metadata: { annotations: null } })
  await cluster.settle()
  expect(cluster.client.get(configMaps, certificate).metadata.annotations).toHaveProperty(['kubernetes.io/description'])
})
