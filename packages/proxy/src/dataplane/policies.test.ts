// The closed table: traffic policy × who asks × which way in. Every cell is there, and says which endpoints are reached and
// which source they see. node-1 has endpoint 10.244.0.5, node-2 has 10.244.1.5; packets go through node-1.

import { Engine } from '@podwire/engine'
import { expect, test } from 'vitest'
import { sampleService, sampleSlice, sampleTables } from '../sample-objects.suite.ts'
import { NodeDataPlane } from './node-data-plane.ts'
import { IptablesHooks } from '../iptables/iptables-hooks.ts'
import { Packet } from './packet.ts'

const LOCAL = '10.244.0.5'
const REMOTE = '10.244.1.5'
const NODE = '172.18.0.2'
const POLICIES = ['Cluster', 'Local'] as const
const SOURCES = ['pod', 'remote-pod', 'node', 'external'] as const
const WAYS = ['clusterIP', 'nodePort', 'externalIP', 'loadBalancerIP'] as const

type Cell = `${(typeof POLICIES)[number]} ${(typeof SOURCES)[number]} ${(typeof WAYS)[number]}`

const ADDRESSES = { pod: '10.244.0.9', 'remote-pod': '10.244.1.9', node: NODE, external: '172.18.0.1' }
const TARGETS = {
  clusterIP: ['10.96.0.80', 80],
  nodePort: [NODE, 30080],
  externalIP: ['198.51.100.7', 80],
  loadBalancerIP: ['192.0.2.1', 80],
} as const

const both = (source: string): string => `${LOCAL}<${source} ${REMOTE}<${source}`
// Masqueraded packets take the address of the interface they leave by: the bridge's to local pods, eth0's to others.
const MASQUERADED = `${LOCAL}<10.244.0.1 ${REMOTE}<${NODE}`

/** Both policies are set together: internal and external. */
const EXPECTED: Record<Cell, string> = {
  'Cluster pod clusterIP': both('10.244.0.9'),
  'Cluster pod nodePort': MASQUERADED,
  'Cluster pod externalIP': MASQUERADED,
  'Cluster pod loadBalancerIP': MASQUERADED,
  'Cluster remote-pod clusterIP': both('10.244.1.9'),
  'Cluster remote-pod nodePort': MASQUERADED,
  'Cluster remote-pod externalIP': MASQUERADED,
  'Cluster remote-pod loadBalancerIP': MASQUERADED,
  'Cluster node clusterIP': MASQUERADED,
  'Cluster node nodePort': MASQUERADED,
  'Cluster node externalIP': MASQUERADED,
  'Cluster node loadBalancerIP': MASQUERADED,
  'Cluster external clusterIP': MASQUERADED,
  'Cluster external nodePort': MASQUERADED,
  'Cluster external externalIP': MASQUERADED,
  'Cluster external loadBalancerIP': MASQUERADED,
  'Local pod clusterIP': `${LOCAL}<10.244.0.9`,
  'Local pod nodePort': both('10.244.0.9'),
  'Local pod externalIP': both('10.244.0.9'),
  'Local pod loadBalancerIP': both('10.244.0.9'),
  'Local remote-pod clusterIP': `${LOCAL}<10.244.1.9`,
  'Local remote-pod nodePort': both('10.244.1.9'),
  'Local remote-pod externalIP': both('10.244.1.9'),
  'Local remote-pod loadBalancerIP': both('10.244.1.9'),
  'Local node clusterIP': `${LOCAL}<10.244.0.1`,
  'Local node nodePort': MASQUERADED,
  'Local node externalIP': MASQUERADED,
  'Local node loadBalancerIP': MASQUERADED,
  'Local external clusterIP': `${LOCAL}<10.244.0.1`,
  'Local external nodePort': `${LOCAL}<172.18.0.1`,
  'Local external externalIP': `${LOCAL}<172.18.0.1`,
  'Local external loadBalancerIP': `${LOCAL}<172.18.0.1`,
}

const cells = POLICIES.flatMap((policy) => SOURCES.flatMap((from) => WAYS.map((way) => ({ policy, from, way }))))

test.each(cells)('$policy: $from to $way', ({ policy, from, way }) => {
  expect(reach(policy, from, way)).toBe(EXPECTED[`${policy} ${from} ${way}`])
})

function planeFor(policy: (typeof POLICIES)[number]): NodeDataPlane {
  const service = sampleService(
    'web',
    {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.80',
      externalIPs: ['198.51.100.7'],
      internalTrafficPolicy: policy,
      externalTrafficPolicy: policy,
      ports: [{ port: 80, nodePort: 30080 }],
    },
    { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
  )
  const endpoints = [
    { address: LOCAL, node: 'node-1' },
    { address: REMOTE, node: 'node-2' },
  ]
  const tables = sampleTables([service], [sampleSlice('web-1', 'web', [{ port: 8080 }], endpoints)])
  const rules = { hooks: () => new IptablesHooks(tables), udpGeneration: 0, isStale: () => false }
  const engine = new Engine({ seed: 1 })
  return new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: {
      isLocal: (address) => address === NODE || address === '10.244.0.1' || address.startsWith('127.'),
      interfaceAddress: (name) => (name === 'cni0' ? '10.244.0.1' : NODE),
    },
    rules: () => rules,
  })
}

const deviceTo = (address: string): string => (address.startsWith('10.244.0.') ? 'cni0' : 'eth0')

function reach(policy: (typeof POLICIES)[number], from: (typeof SOURCES)[number], way: (typeof WAYS)[number]): string {
  const plane = planeFor(policy)
  const [destination, destinationPort] = TARGETS[way]
  const seen = new Set<string>()
  for (let i = 0; i < 64; i++) {
    const source = ADDRESSES[from]
    const packet = new Packet({ protocol: 'tcp', source, sourcePort: 30_000 + i, destination, destinationPort })
    const first = from === 'node' ? plane.output(packet) : plane.prerouting(packet)
    expect(first).toEqual({ kind: 'accept' })
    packet.outInterface = deviceTo(packet.destination)
    if (from !== 'node') expect(plane.forward(packet)).toEqual({ kind: 'accept' })
    expect(plane.postrouting(packet)).toEqual({ kind: 'accept' })
    seen.add(`${packet.destination}<${packet.source}`)
    expect(packet.destinationPort).toBe(8080)
  }
  return [...seen].sort((a, b) => (a < b ? -1 : 1)).join(' ')
}
