import { events, isNotFound, type Pod, pods, replicaSets, replicationControllers } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const TEMPLATE = {
  metadata: { labels: { app: 'keeper' } },
  spec: { containers: [{ name: 'main', image: 'example.test/app:1' }] },
}
const REF = { namespace: 'default', name: 'keeper' }

function createReplicaSet(cluster: TestCluster, replicas: number): void {
  const selector = { matchLabels: { app: 'keeper' } }
  cluster.client.create(replicaSets, { metadata: REF, spec: { replicas, selector, template: TEMPLATE } })
}

const ownerOf = (pod: Pod | undefined): string | undefined => pod?.metadata.ownerReferences?.[0]?.name
const generated = (cluster: TestCluster): readonly Pod[] =>
  cluster.podsOf({ app: 'keeper' }).filter(({ metadata }) => metadata.name !== 'bare')

test('adopts a bare pod, releases a relabelled one, replaces a failed one', async () => {
  const cluster = await testCluster()
  const bare = cluster.client.create(pods, {
    metadata: { namespace: 'default', name: 'bare', labels: { app: 'keeper' } },
    spec: { nodeName: 'node-1', containers: TEMPLATE.spec.containers },
  })
  cluster.markReady(bare)
  createReplicaSet(cluster, 2)
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  expect(ownerOf(cluster.client.get(pods, bare.metadata))).toBe('keeper')
  expect(generated(cluster)).toHaveLength(1)
  expect(cluster.client.get(replicaSets, REF).status).toEqual({
    availableReplicas: 2,
    fullyLabeledReplicas: 2,
    observedGeneration: 1,
    readyReplicas: 2,
    replicas: 2,
    terminatingReplicas: 0,
  })
  cluster.client.modify(pods, bare.metadata, (draft) => void (draft.metadata.labels = { app: 'released' }))
  await cluster.settle()
  expect(ownerOf(cluster.client.get(pods, bare.metadata))).toBeUndefined()
  expect(generated(cluster)).toHaveLength(2)
  const [victim] = generated(cluster)
  if (victim !== undefined) {
    const live = cluster.client.get(pods, victim.metadata)
    cluster.client.update(pods, { ...live, status: { ...live.status, phase: 'Failed' } }, { subresource: 'status' })
  }
  await cluster.settle()
  expect(generated(cluster).map((pod) => pod.status?.phase)).toEqual(expect.arrayContaining(['Failed', 'Pending']))
  expect(generated(cluster)).toHaveLength(3)
})

test('a pod that has ended is neither adopted nor released', async () => {
  const cluster = await testCluster()
  const fail = (name: string): void =>
    void cluster.client.modify(
      pods,
      { namespace: 'default', name },
      (draft) => void (draft.status = { ...draft.status, phase: 'Failed' }),
      { subresource: 'status' },
    )
  const { metadata } = cluster.client.create(pods, {
    metadata: { namespace: 'default', name: 'bare', labels: { app: 'keeper' } },
    spec: { nodeName: 'node-1', containers: TEMPLATE.spec.containers },
  })
  fail('bare')
  createReplicaSet(cluster, 1)
  await cluster.settle()
  expect(ownerOf(cluster.client.get(pods, metadata))).toBeUndefined()
  const [own] = generated(cluster)
  fail(own?.metadata.name ?? '')
  await cluster.settle()
  cluster.client.modify(pods, own?.metadata ?? metadata, (draft) => void (draft.metadata.labels = { app: 'other' }))
  await cluster.settle()
  expect(ownerOf(cluster.client.get(pods, own?.metadata ?? metadata))).toBe('keeper')
})

test('a deleted pod is replaced at once, before it is gone', async () => {
  const cluster = await testCluster()
  createReplicaSet(cluster, 2)
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  const [victim] = generated(cluster)
  if (victim !== undefined) cluster.client.delete(pods, victim.metadata)
  await cluster.settle()
  expect(generated(cluster)).toHaveLength(3)
  expect(cluster.client.get(replicaSets, REF).status).toMatchObject({ replicas: 2, terminatingReplicas: 1 })
  cluster.finishDeletions()
  await cluster.settle()
  expect(generated(cluster)).toHaveLength(2)
})

