import { controllerRevisions, type Pod, pods, type StatefulSetSpec, statefulSets } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const DB = { namespace: 'default', name: 'db' }
const template = (image: string): StatefulSetSpec['template'] => ({
  metadata: { labels: { app: 'db' } },
  spec: { containers: [{ name: 'main', image }] },
})

function createDb(cluster: TestCluster, spec: Partial<StatefulSetSpec> = {}): void {
  const selector = { matchLabels: { app: 'db' } }
  cluster.client.create(statefulSets, {
    metadata: DB,
    spec: { replicas: 3, serviceName: 'db', selector, template: template('example.test/db:1'), ...spec },
  })
}

/** `db-0:1 db-1:2-` — name, image tag, a dash when it is being deleted. */
const picture = (cluster: TestCluster): string =>
  cluster
    .podsOf({ app: 'db' })
    .map(
      ({ metadata, spec }) =>
        `${metadata.name}:${spec.containers[0]?.image?.split(':')[1]}${metadata.deletionTimestamp === undefined ? '' : '-'}`,
    )
    .join(' ')

/** What is there after each round of controllers, then kubelets, until nothing changes. */
async function film(cluster: TestCluster): Promise<readonly string[]> {
  const pictures: string[] = []
  for (;;) {
    await cluster.settle()
    const now = picture(cluster)
    if (now === pictures.at(-1)) return pictures
    pictures.push(now)
    cluster.runKubelet()
  }
}

function setImage(cluster: TestCluster, tag: number): void {
  cluster.client.modify(statefulSets, DB, ({ spec }) => {
    const [container] = spec.template.spec?.containers ?? []
    if (container !== undefined) container.image = `example.test/db:${tag}`
  })
}

test('in order: up one by one, down one by one, and each pod knows who it is', async () => {
  const cluster = await testCluster()
  createDb(cluster)
  expect(await film(cluster)).toEqual(['db-0:1', 'db-0:1 db-1:1', 'db-0:1 db-1:1 db-2:1'])
  const [, second] = cluster.podsOf({ app: 'db' })
  expect(second?.spec).toMatchObject({ hostname: 'db-1', subdomain: 'db' })
  const { currentRevision = '' } = cluster.client.get(statefulSets, DB).status ?? {}
  expect(second?.metadata.labels).toMatchObject({
    'apps.kubernetes.io/pod-index': '1',
    'controller-revision-hash': currentRevision,
    'statefulset.kubernetes.io/pod-name': 'db-1',
  })
  cluster.client.modify(statefulSets, DB, (draft) => void (draft.spec.replicas = 1))
  expect(await film(cluster)).toEqual(['db-0:1 db-1:1 db-2:1-', 'db-0:1 db-1:1-', 'db-0:1'])
})

test('in parallel: all at once', async () => {
  const cluster = await testCluster()
  createDb(cluster, { podManagementPolicy: 'Parallel' })
  expect(await film(cluster)).toEqual(['db-0:1 db-1:1 db-2:1'])
  cluster.client.modify(statefulSets, DB, (draft) => void (draft.spec.replicas = 0))
  expect(await film(cluster)).toEqual(['db-0:1- db-1:1- db-2:1-', ''])
})

test('an unready pod holds the next one back', async () => {
  const cluster = await testCluster()
  createDb(cluster)
  await cluster.settle()
  const [first] = cluster.podsOf({ app: 'db' })
  if (first !== undefined) cluster.markReady(first, false)
  await cluster.settle()
  expect(picture(cluster)).toBe('db-0:1')
})

