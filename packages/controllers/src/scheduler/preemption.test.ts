import {
  persistentVolumeClaims,
  type Pod,
  podDisruptionBudgets,
  pods,
  type PodSpec,
  priorityClasses,
} from '@podwire/apiserver'
import { Random, SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { podWith } from '../testing/objects.suite.ts'
import { ClusterState } from './cluster-state.ts'
import { podInfo } from './pod-info.ts'
import { type Decision, schedule } from './schedule.ts'

// The classes every cluster has.
const MIDDLE = 'system-cluster-critical'
const HIGH = 'system-node-critical'

async function clusterWithClasses(): Promise<TestCluster> {
  const cluster = await testCluster({ nodes: 0 })
  for (const [name, value] of [
    [MIDDLE, 2_000_000_000],
    [HIGH, 2_000_001_000],
  ] as const) {
    if (cluster.client.find(priorityClasses, { name }) !== undefined) continue
    cluster.client.create(priorityClasses, { metadata: { name }, value })
  }
  return cluster
}

function createPod(cluster: TestCluster, name: string, cpu: string, priorityClassName?: string): Pod {
  return cluster.client.create(pods, {
    metadata: { namespace: 'default', name, labels: { app: name } },
    spec: {
      containers: [{ name: 'main', image: 'example.test/app:1', resources: { requests: { cpu } } }],
      ...(priorityClassName === undefined ? {} : { priorityClassName }),
    },
  })
}

const STATUS = { subresource: 'status' } as const

const podNamed = (cluster: TestCluster, name: string): Pod | undefined =>
  cluster.client.find(pods, { namespace: 'default', name })
const isGoing = (cluster: TestCluster, name: string): boolean =>
  podNamed(cluster, name)?.metadata.deletionTimestamp !== undefined
const messageOf = (cluster: TestCluster, name: string): string | undefined =>
  podNamed(cluster, name)?.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message

test('a more important pod takes the place of a less important one', async () => {
  const cluster = await clusterWithClasses()
  cluster.addNode('s1', { cpu: '4' })
  createPod(cluster, 'low', '3')
  await cluster.settle()
  createPod(cluster, 'high', '3', HIGH)
  await cluster.settle()
  expect(messageOf(cluster, 'high')).toBe('0/1 nodes are available: 1 Insufficient cpu.')
  expect(podNamed(cluster, 'high')?.status?.nominatedNodeName).toBe('s1')
  expect(podNamed(cluster, 'low')?.status?.conditions).toContainEqual({
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: 'default-scheduler: preempting to accommodate a higher priority pod',
    observedGeneration: 1,
    lastTransitionTime: expect.any(String) as string,
  })
  const { uid } = podNamed(cluster, 'high')?.metadata ?? {}
  expect(cluster.eventsOf('Pod')).toContain(`Preempted Preempted by pod ${uid} on node s1`)
  // The room is kept: a pod of no importance that would fit first has to wait.
  cluster.finishDeletions()
  createPod(cluster, 'late', '2')
  await cluster.driver.advance(5 * SECOND)
  expect(podNamed(cluster, 'high')?.spec.nodeName).toBe('s1')
  expect(podNamed(cluster, 'high')?.status).not.toHaveProperty('nominatedNodeName')
  expect(podNamed(cluster, 'late')?.spec.nodeName).toBeUndefined()
})

test('only as many as needed go, the least important and youngest first', async () => {
  const cluster = await clusterWithClasses()
  cluster.addNode('s1', { cpu: '4' })
  createPod(cluster, 'old', '1')
  await cluster.driver.advance(5 * SECOND)
  cluster.runKubelet()
  await cluster.driver.advance(5 * SECOND)
  createPod(cluster, 'young', '1')
  createPod(cluster, 'middle', '2', MIDDLE)
  await cluster.settle()
  cluster.runKubelet()
  createPod(cluster, 'high', '1', HIGH)
  await cluster.settle()
  expect(['old', 'young', 'middle'].filter((name) => isGoing(cluster, name))).toEqual(['young'])
})

test('of pods that have not started, the one placed last is spared', async () => {
  const cluster = await clusterWithClasses()
  cluster.addNode('s1', { cpu: '4' })
  for (const name of ['b', 'c', 'a']) {
    createPod(cluster, name, '1')
    await cluster.settle()
  }
  createPod(cluster, 'high', '2', HIGH)
  await cluster.settle()
  expect(['a', 'b', 'c'].filter((name) => isGoing(cluster, name))).toEqual(['b'])
})

test('room made for one pod is not offered to the next, and a more important one takes it away', async () => {
  const cluster = await clusterWithClasses()
  cluster.addNode('s1', { cpu: '4' })
  for (const name of ['low-1', 'low-2']) createPod(cluster, name, '2')
  await cluster.settle()
  createPod(cluster, 'first', '2', MIDDLE)
  await cluster.settle()
  createPod(cluster, 'second', '4', MIDDLE)
  await cluster.settle()
  const nominations = (): readonly (string | undefined)[] =>
    ['first', 'second', 'high'].map((name) => podNamed(cluster, name)?.status?.nominatedNodeName)
  expect(nominations()).toEqual(['s1', undefined, undefined])
  expect(messageOf(cluster, 'second')).toBe(
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Insufficient cpu.',
  )
  createPod(cluster, 'high', '4', HIGH)
  await cluster.settle()
  expect(nominations()).toEqual([undefined, undefined, 's1'])
  expect(['low-1', 'low-2'].filter((name) => isGoing(cluster, name))).toHaveLength(2)
})

test('room is kept for a pod where its status says so, whoever wrote that, until it says otherwise', async () => {
  const cluster = await clusterWithClasses()
  cluster.addNode('s1', { cpu: '4' })
  createPod(cluster, 'big', '3')
  await cluster.settle()
  createPod(cluster, 'next', '3')
  await cluster.settle()
  const nominate = (nominatedNodeName: string | null): unknown =>
    cluster.client.patch(
      pods,
      { namespace: 'default', name: 'next' },
      'merge',
      { status: { nominatedNodeName } },
      STATUS,
    )
  nominate('s1')
  createPod(cluster, 'small', '500m')
  createPod(cluster, 'important', '500m', HIGH)
  await cluster.settle()
  expect(podNamed(cluster, 'important')?.spec.nodeName).toBe('s1')
  expect(messageOf(cluster, 'small')).toMatch(/^0\/1 nodes are available: 1 Insufficient cpu\./)
  nominate(null)
  await cluster.settle()
  expect(podNamed(cluster, 'small')?.spec.nodeName).toBe('s1')
})

test('the node where least is lost is chosen, and budgets are spared', async () => {
  const cluster = await clusterWithClasses()
  cluster.addNode('s1', { cpu: '2' })
  createPod(cluster, 'guarded', '2')
  await cluster.settle()
  cluster.addNode('s2', { cpu: '2' })
  createPod(cluster, 'middle', '2', MIDDLE)
  cluster.client.create(podDisruptionBudgets, {
    metadata: { namespace: 'default', name: 'guard' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
  })
  await cluster.settle()
  createPod(cluster, 'high', '2', HIGH)
  await cluster.settle()
  expect(['guarded', 'middle'].filter((name) => isGoing(cluster, name))).toEqual(['middle'])
})

test.each([
  [
    'Never',
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
  ],
  ['PreemptLowerPriority', '0/1 nodes are available: 1 Insufficient cpu.'],
])('preemptionPolicy %s', (preemptionPolicy, message) => {
  const asks = (cpu: string): Partial<PodSpec> => ({
    containers: [{ name: 'main', image: '', resources: { requests: { cpu } } }],
  })
  const state = new ClusterState(() => ({}))
  const allocatable = { cpu: '2', memory: '1Gi', pods: '10' }
  const { metadata } = podWith({ name: 's1' })
  state.setNode({ apiVersion: 'v1', kind: 'Node', metadata, spec: {}, status: { allocatable } })
  state.place(podInfo(podWith({ name: 'low', spec: asks('2') })), 's1')
  const wanting = podInfo(podWith({ name: 'high', spec: { ...asks('1'), priority: 10, preemptionPolicy } }))
  const surroundings = { claim: () => undefined, budgets: () => [], defaultSelector: () => undefined }
  const decision = schedule(wanting, state, new Random(1), 0, surroundings)
  const keepsNomination = preemptionPolicy === 'Never'
  expect(decision).toMatchObject({ kind: 'unschedulable', message, keepsNomination })
  // Trying it out changed nothing.
  expect(state.node('s1')?.requested.get('cpu')).toBe(2000)
  expect(state.placedOn('uid-low')).toBe('s1')
})

test('a pod that names its node is told about that one, the others are not looked at', () => {
  const state = new ClusterState(() => ({}))
  for (const name of ['s1', 's2', 's3']) {
    const allocatable = { cpu: '2', memory: '1Gi', pods: '10' }
    const { metadata } = podWith({ name })
    state.setNode({ apiVersion: 'v1', kind: 'Node', metadata, spec: {}, status: { allocatable } })
  }
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['s2'] }]
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms: [{ matchFields }] }
  const asks = (cpu: string): Partial<PodSpec> => ({
    containers: [{ name: 'main', image: '', resources: { requests: { cpu } } }],
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } },
  })
  const surroundings = { claim: () => undefined, budgets: () => [], defaultSelector: () => undefined }
  const decide = (cpu: string): Decision =>
    schedule(podInfo(podWith({ name: 'daemon', spec: asks(cpu) })), state, new Random(1), 0, surroundings)
  expect(decide('1')).toMatchObject({ kind: 'bind', node: 's2' })
  expect(decide('3')).toMatchObject({
    message:
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
  })
})

test('a pod waits for its claim, and starts when somebody binds it', async () => {
  const cluster = await testCluster({ nodes: 1 })
  cluster.client.create(pods, {
    metadata: { namespace: 'default', name: 'v' },
    spec: {
      containers: [{ name: 'main', image: 'example.test/app:1' }],
      volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'c' } }],
    },
  })
  await cluster.settle()
  expect(messageOf(cluster, 'v')).toBe('0/1 nodes are available: persistentvolumeclaim "c" not found. not found')
  const claim = cluster.client.create(persistentVolumeClaims, {
    metadata: { namespace: 'default', name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  })
  await cluster.driver.advance(5 * SECOND)
  expect(messageOf(cluster, 'v')).toBe(
    '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
  )
  cluster.client.modify(persistentVolumeClaims, claim.metadata, ({ spec }) => void (spec.volumeName = 'by-hand'))
  await cluster.driver.advance(15 * SECOND)
  expect(podNamed(cluster, 'v')?.spec.nodeName).toBe('node-1')
})
