import {
  configMaps,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  type StatefulSetSpec,
  statefulSets,
} from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const DB = { namespace: 'default', name: 'db' }
const claim = (name: string): PersistentVolumeClaim =>
  ({
    metadata: { name, labels: { tier: 'data' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }) as unknown as PersistentVolumeClaim

async function setWith(spec: Partial<StatefulSetSpec>): Promise<TestCluster> {
  const cluster = await testCluster()
  const template = {
    metadata: { labels: { app: 'db' } },
    spec: {
      containers: [{ name: 'main', image: 'example.test/db:1' }],
      volumes: [{ name: 'logs', emptyDir: {} }],
    },
  }
  const whole = { replicas: 2, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template, ...spec }
  cluster.client.create(statefulSets, { metadata: DB, spec: whole })
  await play(cluster)
  return cluster
}

/** Claims are bound by hand, pods run: until nothing changes. */
async function play(cluster: TestCluster): Promise<void> {
  for (let round = 0; round < 6; round++) {
    await cluster.settle()
    for (const { metadata, spec } of cluster.client.list(persistentVolumeClaims).items) {
      if ((spec.volumeName ?? '') !== '' || metadata.deletionTimestamp !== undefined) continue
      const bound = { spec: { volumeName: `pv-${metadata.name}` } }
      cluster.client.patch(persistentVolumeClaims, metadata, 'merge', bound)
    }
    await cluster.settle()
    cluster.runKubelet()
  }
  await cluster.settle()
}

/** `data-db-0 StatefulSet/db` — each claim with its owners. */
const claims = (cluster: TestCluster): readonly string[] =>
  cluster.client
    .list(persistentVolumeClaims)
    .items.map(({ metadata: { name, ownerReferences = [] } }) =>
      [name, ...ownerReferences.map((owner) => `${owner.kind}/${owner.name}`)].join(' '),
    )

const scale = async (cluster: TestCluster, replicas: number): Promise<void> => {
  cluster.client.modify(statefulSets, DB, (draft) => void (draft.spec.replicas = replicas))
  await play(cluster)
}

test('each pod has its claims, made before it, under a stable name', async () => {
  const cluster = await setWith({ volumeClaimTemplates: [claim('data'), claim('logs')] })
  expect(claims(cluster)).toEqual(['data-db-0', 'data-db-1', 'logs-db-0', 'logs-db-1'])
  const [first] = cluster.client.list(persistentVolumeClaims).items
  expect(first?.metadata.labels).toEqual({ app: 'db', tier: 'data' })
  const [pod] = cluster.podsOf({ app: 'db' })
  // The template's own volume of that name gives way.
  expect(pod?.spec.volumes?.slice(0, 2)).toEqual([
    { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } },
    { name: 'logs', persistentVolumeClaim: { claimName: 'logs-db-0' } },
  ])
  expect(cluster.podsOf({ app: 'db' }).map(({ status }) => status?.phase)).toEqual(['Running', 'Running'])
  expect(cluster.eventsOf('StatefulSet').slice(0, 3)).toEqual([
    'SuccessfulCreate Create Claim data-db-0 Pod db-0 in StatefulSet db success',
    'SuccessfulCreate Create Claim logs-db-0 Pod db-0 in StatefulSet db success',
    'SuccessfulCreate Create Pod db-0 in StatefulSet db successful',
  ])
})

test('until its claim is bound a pod waits for a node, and the next pod for it', async () => {
  const cluster = await testCluster()
  const spec = { containers: [{ name: 'main', image: 'example.test/db:1' }] }
  cluster.client.create(statefulSets, {
    metadata: DB,
    spec: {
      replicas: 2,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec },
      volumeClaimTemplates: [claim('data')],
    },
  })
  await cluster.settle()
  expect(cluster.podsOf({ app: 'db' }).map(({ metadata }) => metadata.name)).toEqual(['db-0'])
  expect(cluster.eventsOf('Pod')).toEqual([
    'FailedScheduling 0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
  ])
})

