// Claims and volumes that are in use outlive their deletion, on virtual time.

import {
  persistentVolumeClaims,
  persistentVolumes,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  pods,
} from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { claimsOf, holdsClaim } from './claim-usage.ts'

const CLAIM = { namespace: 'default', name: 'data' }
const VOLUME = { name: 'disk' }
const amount = { storage: '1Gi' }

function createClaim(cluster: TestCluster): PersistentVolumeClaim {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: amount } }
  return cluster.client.create(persistentVolumeClaims, { metadata: CLAIM, spec })
}

function createUser(cluster: TestCluster, nodeName?: string): Pod {
  const containers = [{ name: 'main', image: 'example.test/app:1' }]
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }]
  const spec = { containers, volumes, ...(nodeName === undefined ? {} : { nodeName }) }
  return cluster.client.create(pods, { metadata: { namespace: 'default', name: 'user' }, spec })
}

const claimThere = ({ client }: TestCluster): boolean => client.find(persistentVolumeClaims, CLAIM) !== undefined

test('a claim goes when its last pod has gone, even a finished one', async () => {
  const cluster = await testCluster({ nodes: 1 })
  createClaim(cluster)
  const pod = createUser(cluster, 'node-1')
  await cluster.settle()
  cluster.client.delete(persistentVolumeClaims, CLAIM)
  await cluster.settle()
  expect(claimThere(cluster)).toBe(true)
  cluster.client.update(pods, { ...pod, status: { phase: 'Succeeded' } }, { subresource: 'status' })
  await cluster.settle()
  expect(claimThere(cluster)).toBe(true)
  cluster.client.delete(pods, pod.metadata, { gracePeriodSeconds: 0 })
  await cluster.settle()
  expect(claimThere(cluster)).toBe(false)
})

test('a claim that only a pod without a node names goes at once', async () => {
  const cluster = await testCluster({ nodes: 0 })
  createClaim(cluster)
  createUser(cluster)
  await cluster.settle()
  cluster.client.delete(persistentVolumeClaims, CLAIM)
  await cluster.settle()
  expect(claimThere(cluster)).toBe(false)
})

function createVolume({ client }: TestCluster, phase: string): PersistentVolume {
  const spec = { capacity: amount, accessModes: ['ReadWriteOnce'], hostPath: { path: '/srv' } }
  const volume = client.create(persistentVolumes, { metadata: VOLUME, spec })
  return client.update(persistentVolumes, { ...volume, status: { phase } }, { subresource: 'status' })
}

test.each([
  { phase: 'Available', stays: false },
  { phase: 'Released', stays: false },
  { phase: 'Bound', stays: true },
])('a deleted volume that is $phase: stays $stays', async ({ phase, stays }) => {
  const cluster = await testCluster({ nodes: 0 })
  createVolume(cluster, phase)
  cluster.client.delete(persistentVolumes, VOLUME)
  await cluster.settle()
  const left = cluster.client.find(persistentVolumes, VOLUME)
  expect(left !== undefined).toBe(stays)
  if (left === undefined) return
  cluster.client.update(persistentVolumes, { ...left, status: { phase: 'Released' } }, { subresource: 'status' })
  await cluster.settle()
  expect(cluster.client.find(persistentVolumes, VOLUME)).toBeUndefined()
})

test('what lost its finalizer gets it back', async () => {
  const cluster = await testCluster({ nodes: 0 })
  const { client } = cluster
  const claim = createClaim(cluster)
  const volume = createVolume(cluster, 'Bound')
  expect([claim, volume].map(({ metadata }) => metadata.finalizers)).toEqual([
    ['kubernetes.io/pvc-protection'],
    ['kubernetes.io/pv-protection'],
  ])
  client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, finalizers: [] } })
  client.update(persistentVolumes, { ...volume, metadata: { ...volume.metadata, finalizers: ['example.test/mine'] } })
  await cluster.settle()
  expect(client.get(persistentVolumeClaims, CLAIM).metadata.finalizers).toEqual(['kubernetes.io/pvc-protection'])
  expect(client.get(persistentVolumes, VOLUME).metadata.finalizers).toEqual([
    'example.test/mine',
    'kubernetes.io/pv-protection',
  ])
})

const owner = (uid: string): object => ({
  ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'user', uid, controller: true }],
})
const podOf = (metadata: object, spec: object): Pod =>
  ({ metadata: { namespace: 'default', name: 'user', uid: 'u', ...metadata }, spec: { nodeName: 'n', ...spec } }) as Pod
const claimOf = (name: string, metadata: object = {}): PersistentVolumeClaim =>
  ({ metadata: { namespace: 'default', name, ...metadata } }) as PersistentVolumeClaim
const named = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }
const ephemeral = { volumes: [{ name: 'v', ephemeral: {} }] }
const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' }

test.each([
  { name: 'names it', pod: podOf({}, named), claim: claimOf('data'), holds: true },
  { name: 'names another', pod: podOf({}, named), claim: claimOf('other'), holds: false },
  { name: 'has no node', pod: podOf({}, { ...named, nodeName: undefined }), claim: claimOf('data'), holds: false },
  {
    name: 'names it and is shut down',
    pod: podOf({ ...leaving, deletionGracePeriodSeconds: 0 }, named),
    claim: claimOf('data'),
    holds: true,
  },
  { name: 'had it made', pod: podOf({}, ephemeral), claim: claimOf('user-v', owner('u')), holds: true },
  { name: 'has a namesake', pod: podOf({}, ephemeral), claim: claimOf('user-v', owner('x')), holds: false },
  {
    name: 'had it made and is being shut down',
    pod: podOf({ ...leaving, deletionGracePeriodSeconds: 5 }, ephemeral),
    claim: claimOf('user-v', owner('u')),
    holds: true,
  },
  {
    name: 'had it made and is shut down',
    pod: podOf({ ...leaving, deletionGracePeriodSeconds: 0 }, ephemeral),
    claim: claimOf('user-v', owner('u')),
    holds: false,
  },
])('a pod that $name holds the claim: $holds', ({ pod, claim, holds }) => {
  expect(holdsClaim(pod, claim)).toBe(holds)
})

test('a pod uses the claims it names and those made for its ephemeral volumes', () => {
  const volumes = [...named.volumes, { name: 'scratch', ephemeral: {} }, { name: 'none', emptyDir: {} }]
  expect(claimsOf(podOf({}, { volumes }))).toEqual(['default/data', 'default/user-scratch'])
})
