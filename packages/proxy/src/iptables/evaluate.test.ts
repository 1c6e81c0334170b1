// Indexed evaluation against the naive walk, on random clusters and packets; and the fairness of the endpoint choice.

import { Engine } from '@podwire/engine'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import { Packet, type Protocol } from '../dataplane/packet.ts'
import type { Trace } from '../dataplane/verdict.ts'
import { sampleService, sampleSlice, sampleTables } from '../sample-objects.suite.ts'
import { IptablesHooks } from './iptables-hooks.ts'
import type { RuleTables } from './chain.ts'

const NODE = '172.18.0.2'

function planeOf(tables: RuleTables, seed: number, naive: boolean): NodeDataPlane {
  const rules = { hooks: () => new IptablesHooks(tables), udpGeneration: 0, isStale: () => false }
  const engine = new Engine({ seed })
  return new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: { isLocal: (address) => address === NODE || address.startsWith('127.'), interfaceAddress: () => NODE },
    rules: () => rules,
    naive,
  })
}

/** All hooks of a packet that is sent, forwarded or delivered here; what became of it, in one text. */
function walk(plane: NodeDataPlane, packet: Packet, trace?: Trace): string {
  const kinds = packet.inInterface === '' ? sent(plane, packet, trace) : arrived(plane, packet, trace)
  const { source, sourcePort, destination, destinationPort, mark } = packet
  return `${kinds.join()} ${source}:${sourcePort} ${destination}:${destinationPort} ${mark}`
}

function sent(plane: NodeDataPlane, packet: Packet, trace: Trace | undefined): string[] {
  packet.outInterface = 'eth0'
  const kinds = [plane.output(packet, trace).kind]
  if (kinds[0] === 'accept') kinds.push(plane.postrouting(packet, trace).kind)
  return kinds
}

function arrived(plane: NodeDataPlane, packet: Packet, trace: Trace | undefined): string[] {
  const kinds = [plane.prerouting(packet, trace).kind]
  if (kinds[0] === 'accept') {
    packet.outInterface = 'eth0'
    const local = packet.destination === NODE || packet.destination.startsWith('127.')
    kinds.push(local ? plane.input(packet, trace).kind : plane.forward(packet, trace).kind)
    if (!local && kinds[1] === 'accept') kinds.push(plane.postrouting(packet, trace).kind)
  }
  return kinds
}

const protocols = ['TCP', 'UDP', 'SCTP'] as const
const arbitraryService = fc.record({
  type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
  protocol: fc.constantFrom(...protocols),
  endpoints: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 5 }),
  local: fc.boolean(),
  internalLocal: fc.boolean(),
  affinity: fc.boolean(),
  external: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  ranges: fc.constantFrom([], ['203.0.113.0/25'], ['0.0.0.0/1', '172.18.0.0/16']),
})

const arbitraryPacket = fc.record({
  protocol: fc.constantFrom<Protocol>('tcp', 'udp', 'sctp'),
  source: fc.constantFrom('10.244.0.9', '10.244.1.1', '10.244.0.2', NODE, '203.0.113.5', '198.18.0.1'),
  destination: fc.constantFrom(
    '10.96.0.0',
    '10.96.0.1',
    '10.96.0.2',
    '198.51.100.1',
    '198.51.100.2',
    '192.0.2.0',
    '192.0.2.1',
    NODE,
    '10.244.1.1',
    '127.0.0.1',
  ),
  destinationPort: fc.constantFrom(80, 81, 30_000, 30_001, 30_002, 32_000, 8080),
  inInterface: fc.constantFrom('eth0', 'cni0', ''),
})

function tablesFor(
  specs: readonly (typeof arbitraryService extends fc.Arbitrary<infer T> ? T : never)[],
  kubernetesVersion: string,
): RuleTables {
  const services = specs.map((spec, i) =>
    sampleService(
      `s${i}`,
      {
        type: spec.type,
        clusterIP: `10.96.0.${i}`,
        ports: [{ port: 80, protocol: spec.protocol, ...(spec.type === 'ClusterIP' ? {} : { nodePort: 30_000 + i }) }],
        ...(spec.external === undefined ? {} : { externalIPs: [`198.51.100.${spec.external}`] }),
        ...(spec.local ? { externalTrafficPolicy: 'Local', healthCheckNodePort: 32_000 } : {}),
        ...(spec.internalLocal ? { internalTrafficPolicy: 'Local' } : {}),
        ...(spec.affinity ? { sessionAffinity: 'ClientIP' } : {}),
        loadBalancerSourceRanges: spec.ranges,
      },
      spec.type === 'LoadBalancer' ? { status: { loadBalancer: { ingress: [{ ip: `192.0.2.${i % 2}` }] } } } : {},
    ),
  )
  const slices = specs.map((spec, i) => {
    const endpoints = spec.endpoints.map((n) => ({ address: `10.244.${n % 2}.${n}`, node: `node-${(n % 2) + 1}` }))
    return sampleSlice(`s${i}-1`, `s${i}`, [{ port: 8080, protocol: spec.protocol }], endpoints)
  })
  return sampleTables(services, slices, { clusterCidr: '10.244.0.0/16', kubernetesVersion })
}