test('a claim that was lost comes back while its pod waits', async () => {
  const cluster = await testCluster()
  const spec = { containers: [{ name: 'main', image: 'example.test/db:1' }] }
  const template = { metadata: { labels: { app: 'db' } }, spec }
  const selector = { matchLabels: { app: 'db' } }
  const whole = { replicas: 1, serviceName: 'db', selector, template, volumeClaimTemplates: [claim('data')] }
  cluster.client.create(statefulSets, { metadata: DB, spec: whole })
  await cluster.settle()
  cluster.client.delete(persistentVolumeClaims, { namespace: 'default', name: 'data-db-0' })
  cluster.client.modify(statefulSets, DB, (draft) => void (draft.metadata.labels = { look: 'again' }))
  await cluster.settle()
  expect(claims(cluster)).toEqual(['data-db-0'])
})

test.each([
  ['by default', undefined, undefined, ['data-db-0', 'data-db-1'], ['data-db-0', 'data-db-1']],
  ['scaled away with its pod', 'Retain', 'Delete', ['data-db-0'], ['data-db-0']],
  ['deleted with the set', 'Delete', 'Retain', ['data-db-0 StatefulSet/db', 'data-db-1 StatefulSet/db'], []],
  ['both', 'Delete', 'Delete', ['data-db-0 StatefulSet/db'], []],
] as const)('retention: %s', async (_, whenDeleted, whenScaled, afterScaling, afterDeletion) => {
  const policy = { ...(whenDeleted && { whenDeleted }), ...(whenScaled && { whenScaled }) }
  const cluster = await setWith({
    volumeClaimTemplates: [claim('data')],
    persistentVolumeClaimRetentionPolicy: policy,
  })
  await scale(cluster, 1)
  expect(claims(cluster)).toEqual(afterScaling)
  await scale(cluster, 2)
  expect(claims(cluster)).toHaveLength(2)
  await scale(cluster, 1)
  cluster.client.delete(statefulSets, DB, { propagationPolicy: 'Background' })
  await play(cluster)
  expect(claims(cluster)).toEqual(afterDeletion)
})

test('a change of the retention policy is an update of each pod', async () => {
  const cluster = await setWith({ volumeClaimTemplates: [claim('data')] })
  const policy = { whenDeleted: 'Delete' }
  cluster.client.modify(statefulSets, DB, ({ spec }) => void (spec.persistentVolumeClaimRetentionPolicy = policy))
  await play(cluster)
  expect(claims(cluster)).toEqual(['data-db-0 StatefulSet/db', 'data-db-1 StatefulSet/db'])
  expect(cluster.eventsOf('StatefulSet').filter((event) => event.startsWith('SuccessfulUpdate'))).toEqual([
    'SuccessfulUpdate Update Pod db-0 in StatefulSet db successful',
    'SuccessfulUpdate Update Pod db-1 in StatefulSet db successful',
  ])
})

test('a claim that somebody else controls is left alone, and an event says so', async () => {
  const cluster = await testCluster()
  const { metadata } = cluster.client.create(configMaps, { metadata: { namespace: 'default', name: 'boss' } })
  const boss = { apiVersion: 'v1', kind: 'ConfigMap', name: 'boss', uid: metadata.uid, controller: true }
  const known = { namespace: 'default', name: 'data-db-0', ownerReferences: [boss] }
  cluster.client.create(persistentVolumeClaims, { metadata: known, spec: claim('data').spec })
  const spec = { containers: [{ name: 'main', image: 'example.test/db:1' }] }
  const template = { metadata: { labels: { app: 'db' } }, spec }
  const whole = { replicas: 2, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template }
  const policy = { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } }
  cluster.client.create(statefulSets, {
    metadata: DB,
    spec: { ...whole, ...policy, volumeClaimTemplates: [claim('data')] },
  })
  await play(cluster)
  expect(claims(cluster)).toEqual(['data-db-0 ConfigMap/boss', 'data-db-1 StatefulSet/db'])
  expect(cluster.eventsOf('StatefulSet').filter((event) => event.startsWith('ConflictingController'))).toEqual([
    'ConflictingController PersistentVolumeClaim data-db-0 has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim',
  ])
})