test('600 replicas come in two bursts and no pod too many', async () => {
  const cluster = await testCluster()
  createReplicaSet(cluster, 600)
  await cluster.settle()
  expect(generated(cluster)).toHaveLength(600)
  // Nine pods by name, and one Event for the next sixteen; what is beyond 25 about one object is not told.
  const told = cluster.client.list(events, { namespace: 'default' }).items
  const created = told.filter(({ reason }) => reason === 'SuccessfulCreate')
  expect(created.filter(({ message }) => message?.startsWith('Created pod: keeper-'))).toHaveLength(9)
  expect(created.filter(({ message }) => message?.startsWith('(combined from similar events): Created pod: '))).toEqual(
    [expect.objectContaining({ count: 16 })],
  )
})

test('deleting without orphaning takes the pods along; orphaning leaves them without owner', async () => {
  for (const propagationPolicy of ['Background', 'Orphan'] as const) {
    const cluster = await testCluster()
    createReplicaSet(cluster, 2)
    await cluster.settle()
    cluster.client.delete(replicaSets, REF, { propagationPolicy })
    await cluster.settle()
    cluster.finishDeletions()
    expect(() => cluster.client.get(replicaSets, REF)).toThrow(expect.toSatisfy(isNotFound))
    const left = generated(cluster)
    expect(left).toHaveLength(propagationPolicy === 'Orphan' ? 2 : 0)
    expect(left.map(ownerOf)).toEqual(left.map(() => undefined))
  }
})

test('a ReplicationController keeps its pods and leaves terminatingReplicas out of its status', async () => {
  const cluster = await testCluster()
  cluster.client.create(replicationControllers, {
    metadata: REF,
    spec: { replicas: 3, selector: { app: 'keeper' }, template: TEMPLATE },
  })
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  expect(cluster.client.get(replicationControllers, REF).status).toEqual({
    availableReplicas: 3,
    fullyLabeledReplicas: 3,
    observedGeneration: 1,
    readyReplicas: 3,
    replicas: 3,
  })
  cluster.client.modify(replicationControllers, REF, (draft) => void (draft.spec.replicas = 1))
  await cluster.settle()
  cluster.finishDeletions()
  await cluster.settle()
  expect(generated(cluster)).toHaveLength(1)
})

test('a ReplicationController whose selector changes lets go of the pods it no longer means', async () => {
  const cluster = await testCluster()
  cluster.client.create(replicationControllers, {
    metadata: REF,
    spec: { replicas: 2, selector: { app: 'keeper' }, template: TEMPLATE },
  })
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  const before = generated(cluster)
  cluster.client.modify(replicationControllers, REF, (draft) => {
    draft.spec.selector = { app: 'keeper', tier: 'new' }
    draft.spec.template = { ...TEMPLATE, metadata: { labels: { app: 'keeper', tier: 'new' } } }
  })
  await cluster.settle()
  const owners = cluster.client
    .list(pods, { namespace: 'default' })
    .items.map((pod) => [ownerOf(pod), pod.metadata.labels?.['tier']])
  expect(before).toHaveLength(2)
  expect(owners.toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    ['keeper', 'new'],
    ['keeper', 'new'],
  ])
})

test('what happens while a ready pod waits to be available is seen at once', async () => {
  const cluster = await testCluster()
  const selector = { matchLabels: { app: 'keeper' } }
  const spec = { replicas: 2, minReadySeconds: 5, selector, template: TEMPLATE }
  cluster.client.create(replicaSets, { metadata: REF, spec })
  await cluster.settle()
  const seen: string[] = []
  for (const pod of generated(cluster)) {
    cluster.markReady(pod)
    await cluster.driver.advance(2 * SECOND)
    const { readyReplicas, availableReplicas = 0 } = cluster.client.get(replicaSets, REF).status ?? {}
    seen.push(`${readyReplicas} ready, ${availableReplicas} available`)
  }
  cluster.client.modify(replicaSets, REF, (draft) => void (draft.spec.replicas = 3))
  await cluster.driver.advance(SECOND / 2)
  seen.push(`${generated(cluster).length} pods`)
  expect(seen).toEqual(['1 ready, 0 available', '2 ready, 0 available', '3 pods'])
})