test('indexed evaluation comes to the same verdict by the same rules as a walk over every rule', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryService, { maxLength: 4 }),
      fc.array(arbitraryPacket, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.constantFrom('v1.36.2', 'v1.36.2', 'v1.24.17', 'v1.16.0'),
      (specs, packets, seed, version) => {
        const tables = tablesFor(specs, version)
        const indexed = planeOf(tables, seed, false)
        const naive = planeOf(tables, seed, true)
        // Nobody looks: then hooks without a say are not walked at all.
        const quick = planeOf(tables, seed, false)
        packets.forEach((options, i) => {
          const make = (): Packet => new Packet({ ...options, sourcePort: 40_000 + i })
          const [seen, expected]: [Trace, Trace] = [[], []]
          const outcome = walk(naive, make(), expected)
          expect(walk(indexed, make(), seen)).toBe(outcome)
          expect(seen).toEqual(expected)
          expect(walk(quick, make())).toBe(outcome)
        })
      },
    ),
    { numRuns: 300, seed: 20_261_121 },
  )
})

test.each([2, 3, 7, 20])('%i endpoints are chosen equally often', (count) => {
  const endpoints = Array.from({ length: count }, (_, i) => ({ address: `10.244.1.${i + 2}` }))
  const service = sampleService('web', { clusterIP: '10.96.0.80', ports: [{ port: 80 }] })
  const tables = sampleTables([service], [sampleSlice('web-1', 'web', [{ port: 8080 }], endpoints)])
  for (const naive of [false, true]) {
    const plane = planeOf(tables, 5, naive)
    const chosen = new Map<string, number>()
    const draws = 4000
    for (let i = 0; i < draws; i++) {
      const packet = new Packet({
        protocol: 'tcp',
        source: '10.244.0.9',
        sourcePort: 1024 + i,
        destination: '10.96.0.80',
        destinationPort: 80,
      })
      plane.prerouting(packet)
      chosen.set(packet.destination, (chosen.get(packet.destination) ?? 0) + 1)
    }
    const expected = draws / count
    let chiSquare = 0
    for (const { address } of endpoints) chiSquare += ((chosen.get(address) ?? 0) - expected) ** 2 / expected
    // 99.9 % of fair samples stay below: mean + 3.1 standard deviations of the chi-square distribution, and a little.
    expect(chiSquare).toBeLessThan(count - 1 + 3.1 * Math.sqrt(2 * (count - 1)) + 5)
  }
})

test('a trace names chain and rule as iptables-save prints them', () => {
  const service = sampleService('web', { clusterIP: '10.96.0.80', ports: [{ port: 80 }] })
  const tables = sampleTables([service], [sampleSlice('web-1', 'web', [{ port: 8080 }], [{ address: '10.244.1.5' }])])
  const packet = new Packet({
    protocol: 'tcp',
    source: '10.244.0.9',
    sourcePort: 40_000,
    destination: '10.96.0.80',
    destinationPort: 80,
    inInterface: 'cni0',
  })
  const trace: Trace = []
  walk(planeOf(tables, 1, false), packet, trace)
  expect(trace.map((step) => `${step.at}: ${step.what}`)).toEqual([
    'conntrack: tcp 10.244.0.9:40000 -> 10.96.0.80:80: NEW, new connection',
    'nat/PREROUTING: -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    'nat/KUBE-SERVICES: -A KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G',
    'nat/KUBE-SVC-LOLE4ISW44XBNF3G: -A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.1.5:8080" -j KUBE-SEP-XQWD6PXGZUTOOIVQ',
    'nat/KUBE-SEP-XQWD6PXGZUTOOIVQ: -A KUBE-SEP-XQWD6PXGZUTOOIVQ -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.5:8080',
    'conntrack: DNAT destination 10.96.0.80:80 -> 10.244.1.5:8080',
    'filter/FORWARD: -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
    'filter/FORWARD: -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    'filter/FORWARD: -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    'filter/FORWARD: -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
    'nat/POSTROUTING: -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    'nat/KUBE-POSTROUTING: -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
  ])
})
