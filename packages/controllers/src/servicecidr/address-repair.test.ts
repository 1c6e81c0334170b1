// What the repair loop does about IPAddresses that are gone, changed, made by hand or left over.

import { type Event, events, type IPAddress, ipAddresses, services } from '@podwire/apiserver'
import { MINUTE, SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const IP = { name: '10.96.0.77' }
const WEB = { namespace: 'default', name: 'web' }
const OURS = { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }
const parent = (name: string, resource = 'services'): NonNullable<IPAddress['spec']> => ({
  parentRef: { ...(resource === 'services' ? {} : { group: 'example.test' }), resource, namespace: 'default', name },
})

async function clusterWithService(): Promise<TestCluster> {
  const cluster = await testCluster({ nodes: 0 })
  cluster.client.create(services, { metadata: WEB, spec: { clusterIP: IP.name, ports: [{ port: 80 }] } })
  await cluster.settle()
  return cluster
}
const told = ({ client }: TestCluster): readonly string[] =>
  client
    .list(events)
    .items.filter(({ reportingComponent }: Event) => reportingComponent === 'ipallocator-repair-controller')
    .map(({ reason, action, message }) => `${reason} ${action} ${message}`)

test('a ClusterIP that lost its IPAddress has one again by the next resync', async () => {
  const cluster = await clusterWithService()
  cluster.client.delete(ipAddresses, IP)
  await cluster.driver.advance(3 * MINUTE + SECOND)
  expect(cluster.client.get(ipAddresses, IP)).toMatchObject({ metadata: { labels: OURS }, spec: parent('web') })
  expect(told(cluster)).toEqual([
    'ClusterIPNotAllocated ClusterIPAllocation Cluster IP [IPv4]: 10.96.0.77 is not allocated; repairing',
  ])
})

test('a change of the Service brings it back at once', async () => {
  const cluster = await clusterWithService()
  cluster.client.delete(ipAddresses, IP)
  await cluster.settle()
  cluster.client.modify(services, WEB, (draft) => void (draft.metadata.labels = { look: 'again' }))
  await cluster.driver.advance(SECOND)
  expect(cluster.client.find(ipAddresses, IP)).toBeDefined()
})

test('labels that were taken away come back without a word', async () => {
  const cluster = await clusterWithService()
  cluster.client.modify(ipAddresses, IP, (draft) => void (draft.metadata.labels = {}))
  await cluster.driver.advance(3 * MINUTE + SECOND)
  expect(cluster.client.get(ipAddresses, IP).metadata.labels).toEqual(OURS)
  expect(told(cluster)).toEqual([])
})

test.each([
  {
    name: 'of a Service that is not there goes after a minute',
    address: { metadata: { name: '10.96.0.99', labels: OURS }, spec: parent('gone') },
    why: [
      'IPAddressNotAllocated IPAddressAllocation IPAddress: 10.96.0.99 for Service default/gone appears to have leaked: cleaning up',
    ],
  },
  {
    name: 'that its Service does not have goes',
    address: { metadata: { name: '10.96.0.99', labels: OURS }, spec: parent('web') },
    why: [
      'IPAddressWrongReference IPAddressAllocation IPAddress: 10.96.0.99 for Service default/web has a wrong reference; cleaning up',
    ],
  },
  {
    name: 'of something else goes',
    address: { metadata: { name: '10.96.0.99', labels: OURS }, spec: parent('web', 'widgets') },
    why: [
      'IPAddressNotAllocated IPAddressAllocation IPAddress 10.96.0.99 appears to have been modified, not referencing a Service ' +
        '&ParentReference{Group:example.test,Resource:widgets,Namespace:default,Name:web,}: cleaning up',
    ],
  },
  {
    name: 'of somebody else is left alone',
    address: { metadata: { name: '10.96.0.99' }, spec: parent('gone') },
    why: undefined,
  },
])('an IPAddress $name', async ({ address, why }) => {
  const cluster = await clusterWithService()
  cluster.client.create(ipAddresses, address)
  await cluster.driver.advance(62 * SECOND)
  expect(cluster.client.find(ipAddresses, { name: '10.96.0.99' }) === undefined).toBe(why !== undefined)
  expect(told(cluster)).toEqual(why ?? [])
})
