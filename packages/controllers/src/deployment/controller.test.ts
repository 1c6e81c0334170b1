import { type Deployment, deployments, type ReplicaSet, replicaSets, resourceQuotas } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { createDeployment, setImage, testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { shrinkOld } from './rolling.ts'
import { rolloutStatus } from './status.ts'

const REF = { namespace: 'default', name: 'site' }

const revisions = (cluster: TestCluster): Readonly<Record<string, string>> => cluster.replicaSummary()

async function readyCluster(replicas: number, spec: Parameters<typeof createDeployment>[3] = {}): Promise<TestCluster> {
  const cluster = await testCluster()
  createDeployment(cluster.client, 'site', replicas, spec)
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  return cluster
}

/** Plays the kubelet until nothing changes any more. */
async function finish(cluster: TestCluster): Promise<void> {
  for (let i = 0; i < 30; i++) {
    cluster.runKubelet()
    await cluster.settle()
  }
}

/** Finishes deletions, starts nothing. */
async function finishDeletions(cluster: TestCluster): Promise<void> {
  cluster.finishDeletions()
  await cluster.settle()
}

async function readyOneNew(cluster: TestCluster): Promise<void> {
  const [pod] = cluster.podsOf({ app: 'site' }).filter((candidate) => candidate.status?.phase === 'Pending')
  if (pod !== undefined) cluster.markReady(pod)
  await cluster.settle()
  await finishDeletions(cluster)
}

test('a Deployment of 3 gets three bound pods and, when they are ready, its status', async () => {
  const cluster = await testCluster()
  createDeployment(cluster.client, 'site', 3)
  await cluster.settle()
  const made = cluster.podsOf({ app: 'site' })
  expect(made.map((pod) => pod.spec.nodeName)).toEqual(expect.arrayContaining(['node-1', 'node-2', 'node-3']))
  expect(cluster.client.get(deployments, REF).status).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    terminatingReplicas: 0,
    unavailableReplicas: 3,
    updatedReplicas: 3,
  })
  cluster.runKubelet()
  await cluster.settle()
  const { status, metadata } = cluster.client.get(deployments, REF)
  const [replicaSet] = cluster.client.list(replicaSets).items
  expect(metadata.generation).toBe(1)
  expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' })
  expect(status?.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message])).toEqual(
    [
      ['Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
      [
        'Progressing',
        'True',
        'NewReplicaSetAvailable',
        `ReplicaSet "${replicaSet?.metadata.name}" has successfully progressed.`,
      ],
    ],
  )
  expect(status).toMatchObject({ availableReplicas: 3, readyReplicas: 3, replicas: 3, updatedReplicas: 3 })
  expect(status).not.toHaveProperty('unavailableReplicas')
})

test('the ReplicaSet carries hash label, revision, sizes and owner', async () => {
  const cluster = await readyCluster(3)
  const [replicaSet] = cluster.client.list(replicaSets).items
  const hash = replicaSet?.metadata.labels?.['pod-template-hash'] ?? ''
  expect(hash).toMatch(/^[456789bcdf]{1,10}$/)
  expect(replicaSet?.metadata).toMatchObject({
    name: `site-${hash}`,
    annotations: {
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
      'deployment.kubernetes.io/revision': '1',
    },
    labels: { app: 'site', 'pod-template-hash': hash },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'site', controller: true, blockOwnerDeletion: true },
    ],
  })
  expect(replicaSet?.spec.selector).toEqual({ matchLabels: { app: 'site', 'pod-template-hash': hash } })
})

test('scaling up and down changes one ReplicaSet and says so', async () => {
  const cluster = await readyCluster(3)
  cluster.client.modify(deployments, REF, (draft) => void (draft.spec.replicas = 5))
  await finish(cluster)
  expect(revisions(cluster)).toEqual({ 1: '5 wanted, 5 there, 5 available' })
  cluster.client.modify(deployments, REF, (draft) => void (draft.spec.replicas = 1))
  await finish(cluster)
  expect(revisions(cluster)).toEqual({ 1: '1 wanted, 1 there, 1 available' })
  const name = cluster.client.list(replicaSets).items[0]?.metadata.name
  expect(cluster.eventsOf('Deployment')).toEqual([
    `ScalingReplicaSet Scaled up replica set ${name} from 0 to 3`,
    `ScalingReplicaSet Scaled up replica set ${name} from 3 to 5`,
    `ScalingReplicaSet Scaled down replica set ${name} from 5 to 1`,
  ])
})

