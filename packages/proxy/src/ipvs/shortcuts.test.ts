// The short ways of ipvs mode against the walk through all of its rules, on random clusters, flags and packets; and what is kept of
// connections that are over.

import { Engine, SECOND } from '@podwire/engine'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryFlags, arbitraryState } from '../arbitrary-state.suite.ts'
import { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import { Packet, type Protocol } from '../dataplane/packet.ts'
import type { Trace } from '../dataplane/verdict.ts'
import { sampleIpvs, sampleService, sampleSlice } from '../sample-objects.suite.ts'
import type { NodeIpvs } from './node-ipvs.ts'
import { SCHEDULERS } from './virtual-server.ts'

const NODE = '172.18.0.2'

function planeOf(engine: Engine, ipvs: NodeIpvs, naive = false): NodeDataPlane {
  const rules = { hooks: () => ipvs, udpGeneration: 0, isStale: () => false }
  const bound = new Set(ipvs.sets().flatMap((set) => (set.type === 'hash:ip' ? set.members() : [])))
  return new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: {
      isLocal: (address) => address === NODE || address.startsWith('127.') || bound.has(address),
      interfaceAddress: () => NODE,
    },
    rules: () => rules,
    naive,
  })
}

/** All hooks of a packet that comes in or is sent here; what became of it, in one text. */
function pass(plane: NodeDataPlane, packet: Packet, trace?: Trace): string {
  const kinds = [(packet.inInterface === '' ? plane.output(packet, trace) : plane.prerouting(packet, trace)).kind]
  if (kinds[0] === 'accept') {
    packet.outInterface = 'eth0'
    const isLocal = packet.destination === NODE || packet.destination.startsWith('10.96.')
    if (packet.inInterface !== '')
      kinds.push((isLocal ? plane.input(packet, trace) : plane.forward(packet, trace)).kind)
    if (!isLocal && kinds.at(-1) === 'accept') kinds.push(plane.postrouting(packet, trace).kind)
  }
  const { source, sourcePort, destination, destinationPort, mark } = packet
  return `${kinds.join()} ${source}:${sourcePort} ${destination}:${destinationPort} ${mark}`
}

const places = [1, 2, 3]
const services = ['10.96.0.10', '10.96.0.11', ...places.flatMap((at) => [`198.51.0.${at}`, `192.0.0.${at}`])]
const endpoints = places.map((at) => `10.244.0.${at}`)
const arbitraryPacket = fc.record({
  protocol: fc.constantFrom<Protocol>('tcp', 'udp', 'sctp', 'icmp'),
  source: fc.constantFrom('10.244.0.9', '10.244.1.1', ...endpoints, NODE, '203.0.113.25', '127.0.0.1', ...services),
  destination: fc.constantFrom(...services, ...services, NODE, NODE, ...endpoints, '127.0.0.1', '198.18.0.1'),
  destinationPort: fc.constantFrom(80, 80, 81, 82, 8080, 30_000, 30_001, 30_010, 32_000, 32_001),
  inInterface: fc.constantFrom('eth0', 'cni0', 'veth1', ''),
  sourcePort: fc.integer({ min: 40_000, max: 40_003 }),
})

test('packets nobody looks at come to the same end as by a walk over every rule', () => {
  fc.assert(
    fc.property(
      arbitraryState,
      arbitraryFlags,
      fc.constantFrom(...SCHEDULERS),
      fc.array(arbitraryPacket, { minLength: 1, maxLength: 16 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (state, flags, scheduler, packets, seed) => {
        const ipvs = sampleIpvs(state.services ?? [], state.slices ?? [], { scheduler }, flags)
        const engine = new Engine({ seed })
        const naive = planeOf(engine, ipvs, true)
        const traced = planeOf(engine, ipvs)
        const quick = planeOf(engine, ipvs)
        for (const options of packets) {
          const [seen, expected]: [Trace, Trace] = [[], []]
          const outcome = pass(naive, new Packet(options), expected)
          expect(pass(traced, new Packet(options), seen)).toBe(outcome)
          expect(seen).toEqual(expected)
          expect(pass(quick, new Packet(options))).toBe(outcome)
        }
      },
    ),
    { numRuns: 150, seed: 20_261_130 },
  )
})

test('of connections that are over no more is kept than there are live ones', () => {
  const service = sampleService('web', { clusterIP: '10.96.0.80', ports: [{ port: 80 }] })
  const slice = sampleSlice('web-1', 'web', [{ port: 8080 }], [{ address: '10.244.1.5' }])
  const engine = new Engine({ seed: 1 })
  const ipvs = sampleIpvs([service], [slice], { scheduler: 'rr' })
  const plane = planeOf(engine, ipvs)
  for (let i = 0; i < 2000; i++) {
    engine.virtualClock.moveTo(i * SECOND)
    const end = { source: '10.244.0.9', sourcePort: 1024 + i, destination: '10.96.0.80', destinationPort: 80 }
    plane.prerouting(new Packet({ protocol: 'tcp', ...end, inInterface: 'cni0' }))
  }
  const [server] = ipvs.present(plane.ipvs, engine.clock.now())[0]?.servers ?? []
  // SYN_RECV lasts a minute.
  expect(server?.count(engine.clock.now())).toEqual({ active: 60, inactive: 0 })
  expect(server?.kept).toBeLessThanOrEqual(2 * 60)
})
