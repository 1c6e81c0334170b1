// Ways that are taken again and again, packed by then, against the walk through all rules: same draws, same marks, same ends.

import { Engine } from '@podwire/engine'
import { expect, test } from 'vitest'
import type { HookRules } from '../dataplane/hook-rules.ts'
import { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import { Packet, type Protocol } from '../dataplane/packet.ts'
import { NftablesHooks } from '../nftables/nftables-hooks.ts'
import { sampleNftTable, sampleService, sampleSlice, sampleTables } from '../sample-objects.suite.ts'
import { IptablesHooks } from './iptables-hooks.ts'

const NODE = '172.18.0.2'
const pods = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ address: `10.244.${i % 2}.${first + i}` }))

const services = [
  sampleService('many', { clusterIP: '10.96.0.1', ports: [{ port: 80 }] }),
  sampleService('one', { clusterIP: '10.96.0.2', externalIPs: ['198.51.100.7'], ports: [{ port: 80 }] }),
  sampleService('dns', {
    clusterIP: '10.96.0.3',
    ports: [
      { name: 'udp', port: 53, protocol: 'UDP' },
      { name: 'tcp', port: 53, protocol: 'TCP' },
    ],
  }),
  sampleService('guarded', {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.4',
    loadBalancerSourceRanges: ['203.0.113.0/24'],
    ports: [{ port: 80, nodePort: 30080 }],
  }),
  sampleService('none', { clusterIP: '10.96.0.5', ports: [{ port: 80 }] }),
]
const slices = [
  sampleSlice('many-1', 'many', [{ port: 8080 }], pods(10, 20)),
  sampleSlice('one-1', 'one', [{ port: 8080 }], pods(40, 1)),
  sampleSlice(
    'dns-1',
    'dns',
    [
      { name: 'udp', port: 5353, protocol: 'UDP' },
      { name: 'tcp', port: 5353, protocol: 'TCP' },
    ],
    pods(50, 2),
  ),
  sampleSlice('guarded-1', 'guarded', [{ port: 8080 }], pods(60, 3)),
  // Endpoints on several ports are not packed.
  sampleSlice('many-2', 'many', [{ port: 8081 }], pods(80, 1)),
]

function planeOf(hooks: HookRules, naive: boolean): NodeDataPlane {
  const engine = new Engine({ seed: 7 })
  const rules = { hooks: () => hooks, udpGeneration: 0, isStale: () => false }
  return new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: { isLocal: (address) => address === NODE || address.startsWith('127.'), interfaceAddress: () => NODE },
    rules: () => rules,
    naive,
  })
}

/** PREROUTING, FORWARD and POSTROUTING of a new connection, in one text. */
function pass(plane: NodeDataPlane, packet: Packet): string {
  const kinds = [plane.prerouting(packet).kind]
  packet.outInterface = 'eth0'
  if (kinds[0] === 'accept') kinds.push(plane.forward(packet).kind)
  if (kinds[1] === 'accept') kinds.push(plane.postrouting(packet).kind)
  const { source, sourcePort, destination, destinationPort, mark } = packet
  return `${kinds.join()} ${source}:${sourcePort} ${destination}:${destinationPort} ${mark}`
}

const SOURCES = ['10.244.0.9', '203.0.113.5', '198.18.0.1', '10.244.0.40', '10.244.0.50']
const ENDS: readonly (readonly [string, number, Protocol])[] = [
  ['10.96.0.1', 80, 'tcp'],
  ['10.96.0.2', 80, 'tcp'],
  ['10.96.0.3', 53, 'udp'],
  ['10.96.0.3', 53, 'tcp'],
  ['10.96.0.4', 80, 'tcp'],
  ['198.51.100.7', 80, 'tcp'],
  ['10.96.0.5', 80, 'tcp'],
  ['10.96.0.1', 81, 'tcp'],
  ['10.96.0.1', 80, 'udp'],
  ['198.18.0.9', 80, 'tcp'],
]

test.each([
  {
    mode: 'iptables',
    hooks: () => new IptablesHooks(sampleTables(services, slices, { clusterCidr: '10.244.0.0/16' })),
  },
  {
    mode: 'iptables',
    hooks: () => new IptablesHooks(sampleTables(services, slices.slice(0, 4), { masqueradeAll: true })),
  },
  { mode: 'nftables', hooks: () => hooksOf(sampleNftTable(services, slices)) },
  { mode: 'nftables', hooks: () => hooksOf(sampleNftTable(services, slices.slice(0, 4))) },
])('$mode', ({ hooks }) => {
  const naive = planeOf(hooks(), true)
  const quick = planeOf(hooks(), false)
  for (let i = 0; i < 400; i++) {
    const [destination, destinationPort, protocol] = ENDS[(i * 7) % ENDS.length] ?? ['', 0, 'tcp']
    const source = SOURCES[Math.floor(i / ENDS.length) % SOURCES.length] ?? ''
    const options = { protocol, source, sourcePort: 20_000 + i, destination, destinationPort, inInterface: 'eth0' }
    expect(pass(quick, new Packet(options))).toBe(pass(naive, new Packet(options)))
  }
})

function hooksOf(table: ReturnType<typeof sampleNftTable>): HookRules {
  return new NftablesHooks(table, (name, packet) => table.chainFor(name, packet))
}