const ROLLS = [
  {
    name: '3, surge 0%, unavailable 1%',
    replicas: 3,
    maxSurge: '0%',
    maxUnavailable: '1%',
    steps: [
      ['2 wanted, 2 there, 2 available', '1 wanted, 1 there, 0 available'],
      ['1 wanted, 1 there, 1 available', '2 wanted, 2 there, 1 available'],
      ['0 wanted, 0 there, 0 available', '3 wanted, 3 there, 2 available'],
      ['0 wanted, 0 there, 0 available', '3 wanted, 3 there, 3 available'],
    ],
  },
  {
    name: '4, surge 1, unavailable 0',
    replicas: 4,
    maxSurge: 1,
    maxUnavailable: 0,
    steps: [
      ['4 wanted, 4 there, 4 available', '1 wanted, 1 there, 0 available'],
      ['3 wanted, 3 there, 3 available', '2 wanted, 2 there, 1 available'],
      ['2 wanted, 2 there, 2 available', '3 wanted, 3 there, 2 available'],
    ],
  },
  {
    name: '10, surge 25%, unavailable 25%',
    replicas: 10,
    maxSurge: '25%',
    maxUnavailable: '25%',
    steps: [
      ['8 wanted, 8 there, 8 available', '5 wanted, 5 there, 0 available'],
      ['7 wanted, 7 there, 7 available', '6 wanted, 6 there, 1 available'],
    ],
  },
] as const

test.each(ROLLS)('rolling update of $name, one new pod after the other', async (roll) => {
  const { maxSurge, maxUnavailable } = roll
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } }
  const cluster = await readyCluster(roll.replicas, { strategy })
  setImage(cluster.client, 'site', 'example.test/app:2')
  await cluster.settle()
  await finishDeletions(cluster)
  for (const [index, [old, current]] of roll.steps.entries()) {
    if (index > 0) await readyOneNew(cluster)
    expect(revisions(cluster)).toEqual({ 1: old, 2: current })
  }
})

test('a second template during a hanging rollout takes over from the first', async () => {
  const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } }
  const cluster = await readyCluster(4, { strategy })
  setImage(cluster.client, 'site', 'example.test/app:2')
  await cluster.settle()
  await finishDeletions(cluster)
  expect(revisions(cluster)).toEqual({ 1: '3 wanted, 3 there, 3 available', 2: '2 wanted, 2 there, 0 available' })
  setImage(cluster.client, 'site', 'example.test/app:3')
  await cluster.settle()
  await finishDeletions(cluster)
  expect(revisions(cluster)).toEqual({
    1: '3 wanted, 3 there, 3 available',
    2: '0 wanted, 0 there, 0 available',
    3: '2 wanted, 2 there, 0 available',
  })
  await finish(cluster)
  expect(revisions(cluster)[3]).toBe('4 wanted, 4 there, 4 available')
})

test.each([
  { to: 15, old: '11 wanted, 11 there, 8 available', current: '7 wanted, 7 there, 0 available' },
  { to: 4, old: '2 wanted, 2 there, 2 available', current: '4 wanted, 4 there, 0 available' },
])('scaling to $to in the middle of a rollout shares in proportion', async ({ to, old, current }) => {
  const cluster = await readyCluster(10, { strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } })
  setImage(cluster.client, 'site', 'example.test/app:2')
  await cluster.settle()
  await finishDeletions(cluster)
  expect(revisions(cluster)).toEqual({ 1: '8 wanted, 8 there, 8 available', 2: '5 wanted, 5 there, 0 available' })
  cluster.client.modify(deployments, REF, (draft) => void (draft.spec.replicas = to))
  await cluster.settle()
  await finishDeletions(cluster)
  expect(revisions(cluster)).toEqual({ 1: old, 2: current })
})

test('Recreate waits until the old pods are gone', async () => {
  const cluster = await readyCluster(3, { strategy: { type: 'Recreate' } })
  setImage(cluster.client, 'site', 'example.test/app:2')
  await cluster.settle()
  expect(revisions(cluster)).toEqual({ 1: '0 wanted, 0 there, 0 available' })
  expect(cluster.client.get(deployments, REF).status).toMatchObject({ terminatingReplicas: 3, observedGeneration: 2 })
  await finish(cluster)
  expect(revisions(cluster)).toEqual({ 1: '0 wanted, 0 there, 0 available', 2: '3 wanted, 3 there, 3 available' })
})

test('revisionHistoryLimit 1 keeps one old ReplicaSet', async () => {
  const cluster = await readyCluster(1, { revisionHistoryLimit: 1 })
  for (const tag of [2, 3, 4]) {
    setImage(cluster.client, 'site', `example.test/app:${tag}`)
    await finish(cluster)
  }
  expect(revisions(cluster)).toEqual({ 3: '0 wanted, 0 there, 0 available', 4: '1 wanted, 1 there, 1 available' })
  expect(cluster.client.get(deployments, REF).metadata.generation).toBe(4)
})

