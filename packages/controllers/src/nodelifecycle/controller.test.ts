import { leases, nodes, pods, type PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const SECOND = 1_000_000
const ref = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name })

function addPod(cluster: TestCluster, name: string, spec: Partial<PodSpec> = {}): void {
  const containers = [{ name: 'main', image: 'example.test/app:1' }]
  cluster.markReady(
    cluster.client.create(pods, { metadata: ref(name), spec: { nodeName: 'node-1', containers, ...spec } }),
  )
}

function setReady(cluster: TestCluster, status: string): void {
  cluster.client.modify(
    nodes,
    { name: 'node-1' },
    (draft) => {
      for (const condition of draft.status?.conditions ?? []) if (condition.type === 'Ready') condition.status = status
    },
    { subresource: 'status' },
  )
}

const taints = (cluster: TestCluster): readonly string[] =>
  (cluster.client.get(nodes, { name: 'node-1' }).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`)
const isDeleting = (cluster: TestCluster, name: string): boolean =>
  cluster.client.get(pods, ref(name)).metadata.deletionTimestamp !== undefined

test('a node that reports itself not ready is tainted; pods go when they stop tolerating it; it comes back clean', async () => {
  const cluster = await testCluster({ nodes: 2 })
  const brief = ['not-ready', 'unreachable'].map((reason) => ({
    key: `node.kubernetes.io/${reason}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 3,
  }))
  addPod(cluster, 'quick', { tolerations: brief })
  addPod(cluster, 'slow')
  addPod(cluster, 'forever', { tolerations: [{ operator: 'Exists' }] })
  setReady(cluster, 'False')
  await cluster.driver.advance(8 * SECOND)
  expect(taints(cluster)).toEqual(['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'])
  expect(['quick', 'slow', 'forever'].map((name) => isDeleting(cluster, name))).toEqual([true, false, false])
  expect(cluster.client.get(pods, ref('quick')).status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }),
  )
  expect(cluster.eventsOf('Pod')).toEqual(['TaintManagerEviction Marking for deletion Pod default/quick'])
  setReady(cluster, 'True')
  await cluster.driver.advance(3 * SECOND)
  expect(taints(cluster)).toEqual([])
  await cluster.driver.advance(400 * SECOND)
  expect(isDeleting(cluster, 'slow')).toBe(false)
})

test('a node that stops renewing its lease: Unknown, unreachable, its pods not ready', async () => {
  const cluster = await testCluster({ nodes: 2 })
  addPod(cluster, 'on-it')
  const lease = { namespace: 'kube-node-lease', name: 'node-1' }
  cluster.client.create(leases, {
    metadata: lease,
    spec: { holderIdentity: 'node-1', renewTime: cluster.engine.clock.microTimestamp() },
  })
  for (let i = 0; i < 20; i++) {
    await cluster.driver.advance(10 * SECOND)
    cluster.client.modify(leases, lease, (draft) => {
      draft.spec = { ...draft.spec, renewTime: cluster.engine.clock.microTimestamp() }
    })
  }
  expect(taints(cluster)).toEqual([])
  await cluster.driver.advance(58 * SECOND)
  expect(taints(cluster)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ])
  const { conditions } = cluster.client.get(nodes, { name: 'node-1' }).status ?? {}
  expect(conditions?.map(({ status }) => status)).toEqual(['Unknown', 'Unknown', 'Unknown', 'Unknown'])
  expect(cluster.eventsOf('Pod')).toContain('NodeNotReady Node is not ready')
  expect(cluster.client.get(pods, ref('on-it')).status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready', status: 'False', observedGeneration: 1 }),
  )
  await cluster.driver.advance(310 * SECOND)
  expect(isDeleting(cluster, 'on-it')).toBe(true)
})

test('a node that is heard of from its start by its status alone is lost when that stops', async () => {
  const cluster = await testCluster({ nodes: 2 })
  const spec = { metadata: { name: 'by-hand', labels: { 'podwire.dev/external-kubelet': 'true' } }, spec: {} }
  cluster.client.create(nodes, spec)
  const ready = (): string | undefined =>
    cluster.client.get(nodes, { name: 'by-hand' }).status?.conditions?.find(({ type }) => type === 'Ready')?.status
  for (let i = 0; i < 10; i++) {
    const lastHeartbeatTime = cluster.engine.clock.timestamp()
    const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime }]
    cluster.client.patch(nodes, { name: 'by-hand' }, 'merge', { status: { conditions } }, { subresource: 'status' })
    await cluster.driver.advance(40 * SECOND)
    expect(ready()).toBe('True')
  }
  await cluster.driver.advance(20 * SECOND)
  expect(ready()).toBe('Unknown')
})

test('a NoExecute taint set by hand evicts who does not tolerate it', async () => {
  const cluster = await testCluster({ nodes: 2 })
  addPod(cluster, 'none')
  addPod(cluster, 'tolerates', { tolerations: [{ key: 'maint', operator: 'Exists', effect: 'NoExecute' }] })
  cluster.client.modify(nodes, { name: 'node-1' }, (draft) => {
    draft.spec.taints = [{ key: 'maint', value: 'now', effect: 'NoExecute' }]
  })
  await cluster.settle()
  expect(['none', 'tolerates'].map((name) => isDeleting(cluster, name))).toEqual([true, false])
})

test('cordoning taints, and a deleted node takes its pods along', async () => {
  const cluster = await testCluster({ nodes: 2 })
  addPod(cluster, 'p')
  cluster.client.modify(nodes, { name: 'node-1' }, (draft) => void (draft.spec.unschedulable = true))
  await cluster.settle()
  expect(taints(cluster)).toEqual(['node.kubernetes.io/unschedulable:NoSchedule'])
  cluster.client.delete(nodes, { name: 'node-1' })
  await cluster.settle()
  expect(cluster.client.find(pods, ref('p'))).toBeUndefined()
})
