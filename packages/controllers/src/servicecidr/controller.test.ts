import { ipAddresses, serviceCidrs, services } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster } from '../testing/cluster.suite.ts'
import { canDelete } from './reconcile.ts'

const range = (name: string, ...cidrs: readonly string[]): never => ({ metadata: { name }, spec: { cidrs } }) as never
const address = (name: string, by = 'ipallocator.k8s.io'): never =>
  ({ metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': by } } }) as never

test.each([
  ['nothing allocated', [], [], true],
  ['an address of its own', [], ['10.8.0.5'], false],
  ['an address of another range', [], ['10.9.0.5'], true],
  ['an address of the other family', [], ['fd00::5'], true],
  ['inside a larger range', [['10.0.0.0/8']], ['10.8.0.5'], true],
  ['as large as another', [['10.8.0.0/24']], ['10.8.0.5'], true],
  ['a smaller range has the address, too', [['10.8.0.0/28']], ['10.8.0.5'], true],
  ['a smaller range has only one of two', [['10.8.0.0/28']], ['10.8.0.5', '10.8.0.200'], false],
])('%s', (_, others, addresses, may) => {
  const own = range('own', '10.8.0.0/24')
  const all = [own, ...others.map((cidrs, index) => range(`other-${index}`, ...cidrs))]
  expect(
    canDelete(
      own,
      all,
      addresses.map((name) => address(name)),
    ),
  ).toBe(may)
})

test("somebody else's address holds nothing", () => {
  const own = range('own', '10.8.0.0/24')
  expect(canDelete(own, [own], [address('10.8.0.5', 'me')])).toBe(true)
})

test('a ServiceCIDR is ready, and stays while its addresses do', async () => {
  const cluster = await testCluster({ nodes: 0, controllers: ['service-cidr'] })
  const { client, driver } = cluster
  const ref = { name: 'more' }
  const ready = (): object | undefined => client.find(serviceCidrs, ref)?.status?.conditions?.[0]
  client.create(serviceCidrs, { metadata: ref, spec: { cidrs: ['10.8.0.0/24'] } })
  await cluster.settle()
  expect(client.get(serviceCidrs, ref).metadata.finalizers).toEqual(['networking.k8s.io/service-cidr-finalizer'])
  expect(ready()).toMatchObject({ status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' })
  const labels = {
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
    'ipaddress.kubernetes.io/ip-family': 'IPv4',
  }
  client.create(ipAddresses, {
    metadata: { name: '10.8.0.7', labels },
    spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: 'web' } },
  })
  client.delete(serviceCidrs, ref)
  await cluster.settle()
  expect(ready()).toMatchObject({ status: 'False', reason: 'Terminating' })
  client.delete(ipAddresses, { name: '10.8.0.7' })
  await driver.advance(9 * SECOND)
  expect(client.find(serviceCidrs, ref)).toBeDefined()
  await driver.advance(2 * SECOND)
  expect(client.find(serviceCidrs, ref)).toBeUndefined()
})

test('a ServiceCIDR that is ready gives addresses, and one that is leaving gives none', async () => {
  const cluster = await testCluster({ nodes: 0, controllers: ['service-cidr'] })
  const { client, driver } = cluster
  const web = (name: string, clusterIP: string): void => {
    client.create(services, { metadata: { namespace: 'default', name }, spec: { clusterIP, ports: [{ port: 80 }] } })
  }
  const refused = 'failed to allocate IP 10.8.0.7: the provided network does not match the current range'
  expect(() => web('early', '10.8.0.7')).toThrow(refused)
  client.create(serviceCidrs, { metadata: { name: 'more' }, spec: { cidrs: ['10.8.0.0/24'] } })
  expect(() => web('early', '10.8.0.7')).toThrow(refused)
  await cluster.settle()
  web('web', '10.8.0.7')
  expect(client.get(ipAddresses, { name: '10.8.0.7' }).spec?.parentRef).toMatchObject({ name: 'web' })
  client.delete(serviceCidrs, { name: 'more' })
  await cluster.settle()
  expect(() => web('late', '10.8.0.8')).toThrow('does not match the current range')
  client.delete(services, { namespace: 'default', name: 'web' })
  await driver.advance(11 * SECOND)
  expect(client.find(serviceCidrs, { name: 'more' })).toBeUndefined()
})