test('pause holds a new template back, resume rolls it out, undo gives the old ReplicaSet a new revision', async () => {
  const cluster = await readyCluster(3)
  const first = cluster.client.get(deployments, REF).spec.template
  const progressing = (): string | undefined =>
    cluster.client.get(deployments, REF).status?.conditions?.find(({ type }) => type === 'Progressing')?.reason
  cluster.client.modify(deployments, REF, (draft) => void (draft.spec.paused = true))
  await finish(cluster)
  setImage(cluster.client, 'site', 'example.test/app:2')
  await finish(cluster)
  expect(progressing()).toBe('DeploymentPaused')
  expect(cluster.client.get(deployments, REF).status).not.toHaveProperty('updatedReplicas')
  cluster.client.modify(deployments, REF, (draft) => void (draft.spec.replicas = 4))
  await finish(cluster)
  expect(revisions(cluster)).toEqual({ 1: '4 wanted, 4 there, 4 available' })
  cluster.client.modify(deployments, REF, (draft) => void (draft.spec.paused = false))
  await finish(cluster)
  expect(revisions(cluster)).toEqual({ 1: '0 wanted, 0 there, 0 available', 2: '4 wanted, 4 there, 4 available' })
  cluster.client.update(deployments, {
    ...cluster.client.get(deployments, REF),
    spec: { ...cluster.client.get(deployments, REF).spec, template: first },
  })
  await finish(cluster)
  expect(revisions(cluster)).toEqual({ 2: '0 wanted, 0 there, 0 available', 3: '4 wanted, 4 there, 4 available' })
  const undone = cluster.client.list(replicaSets).items.find(({ spec }) => spec.replicas === 4)
  expect(undone?.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision-history': '1' })
  expect(progressing()).toBe('NewReplicaSetAvailable')
})

test('a rollout past its deadline says so, and recovers when the pods get ready after all', async () => {
  const cluster = await testCluster()
  createDeployment(cluster.client, 'site', 2, { progressDeadlineSeconds: 2 })
  await cluster.settle()
  await cluster.driver.advance(4_000_000)
  const progressing = (): unknown =>
    cluster.client.get(deployments, REF).status?.conditions?.find(({ type }) => type === 'Progressing')
  const name = cluster.client.list(replicaSets).items[0]?.metadata.name
  expect(progressing()).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: `ReplicaSet "${name}" has timed out progressing.`,
  })
  cluster.runKubelet()
  await cluster.settle()
  expect(progressing()).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' })
})

test.each([
  { name: 'a deadline', progressDeadlineSeconds: 600, reasons: ['ReplicaSetCreateError'] },
  { name: 'no deadline', progressDeadlineSeconds: 2_147_483_647, reasons: undefined },
])('a ReplicaSet that cannot be made: $name', async ({ progressDeadlineSeconds, reasons }) => {
  const cluster = await testCluster()
  cluster.client.create(resourceQuotas, {
    metadata: { namespace: 'default', name: 'none' },
    spec: { hard: { 'count/replicasets.apps': '0' } },
  })
  await cluster.settle()
  createDeployment(cluster.client, 'site', 1, { progressDeadlineSeconds })
  await cluster.driver.advance(1_000_000)
  expect(cluster.client.get(deployments, REF).status?.conditions?.map(({ reason }) => reason)).toEqual(reasons)
  expect(cluster.eventsOf('Deployment')[0]).toMatch(/^ReplicaSetCreateError Failed to create new replica set "site-/)
})

describe('one step, worked out by hand', () => {
  const metadata = { name: 'site', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
  const spec = { selector: {}, template: {} }
  const deployment: Deployment = {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
    spec: { ...spec, replicas: 8, strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 2 } } },
  }
  const replicaSet = (name: string, replicas: number, status: Partial<ReplicaSet['status']>): ReplicaSet => ({
    ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { ...metadata, name } },
    ...{ spec: { ...spec, replicas }, status: { replicas, ...status } },
  })
  test('what a ReplicaSet of size 0 still reports as available is not counted on', () => {
    const emptied = replicaSet('a', 0, { availableReplicas: 3 })
    const old = replicaSet('b', 4, { availableReplicas: 4 })
    const current = replicaSet('c', 6, { availableReplicas: 3 })
    expect(shrinkOld(deployment, current, [emptied, old])).toEqual([{ replicaSet: old, size: 3 }])
  })
  test("a failure has the time of its ReplicaSet's", () => {
    const lastTransitionTime = '2026-01-01T00:00:05Z'
    const failure = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'no',
      lastTransitionTime,
    }
    const current = replicaSet('c', 8, { conditions: [failure] })
    const moment = { nowMs: Date.parse('2026-01-01T00:00:09Z'), timestamp: '2026-01-01T00:00:09Z' }
    const { conditions } = rolloutStatus(deployment, [current], current, moment)
    expect(conditions?.at(-1)).toEqual({ ...failure, lastUpdateTime: lastTransitionTime })
  })
})
