// nftables mode against iptables mode on random clusters and packets, the compiled table against its own text, and what differs
// between the modes by design.

import { Engine } from '@podwire/engine'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import { Packet } from '../dataplane/packet.ts'
import type { HookRules } from '../dataplane/hook-rules.ts'
import { sampleNftTable, sampleService, sampleSlice } from '../sample-objects.suite.ts'
import { NftablesHooks } from './nftables-hooks.ts'
import { parseNftRuleset } from './parse.ts'
import { nftListTable } from './print.ts'

const NODE = '172.18.0.2'
const POD = '10.244.0.9'

function planeOf(hooks: HookRules, engine: Engine): NodeDataPlane {
  return new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: { isLocal: (address) => address === NODE || address.startsWith('127.'), interfaceAddress: () => NODE },
    rules: () => RULES_OF(hooks),
  })
}

const known = new Map<HookRules, { hooks: () => HookRules; udpGeneration: number; isStale: () => boolean }>()
function RULES_OF(hooks: HookRules): { hooks: () => HookRules; udpGeneration: number; isStale: () => boolean } {
  let rules = known.get(hooks)
  if (rules === undefined) {
    rules = { hooks: () => hooks, udpGeneration: 0, isStale: () => false }
    known.set(hooks, rules)
  }
  return rules
}

function outcome(plane: NodeDataPlane, packet: Packet): string {
  let verdict = plane.prerouting(packet)
  packet.outInterface = 'eth0'
  const local = packet.destination === NODE || packet.destination.startsWith('127.')
  if (verdict.kind === 'accept') verdict = local ? plane.input(packet) : plane.forward(packet)
  if (verdict.kind === 'accept' && !local) verdict = plane.postrouting(packet)
  return `${verdict.kind} ${packet.destination}:${packet.destinationPort}<${packet.source}`
}

const dial = (source: string, destination: string, port: number, sourcePort = 40_000): Packet =>
  new Packet({ protocol: 'tcp', source, sourcePort, destination, destinationPort: port, inInterface: 'eth0' })

const arbitraryService = fc.record({
  endpoints: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
  external: fc.boolean(),
  local: fc.boolean(),
  internalLocal: fc.boolean(),
  affinity: fc.boolean(),
  ranges: fc.constantFrom([], ['203.0.113.0/25'], ['172.18.0.0/16', '203.0.113.0/25']),
})

function tableFor(
  specs: readonly (typeof arbitraryService extends fc.Arbitrary<infer T> ? T : never)[],
  kubernetesVersion: string,
) {
  const services = specs.map((spec, i) =>
    sampleService(
      `s${i}`,
      {
        type: 'LoadBalancer',
        clusterIP: `10.96.0.${i}`,
        ports: [{ port: 80, nodePort: 30_000 + i }],
        ...(spec.external ? { externalIPs: [`198.51.100.${i}`] } : {}),
        ...(spec.local ? { externalTrafficPolicy: 'Local' } : {}),
        ...(spec.internalLocal ? { internalTrafficPolicy: 'Local' } : {}),
        ...(spec.affinity ? { sessionAffinity: 'ClientIP' } : {}),
        loadBalancerSourceRanges: spec.ranges,
      },
      { status: { loadBalancer: { ingress: [{ ip: `192.0.2.${i}` }] } } },
    ),
  )
  const slices = specs.map((spec, i) => {
    const endpoints = spec.endpoints.map((n) => ({ address: `10.244.${n % 2}.${n}`, node: `node-${(n % 2) + 1}` }))
    return sampleSlice(`s${i}-1`, `s${i}`, [{ port: 8080 }], endpoints)
  })
  return sampleNftTable(services, slices, { kubernetesVersion })
}

