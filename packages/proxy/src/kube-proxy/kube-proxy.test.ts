// kube-proxy against the mock API server, on virtual time: when nodes get rules, and what stays when they stop.

import {
  createApiServer,
  endpointSlices,
  namespaces,
  nodes,
  serviceCidrs,
  services,
  type Client,
} from '@podwire/apiserver'
import { Engine, MILLISECOND, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import type { RuleTables } from '../iptables/chain.ts'
import { parseIptablesSave } from '../iptables/parse.ts'
import { iptablesSave } from '../iptables/print.ts'
import { Packet } from '../dataplane/packet.ts'
import { sampleNode, sampleService, sampleSlice, type SampleEndpoint } from '../sample-objects.suite.ts'
import { startKubeProxy, type KubeProxy } from './kube-proxy.ts'
import type { KubeProxyOptions } from './options.ts'

interface World {
  readonly engine: Engine
  readonly driver: VirtualTimeDriver
  readonly client: Client
  readonly proxy: KubeProxy
}

function startWorld(options: KubeProxyOptions = { clusterCidr: '10.244.0.0/16' }): World {
  const engine = new Engine({ seed: 7 })
  const client = createApiServer({ engine, serviceCidr: '10.96.0.0/12,fd00:96::/112' }).client
  client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  for (const index of [1, 2] as const) {
    const { metadata, spec, status } = sampleNode(index)
    const { name, labels } = metadata
    client.create(nodes, { metadata: { name, labels: labels ?? {} }, spec })
    client.modify(nodes, { name }, (draft) => void Object.assign(draft, { status }), { subresource: 'status' })
  }
  const proxy = startKubeProxy({ engine, client, options })
  return { engine, driver: new VirtualTimeDriver(engine), client, proxy }
}

function createWeb(client: Client, name: string, clusterIP: string, protocol: 'TCP' | 'UDP' = 'TCP'): void {
  const { spec } = sampleService(name, { clusterIP, ports: [{ port: 80, protocol }] })
  client.create(services, { metadata: { name, namespace: 'default' }, spec })
}

function writeSlice(
  client: Client,
  service: string,
  endpoints: readonly SampleEndpoint[],
  protocol: 'TCP' | 'UDP' = 'TCP',
): void {
  const { addressType, ports, endpoints: listed } = sampleSlice(service, service, [{ port: 8080, protocol }], endpoints)
  const ref = { namespace: 'default', name: `${service}-1` }
  if (client.find(endpointSlices, ref) !== undefined) client.delete(endpointSlices, ref)
  const metadata = { ...ref, labels: { 'kubernetes.io/service-name': service } }
  client.create(endpointSlices, {
    metadata,
    addressType,
    ...(ports && { ports }),
    ...(listed && { endpoints: listed }),
  })
}

const stack = { isLocal: (address: string) => address === '172.18.0.2', interfaceAddress: () => '172.18.0.2' }

test('a service and its endpoints become rules on every node', async () => {
  const { driver, client, proxy } = startWorld()
  createWeb(client, 'web', '10.96.0.80')
  await driver.settle()
  expect(proxy.iptablesSave('node-1')).toContain('"default/web has no endpoints"')
  writeSlice(client, 'web', [{ address: '10.244.0.5', node: 'node-1' }])
  await driver.settle()
  for (const node of ['node-1', 'node-2']) {
    expect(proxy.iptablesSave(node)).toContain('--to-destination 10.244.0.5:8080')
    expect(proxy.iptablesSave(node)).not.toContain('has no endpoints')
  }
  expect(proxy.rulesetAt('node-1').hooks('ipv4')).toBe(proxy.rulesetAt('node-1').hooks('ipv4'))
})

test('nodes adopt new rules at their own moments, and changes in a row wait for minSyncPeriod', async () => {
  const { engine, driver, client, proxy } = startWorld()
  await driver.settle()
  await driver.advance(5 * SECOND)
  const adopted = new Map<string, number>()
  const started = engine.clock.now()
  createWeb(client, 'one', '10.96.0.81')
  await driver.advance(20 * MILLISECOND)
  createWeb(client, 'two', '10.96.0.82')
  for (let i = 0; i < 2000; i++) {
    for (const node of ['node-1', 'node-2']) {
      for (const name of ['one', 'two']) {
        const seen = proxy.iptablesSave(node).includes(`default/${name} `)
        if (seen && !adopted.has(`${node}/${name}`)) adopted.set(`${node}/${name}`, engine.clock.now() - started)
      }
    }
    await driver.advance(MILLISECOND)
  }
  expect(adopted.get('node-1/one')).toBeLessThan(60 * MILLISECOND)
  expect(adopted.get('node-1/one')).not.toBe(adopted.get('node-2/one'))
  for (const node of ['node-1', 'node-2']) expect(adopted.get(`${node}/two`)).toBeGreaterThan(1 * SECOND)
})

test('a node whose kube-proxy does not run keeps its rules, and catches up when it runs again', async () => {
  const { driver, client, proxy } = startWorld()
  createWeb(client, 'old', '10.96.0.81')
  await driver.settle()
  proxy.setNodeRunning('node-2', false)
  createWeb(client, 'new', '10.96.0.82')
  await driver.settle()
  expect(proxy.iptablesSave('node-1')).toContain('default/new')
  expect(proxy.iptablesSave('node-2')).toContain('default/old')
  expect(proxy.iptablesSave('node-2')).not.toContain('default/new')
  proxy.setNodeRunning('node-2', true)
  await driver.settle()
  expect(proxy.iptablesSave('node-2')).toContain('default/new')
})

test('a node whose kube-proxy never ran has no rules at all', async () => {
  const { driver, client, proxy } = startWorld()
  proxy.setNodeRunning('node-2', false)
  createWeb(client, 'web', '10.96.0.81')
  await driver.settle()
  expect(proxy.iptablesSave('node-2')).toBe('')
  const plane = proxy.dataPlane('node-2', stack)
  const packet = new Packet({
    protocol: 'tcp',
    source: '10.244.1.9',
    sourcePort: 4000,
    destination: '10.96.0.81',
    destinationPort: 80,
  })
  expect(plane.prerouting(packet)).toEqual({ kind: 'accept' })
  expect(plane.forward(packet)).toEqual({ kind: 'accept' })
})

test('UDP entries to an endpoint that went are forgotten after the sync, TCP ones stay', async () => {
  const { driver, client, proxy } = startWorld()
  const plane = proxy.dataPlane('node-1', stack)
  for (const protocol of ['UDP', 'TCP'] as const) {
    createWeb(client, `svc-${protocol.toLowerCase()}`, protocol === 'UDP' ? '10.96.0.83' : '10.96.0.84', protocol)
    writeSlice(client, `svc-${protocol.toLowerCase()}`, [{ address: '10.244.1.5' }], protocol)
  }
  await driver.settle()
  const send = (protocol: 'udp' | 'tcp', destination: string): string => {
    const packet = new Packet({
      protocol,
      source: '10.244.0.9',
      sourcePort: 4000,
      destination,
      destinationPort: 80,
      inInterface: 'cni0',
    })
    plane.prerouting(packet)
    plane.forward(packet)
    plane.postrouting(packet)
    return packet.destination
  }
  expect([send('udp', '10.96.0.83'), send('tcp', '10.96.0.84')]).toEqual(['10.244.1.5', '10.244.1.5'])
  writeSlice(client, 'svc-udp', [{ address: '10.244.1.6' }], 'UDP')
  writeSlice(client, 'svc-tcp', [{ address: '10.244.1.6' }])
  await driver.settle()
  expect([send('udp', '10.96.0.83'), send('tcp', '10.96.0.84')]).toEqual(['10.244.1.6', '10.244.1.5'])
})

test('updates that change nothing make no sync', async () => {
  const { engine, driver, client, proxy } = startWorld()
  createWeb(client, 'web', '10.96.0.81')
  await driver.settle()
  const before = proxy.rulesetAt('node-1')
  client.modify(
    services,
    { namespace: 'default', name: 'web' },
    (draft) => void (draft.metadata.annotations = { a: 'b' }),
  )
  await driver.settle()
  await driver.advance(3 * SECOND)
  expect(proxy.rulesetAt('node-1')).toBe(before)
  expect(engine.queue.foreground).toBe(0)
})

/** default/lb, whose health is served at port 32001. */
function createLocalBalancer(client: ReturnType<typeof startWorld>['client']): void {
  const { spec } = sampleService('lb', {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.90',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 32001,
    ports: [{ port: 80, nodePort: 30080 }],
  })
  client.create(services, { metadata: { name: 'lb', namespace: 'default' }, spec })
}

test.each<{ name: string; options: Parameters<typeof startWorld>[0]; served: string }>([
  { name: 'a family’s own', options: {}, served: 'ipv4 tcp4 0.0.0.0' },
  { name: 'any address up to 1.35', options: { kubernetesVersion: 'v1.35.0' }, served: 'ipv4 tcp any' },
  { name: 'ranges', options: { nodePortAddresses: ['172.18.0.0/16'] }, served: 'ipv4 tcp4 172.18.0.2' },
  { name: 'ranges without an address', options: { nodePortAddresses: ['10.0.0.0/8'] }, served: 'ipv4 tcp4 ' },
])('where health checks are served: $name', async ({ options, served }) => {
  const { driver, client, proxy } = startWorld({ ipFamilies: ['ipv4', 'ipv6'], ...options })
  createLocalBalancer(client)
  await driver.settle()
  const ports = proxy.healthCheckPorts('node-1')
  expect(ports.map(({ family, network, addresses }) => `${family} ${network} ${addresses?.join() ?? 'any'}`)).toEqual([
    served,
  ])
})

test('health checks count the endpoints of a family’s own slices', async () => {
  const { driver, client, proxy } = startWorld({ ipFamilies: ['ipv4', 'ipv6'] })
  createLocalBalancer(client)
  writeSlice(client, 'lb', [{ address: '10.244.0.5', node: 'node-1' }])
  await driver.settle()
  const answer = (family: 'ipv4' | 'ipv6') => proxy.serviceHealth('node-1', 'default/lb', family).status
  expect([answer('ipv4'), answer('ipv6')]).toEqual([200, 503])
})

test('health answers', async () => {
  const { driver, client, proxy } = startWorld()
  createLocalBalancer(client)
  writeSlice(client, 'lb', [{ address: '10.244.0.5', node: 'node-1', ready: true }])
  await driver.settle()
  expect(proxy.healthCheckPorts('node-1')).toMatchObject([{ port: 32001, service: 'default/lb' }])
  expect(proxy.serviceHealth('node-1', 'default/lb')).toMatchObject({ status: 200 })
  expect(proxy.serviceHealth('node-2', 'default/lb').body).toBe(
    '{\n\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "lb"\n\t},\n\t"localEndpoints": 0,\n\t"serviceProxyHealthy": true\n}',
  )
  expect(proxy.proxyHealth('node-1', '/healthz').status).toBe(200)
})

test.each([
  {
    name: 'a scheduler that is not built',
    options: { ipvsScheduler: 'lblc' as 'lc' },
    message: 'ipvsScheduler lblc is not simulated',
  },
  {
    name: 'a userspace proxy on loopback',
    options: { proxyMode: 'userspace', bindAddress: '127.0.0.1' } as const,
    message: 'cannot proxy on localhost',
  },
  { name: 'no range of ports', options: { proxyPortRange: '9-8' }, message: 'proxyPortRange "9-8" is no range' },
  { name: 'a bad cluster CIDR', options: { clusterCidr: '10.244.0.0/99' }, message: 'clusterCidr has "10.244.0.0/99"' },
  {
    name: 'primary with ranges',
    options: { nodePortAddresses: ['primary', '10.0.0.0/8'] },
    message: 'nodePortAddresses mixes',
  },
  {
    name: 'an interface no machine can have',
    options: { detectLocalMode: 'BridgeInterface', podBridgeInterface: 'averyveryverylongname' } as const,
    message: 'is longer than',
  },
  {
    name: 'no bridge name',
    options: { detectLocalMode: 'BridgeInterface' } as const,
    message: 'needs podBridgeInterface',
  },
])('refuses $name', ({ options, message }) => {
  expect(() => startWorld(options)).toThrow(message)
})

test('a node whose syncs fail keeps its rules, and is unhealthy when a change has waited for two sync periods', async () => {
  const { driver, client, proxy } = startWorld()
  createWeb(client, 'web', '10.96.0.80')
  await driver.settle()
  proxy.setSyncsFailing('node-1', true)
  writeSlice(client, 'web', [{ address: '10.244.0.5', node: 'node-1' }])
  await driver.settle()
  expect(proxy.iptablesSave('node-1')).not.toContain('10.244.0.5')
  expect(proxy.iptablesSave('node-2')).toContain('10.244.0.5')
  await driver.advance(50_000_000)
  expect(proxy.proxyHealth('node-1', '/livez').status).toBe(200)
  await driver.advance(12_000_000)
  expect(proxy.proxyHealth('node-1', '/livez').status).toBe(503)
  expect(proxy.proxyHealth('node-2', '/livez').status).toBe(200)
  proxy.setSyncsFailing('node-1', false)
  await driver.settle()
  expect(proxy.iptablesSave('node-1')).toContain('10.244.0.5')
  expect(proxy.proxyHealth('node-1', '/healthz').status).toBe(200)
})

test('another mode writes its own rules and takes the old ones away', async () => {
  const { driver, client, proxy } = startWorld()
  createWeb(client, 'web', '10.96.0.80')
  writeSlice(client, 'web', [{ address: '10.244.0.5', node: 'node-1' }])
  await driver.settle()
  const tools = proxy.tools('node-1')
  expect(tools.iptablesSave()).toContain('KUBE-SVC-')
  proxy.configure({ proxyMode: 'nftables', clusterCidr: '10.244.0.0/16' })
  await driver.settle()
  expect(tools.iptablesSave()).toBe('')
  expect(tools.nftListTable()).toContain('10.244.0.5 . ')
  proxy.configure({ proxyMode: 'ipvs', clusterCidr: '10.244.0.0/16' })
  await driver.settle()
  expect(tools.nftListRuleset()).toBe('')
  expect(tools.ipvsadmList()).toContain('-> 10.244.0.5:')
  expect(tools.iptablesSave()).toContain('--match-set KUBE-CLUSTER-IP dst,dst')
  expect(parseIptablesSave(tools.iptablesSave())).toSatisfy(
    (tables: RuleTables) => iptablesSave(tables) === tools.iptablesSave(),
  )
})

test('a stale nftables chain is emptied by the sync that stops using it, and gone after the next', async () => {
  const { driver, client, proxy } = startWorld({ proxyMode: 'nftables' })
  createWeb(client, 'web', '10.96.0.80')
  writeSlice(client, 'web', [{ address: '10.244.0.5', node: 'node-1' }])
  await driver.settle()
  const text = (): string => proxy.tools('node-1').nftListTable() ?? ''
  const [, chain = ''] = /chain (service-\S+default\/web\S*) \{/.exec(text()) ?? []
  expect(chain).not.toBe('')
  writeSlice(client, 'web', [])
  await driver.settle()
  expect(text()).toContain(`chain ${chain} {\n\t}`)
  client.delete(services, { namespace: 'default', name: 'web' })
  await driver.settle()
  expect(text()).not.toContain(chain)
})

test('nftables mode knows the ServiceCIDRs that were there when it started', async () => {
  const options = { proxyMode: 'nftables', clusterCidr: '10.244.0.0/16', serviceCidrs: ['10.96.0.0/12'] } as const
  const { driver, client, proxy } = startWorld(options)
  const start = (): void => proxy.startOn('node-1', options, { update: () => {} })
  const dropped = (): string | undefined =>
    proxy
      .tools('node-1')
      .nftListRuleset()
      .split('\n')
      .find((line) => line.includes('unallocated'))
      ?.trim()
  start()
  await driver.settle()
  expect(dropped()).toBe('ip daddr 10.96.0.0/12 drop comment "Drop traffic to unallocated ClusterIPs"')
  client.create(serviceCidrs, { metadata: { name: 'more' }, spec: { cidrs: ['10.200.0.0/24'] } })
  await driver.settle()
  expect(dropped()).toContain('ip daddr 10.96.0.0/12 drop')
  proxy.stopOn('node-1')
  start()
  await driver.settle()
  expect(dropped()).toContain('ip daddr { 10.96.0.0/12, 10.200.0.0/24 } drop')
})
