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

const STRANGERS = ['10.244.0.9', '10.244.1.1', NODE, '203.0.113.25', '127.0.0.1']
const HEALTH_PORTS = [32_000, 32_001, 32_002]

/** Places are taken among what the cluster has. */
const arbitraryPacket = fc.record({
  to: fc.nat(),
  from: fc.oneof(fc.nat(), fc.constant('destination' as const)),
  protocol: fc.constantFrom<Protocol | undefined>(undefined, undefined, undefined, 'udp', 'icmp'),
  destinationPort: fc.constantFrom(undefined, undefined, undefined, 82, 30_000, ...HEALTH_PORTS),
  inInterface: fc.constantFrom('eth0', 'cni0', 'veth1', ''),
  sourcePort: fc.integer({ min: 40_000, max: 40_003 }),
})

function packetsOf(ipvs: NodeIpvs, all: readonly (typeof arbitraryPacket extends fc.Arbitrary<infer T> ? T : never)[]) {
  const virtuals = [...ipvs.virtualServers().values()]
  const servers = virtuals.flatMap(({ protocol, servers: own }) =>
    own.map(({ address, port }) => ({ protocol, address, port })),
  )
  const strangers = STRANGERS.map((address) => ({ protocol: 'tcp' as const, address, port: 8080 }))
  const ends = [...virtuals, ...virtuals, ...servers, ...strangers]
  const sources = [...servers, ...strangers, ...virtuals]
  return all.map(({ to, from, protocol, destinationPort, inInterface, sourcePort }) => {
    const end = ends[to % ends.length] ?? strangers[0]
    const source = from === 'destination' ? end : sources[from % sources.length]
    return {
      protocol: protocol ?? end?.protocol ?? 'tcp',
      source: source?.address ?? NODE,
      sourcePort,
      destination: end?.address ?? NODE,
      destinationPort: destinationPort ?? end?.port ?? 80,
      inInterface,
    }
  })
}

test('packets nobody looks at come to the same end as by a walk over every rule', () => {
  fc.assert(
    fc.property(
      arbitraryState,
      arbitraryFlags,
      fc.constantFrom(...SCHEDULERS),
      fc.array(arbitraryPacket, { minLength: 8, maxLength: 24 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (state, flags, scheduler, packets, seed) => {
        const ipvs = sampleIpvs(state.services ?? [], state.slices ?? [], { scheduler }, flags)
        const engine = new Engine({ seed })
        const naive = planeOf(engine, ipvs, true)
        const traced = planeOf(engine, ipvs)
        const quick = planeOf(engine, ipvs)
        for (const options of packetsOf(ipvs, packets)) {
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