test('the text of a table parses to a table that prints and decides the same', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryService, { maxLength: 3 }),
      fc.array(
        fc.record({
          source: fc.constantFrom(POD, '10.244.0.2', NODE, '203.0.113.5', '198.18.0.1'),
          destination: fc.constantFrom(
            '10.96.0.0',
            '10.96.0.1',
            '10.96.9.9',
            '198.51.100.0',
            '192.0.2.0',
            '192.0.2.1',
            NODE,
          ),
          port: fc.constantFrom(80, 81, 30_000, 30_001),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.constantFrom('v1.29.0', 'v1.30.0', 'v1.33.0', 'v1.35.0', 'v1.36.0'),
      (specs, packets, seed, release) => {
        const table = tableFor(specs, release)
        const text = nftListTable(table)
        const [parsed] = parseNftRuleset(text)
        expect(parsed === undefined ? '' : nftListTable(parsed)).toBe(text)
        if (parsed === undefined) return
        const indexed = planeOf(
          new NftablesHooks(table, (name, packet) => table.chainFor(name, packet)),
          new Engine({ seed }),
        )
        const listed = planeOf(new NftablesHooks(parsed), new Engine({ seed }))
        packets.forEach(({ source, destination, port }, i) => {
          const make = (): Packet => dial(source, destination, port, 40_000 + i)
          expect(outcome(indexed, make())).toBe(outcome(listed, make()))
        })
      },
    ),
    { numRuns: 200, seed: 20_261_121 },
  )
})

const web = (more: Parameters<typeof sampleService>[1] = { ports: [{ port: 80, nodePort: 30_080 }] }) =>
  sampleService('web', { type: 'NodePort', clusterIP: '10.96.0.80', ...more })

test.each([
  { name: 'another port of a ClusterIP is refused', to: '10.96.0.80', port: 81, expected: 'reject 10.96.0.80:81' },
  { name: 'an unallocated ClusterIP is dropped', to: '10.96.7.7', port: 80, expected: 'drop 10.96.7.7:80' },
  { name: 'a node port', to: NODE, port: 30_080, expected: 'accept 10.244.1.5:8080' },
  { name: 'a node port on localhost is nobody’s', to: '127.0.0.1', port: 30_080, expected: 'accept 127.0.0.1:30080' },
])('$name', ({ to, port, expected }) => {
  const table = sampleNftTable([web()], [sampleSlice('web-1', 'web', [{ port: 8080 }], [{ address: '10.244.1.5' }])])
  const plane = planeOf(new NftablesHooks(table), new Engine({ seed: 1 }))
  expect(outcome(plane, dial('172.18.0.1', to, port)).split('<')[0]).toBe(expected)
})

test('affinity holds until its timeout, counted from the last new connection', () => {
  const sticky = web({
    ports: [{ port: 80 }],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  })
  const endpoints = ['10.244.1.5', '10.244.1.6', '10.244.1.7', '10.244.1.8'].map((address) => ({ address }))
  const table = sampleNftTable([sticky], [sampleSlice('web-1', 'web', [{ port: 8080 }], endpoints)])
  let nowUs = 0
  const engine = new Engine({ seed: 1 })
  const plane = new NodeDataPlane({
    clock: Object.assign(Object.create(engine.clock), { now: () => nowUs }),
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: { isLocal: () => false, interfaceAddress: () => NODE },
    rules: () => RULES_OF(hooks),
  })
  const hooks = new NftablesHooks(table)
  const seen = new Set<string>()
  for (let i = 0; i < 20; i++) {
    nowUs += 59_000_000
    seen.add(outcome(plane, dial(POD, '10.96.0.80', 80, 40_000 + i)))
  }
  expect(seen.size).toBe(1)
  for (let i = 0; i < 20; i++) {
    nowUs += 61_000_000
    seen.add(outcome(plane, dial(POD, '10.96.0.80', 80, 41_000 + i)))
  }
  expect(seen.size).toBeGreaterThan(1)
})

test.each([
  {
    text: 'table ip kube-proxy {\n\tchain x {\n\t\tip daddr 10.0.0.0/99 drop\n\t}\n}\n',
    error: 'line 3, column 12: 10.0.0.0/99 is no address of this family',
  },
  {
    text: 'table ip kube-proxy {\n\tchain x {\n\t\tlog drop\n\t}\n}\n',
    error: 'line 3, column 3: statement log is not simulated',
  },
  { text: 'table ip kube-proxy {\n\tset s {\n\t\ttype ipv4_addr\n', error: 'line 4, column 1: a block is not closed' },
  { text: 'table inet x {\n}\n', error: 'line 1, column 7: family inet is not simulated' },
])('bad text: $error', ({ text, error }) => {
  expect(() => parseNftRuleset(text)).toThrow(error)
})
