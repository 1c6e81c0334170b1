// Pods that nobody will finish, on virtual time.

import { nodes, type Pod, pods, type PodSpec } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const REF = { namespace: 'default', name: 'guest' }

function create(cluster: TestCluster, spec: Partial<PodSpec>, finalizers: readonly string[] = []): Pod {
  const containers = [{ name: 'main', image: 'example.test/app:1' }]
  return cluster.client.create(pods, { metadata: { ...REF, finalizers }, spec: { containers, ...spec } })
}
const find = (cluster: TestCluster): Pod | undefined => cluster.client.find(pods, REF)
/** Off, and somebody says so. */
function declareOut(cluster: TestCluster, ready: string): void {
  const node = { name: 'node-1' }
  cluster.client.modify(nodes, node, ({ spec }) => {
    spec.taints = [...(spec.taints ?? []), { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }]
  })
  cluster.client.modify(
    nodes,
    node,
    ({ status }) => {
      for (const condition of status?.conditions ?? []) if (condition.type === 'Ready') condition.status = ready
    },
    { subresource: 'status' },
  )
}

test.each([
  { when: 'right after a look', atS: 1, leftS: 59 },
  { when: 'right before a look', atS: 39, leftS: 41 },
])('a pod of a node that goes $when fails and goes forty seconds after the next one', async ({ atS, leftS }) => {
  const cluster = await testCluster({ nodes: 1 })
  cluster.markReady(create(cluster, { nodeName: 'node-1' }, ['example.test/hold']))
  await cluster.driver.advance(atS * SECOND - cluster.engine.clock.now())
  cluster.client.delete(nodes, { name: 'node-1' })
  await cluster.driver.advance((leftS - 1) * SECOND)
  expect(find(cluster)?.status?.phase).toBe('Running')
  await cluster.driver.advance(2 * SECOND)
  expect(find(cluster)?.status).toMatchObject({ phase: 'Failed' })
  expect(find(cluster)?.status?.conditions).toContainEqual(
    expect.objectContaining({
      ...{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC' },
      message: 'PodGC: node no longer exists',
    }),
  )
})

test('a pod deleted before it had a node fails at the next look: its finalizers may wait for that', async () => {
  const cluster = await testCluster({ nodes: 0 })
  create(cluster, {}, ['example.test/hold'])
  await cluster.settle()
  cluster.client.delete(pods, REF)
  await cluster.settle()
  expect(find(cluster)?.status?.phase).toBe('Pending')
  await cluster.driver.advance(21 * SECOND)
  expect(find(cluster)?.status?.phase).toBe('Failed')
  expect(find(cluster)?.status?.conditions?.map(({ type }) => type)).not.toContain('DisruptionTarget')
})

test.each([
  { name: 'that is not ready goes', ready: 'Unknown', stays: false },
  { name: 'that is ready stays', ready: 'True', stays: true },
])('a pod being deleted on a node out of service $name', async ({ ready, stays }) => {
  const cluster = await testCluster({ nodes: 2 })
  cluster.markReady(create(cluster, { nodeName: 'node-1', tolerations: [{ operator: 'Exists' }] }))
  await cluster.settle()
  cluster.client.delete(pods, REF)
  declareOut(cluster, ready)
  await cluster.driver.advance(21 * SECOND)
  expect(find(cluster) !== undefined).toBe(stays)
})
