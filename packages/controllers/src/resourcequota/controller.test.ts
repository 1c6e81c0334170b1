import { configMaps, limitRanges, namespaces, pods, resourceQuotas, services } from '@podwire/apiserver'
import { beforeEach, expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

let cluster: TestCluster

beforeEach(async () => {
  cluster = await testCluster()
  cluster.client.create(namespaces, { metadata: { name: 'lab' }, spec: {} })
  await cluster.settle()
})

function quota(hard: Record<string, string>): void {
  cluster.client.create(resourceQuotas, { metadata: { namespace: 'lab', name: 'q' }, spec: { hard } })
}

const status = (): unknown => cluster.client.get(resourceQuotas, { namespace: 'lab', name: 'q' }).status

const map = (name: string): unknown => cluster.client.create(configMaps, { metadata: { namespace: 'lab', name } })

const pod = (name: string): unknown =>
  cluster.client.create(pods, {
    metadata: { namespace: 'lab', name },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '250m', memory: '64Mi' } } }] },
  })

test('counts what is there, in canonical form', async () => {
  map('m')
  pod('p')
  cluster.client.create(services, {
    metadata: { namespace: 'lab', name: 's' },
    spec: { type: 'NodePort', ports: [{ port: 80 }] },
  })
  const hard = { 'count/configmaps': '5', pods: '3', 'requests.cpu': '1000m', 'services.nodeports': '4', secrets: '1' }
  quota(hard)
  await cluster.settle()
  expect(status()).toEqual({
    hard: { ...hard, 'requests.cpu': '1' },
    // kube-root-ca.crt is a ConfigMap, too.
    used: { 'count/configmaps': '2', pods: '1', 'requests.cpu': '250m', secrets: '0', 'services.nodeports': '1' },
  })
})

test('gives back what goes away, and what ends', async () => {
  quota({ pods: '2', 'requests.memory': '1Gi' })
  await cluster.settle()
  pod('a')
  pod('b')
  await cluster.settle()
  expect(status()).toMatchObject({ used: { pods: '2', 'requests.memory': '128Mi' } })
  expect(() => pod('c')).toThrow('exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2')
  cluster.client.delete(pods, { namespace: 'lab', name: 'a' }, { gracePeriodSeconds: 0 })
  await cluster.settle()
  expect(status()).toMatchObject({ used: { pods: '1', 'requests.memory': '64Mi' } })
  const b = cluster.client.get(pods, { namespace: 'lab', name: 'b' })
  cluster.client.update(pods, { ...b, status: { ...b.status, phase: 'Succeeded' } }, { subresource: 'status' })
  await cluster.settle()
  expect(status()).toMatchObject({ used: { pods: '0', 'requests.memory': '0' } })
})

test('follows a changed limit, and counts nothing where no quota is', async () => {
  quota({ 'count/limitranges': '1' })
  await cluster.settle()
  cluster.client.create(limitRanges, { metadata: { namespace: 'lab', name: 'l' }, spec: { limits: [] } })
  await cluster.settle()
  const stored = cluster.client.get(resourceQuotas, { namespace: 'lab', name: 'q' })
  cluster.client.update(resourceQuotas, { ...stored, spec: { hard: { 'count/limitranges': '7', pods: '1' } } })
  await cluster.settle()
  expect(status()).toEqual({
    hard: { 'count/limitranges': '7', pods: '1' },
    used: { 'count/limitranges': '1', pods: '0' },
  })
  cluster.client.create(configMaps, { metadata: { namespace: 'default', name: 'free' } })
})

test('a pod that gets a deadline comes under other quotas', async () => {
  const scoped = (name: string, scope: string): unknown =>
    cluster.client.create(resourceQuotas, {
      metadata: { namespace: 'lab', name },
      spec: { hard: { pods: '5' }, scopes: [scope] },
    })
  scoped('q', 'NotTerminating')
  scoped('ends', 'Terminating')
  await cluster.settle()
  pod('a')
  await cluster.settle()
  const used = (): unknown =>
    cluster.client.list(resourceQuotas, { namespace: 'lab' }).items.map((one) => one.status?.used?.['pods'])
  const before = used()
  cluster.client.patch(pods, { namespace: 'lab', name: 'a' }, 'merge', { spec: { activeDeadlineSeconds: 50 } })
  await cluster.settle()
  expect([before, used()]).toEqual([
    ['0', '1'],
    ['1', '0'],
  ])
})