test('a rolling update goes down to the partition, then further; undo takes up the old revision', async () => {
  const cluster = await testCluster()
  createDb(cluster, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } })
  await film(cluster)
  setImage(cluster, 2)
  expect(await film(cluster)).toEqual([
    'db-0:1 db-1:1 db-2:1-',
    'db-0:1 db-1:1 db-2:2',
    'db-0:1 db-1:1- db-2:2',
    'db-0:1 db-1:2 db-2:2',
  ])
  expect(cluster.client.get(statefulSets, DB).status).toMatchObject({ currentReplicas: 1, updatedReplicas: 2 })
  // Below the partition a pod comes back as it was.
  cluster.client.delete(pods, { namespace: 'default', name: 'db-0' }, { gracePeriodSeconds: 0 })
  expect((await film(cluster)).at(-1)).toBe('db-0:1 db-1:2 db-2:2')
  cluster.client.modify(statefulSets, DB, ({ spec }) => void (spec.updateStrategy = { type: 'RollingUpdate' }))
  expect((await film(cluster)).at(-1)).toBe('db-0:2 db-1:2 db-2:2')
  const { currentRevision, updateRevision } = cluster.client.get(statefulSets, DB).status ?? {}
  expect(currentRevision).toBe(updateRevision)
  setImage(cluster, 1)
  await film(cluster)
  const revisions = cluster.client.list(controllerRevisions, { namespace: 'default' }).items
  expect(revisions.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual([2, 3])
})

test.each([
  { name: 'a broken one at the bottom waits its turn', broken: 'db-0', first: 'db-0:1 db-1:1 db-2:1-' },
  { name: 'a broken one at the top goes first', broken: 'db-2', first: 'db-0:1 db-1:1 db-2:1-' },
])('in parallel an update goes one by one, too: $name', async ({ broken, first }) => {
  const cluster = await testCluster()
  createDb(cluster, { podManagementPolicy: 'Parallel' })
  await film(cluster)
  cluster.markReady(cluster.client.get(pods, { namespace: 'default', name: broken }), false)
  setImage(cluster, 2)
  const pictures = await film(cluster)
  expect(pictures[0]).toBe(first)
  expect(pictures.at(-1)).toBe('db-0:2 db-1:2 db-2:2')
})

test('a pod the update has not come to comes back as it was', async () => {
  const cluster = await testCluster()
  createDb(cluster, { updateStrategy: { type: 'RollingUpdate' } })
  await film(cluster)
  setImage(cluster, 2)
  await cluster.settle()
  cluster.client.delete(pods, { namespace: 'default', name: 'db-0' }, { gracePeriodSeconds: 0 })
  await cluster.settle()
  expect(picture(cluster)).toBe('db-0:1 db-1:1 db-2:1-')
  expect((await film(cluster)).at(-1)).toBe('db-0:2 db-1:2 db-2:2')
})

test('a failed pod is removed and comes back under its name', async () => {
  const cluster = await testCluster()
  createDb(cluster, { ordinals: { start: 5 }, replicas: 2 })
  expect((await film(cluster)).at(-1)).toBe('db-5:1 db-6:1')
  const victim: Pod = cluster.client.get(pods, { namespace: 'default', name: 'db-5' })
  cluster.client.update(pods, { ...victim, status: { ...victim.status, phase: 'Failed' } }, { subresource: 'status' })
  await film(cluster)
  expect(cluster.client.get(pods, victim.metadata).metadata.uid).not.toBe(victim.metadata.uid)
})

test('in parallel a failed pod holds nothing up', async () => {
  const cluster = await testCluster()
  createDb(cluster, { podManagementPolicy: 'Parallel', replicas: 2 })
  await film(cluster)
  const victim: Pod = cluster.client.get(pods, { namespace: 'default', name: 'db-0' })
  cluster.client.update(pods, { ...victim, status: { ...victim.status, phase: 'Failed' } }, { subresource: 'status' })
  setImage(cluster, 2)
  expect((await film(cluster)).at(-1)).toBe('db-0:2 db-1:2')
})

test('a pod of somebody else holds its place without a word, and the set goes on when it is gone', async () => {
  const cluster = await testCluster()
  const container = { name: 'main', image: 'example.test/db:0' }
  cluster.client.create(pods, {
    metadata: { ...DB, name: 'db-0', labels: { app: 'other' } },
    spec: { containers: [container] },
  })
  createDb(cluster, { replicas: 1 })
  await cluster.settle()
  expect(cluster.eventsOf('StatefulSet')).toEqual([])
  cluster.client.delete(pods, { ...DB, name: 'db-0' }, { gracePeriodSeconds: 0 })
  await cluster.driver.advance(30 * SECOND)
  expect(picture(cluster)).toBe('db-0:1')
  expect(cluster.eventsOf('StatefulSet')).toEqual(['SuccessfulCreate Create Pod db-0 in StatefulSet db successful'])
})
