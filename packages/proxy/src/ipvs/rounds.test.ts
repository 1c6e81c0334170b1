// Packed rounds against rr as it is worked out for packets somebody traces: the same servers, the same figures, whatever happens to the
// virtual server in between.

import { SECOND } from '@podwire/engine'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Connection } from '../conntrack/connection.ts'
import { Packet } from '../dataplane/packet.ts'
import { IpvsState, type WantedServers } from './ipvs-state.ts'
import { keyOf, type VirtualServerSpec } from './virtual-server.ts'

const MOST_SERVERS = 12
const PLACES = Array.from({ length: MOST_SERVERS }, (_, i) => i)

/** @param servers a bit for each; the last two of them listen on another port */
const specOf = (servers: number, persistentSeconds?: number): VirtualServerSpec => ({
  protocol: 'tcp',
  address: '10.96.0.80',
  port: 80,
  scheduler: 'rr',
  flags: [],
  persistentSeconds,
  servers: PLACES.filter((i) => (servers & (1 << i)) !== 0).map((i) => {
    const [address, port] = [`10.244.0.${i + 1}`, i < MOST_SERVERS - 2 ? 8080 : 9090]
    return { text: `${address}:${port}`, address, port }
  }),
})
const KEY = keyOf(specOf(0))

const wants = (spec: VirtualServerSpec): WantedServers => ({
  wanted: () => spec,
  lastSyncUs: () => 0,
  startedUs: () => 0,
  isExcluded: () => false,
})

/** One node's ipvs: what is in force, and where connections have gone. */
class Side {
  readonly state = new IpvsState()
  source = wants(specOf(0b111))
  turns = 0
  readonly #packed: boolean

  constructor(packed: boolean) {
    this.#packed = packed
  }

  dial(sourcePort: number, nowUs: number): string {
    const end = { source: '10.244.9.9', sourcePort, destination: '10.96.0.80', destinationPort: 80 }
    const packet = new Packet({ protocol: 'tcp', ...end })
    packet.connection = new Connection('ipv4', 'tcp', packet, nowUs)
    const round = this.#packed ? this.state.roundFor(packet, this.source) : -1
    if (round >= 0) {
      this.turns++
      const to = this.state.takeTurn(round, packet, nowUs)
      return to.kind === 'dnat' ? `${to.address}:${to.port}` : to.kind
    }
    const virtual = this.state.findFor(packet, this.source, nowUs)
    return (virtual && this.state.connect(virtual, packet, nowUs)?.text) ?? 'nobody'
  }

  edit(which: number, weight: number, nowUs: number): void {
    const virtual = this.state.find(KEY, this.source, nowUs)
    const server = virtual?.servers[which % virtual.servers.length]
    if (virtual === undefined || server === undefined) return
    server.weight = weight
    virtual.changed()
    this.state.touch(KEY, nowUs)
  }

  figures(nowUs: number): unknown {
    const virtual = this.state.find(KEY, this.source, nowUs)
    const servers = virtual?.servers.map((server) => [server.text, server.traffic.totals(), server.count(nowUs)])
    return [virtual?.traffic.totals(), virtual?.traffic.rates(nowUs), servers]
  }
}

const dialsOf = (side: Side, firstPort: number, count: number, nowUs: number): string =>
  Array.from({ length: count }, (_, i) => side.dial(firstPort + i, nowUs)).join(' ')

const arbitraryStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ dials: fc.integer({ min: 1, max: 70 }) }) },
  { weight: 2, arbitrary: fc.record({ servers: fc.nat(2 ** MOST_SERVERS - 1) }) },
  { weight: 1, arbitrary: fc.record({ sticky: fc.nat(2 ** MOST_SERVERS - 1) }) },
  { weight: 2, arbitrary: fc.record({ which: fc.nat(MOST_SERVERS), weight: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ seconds: fc.constantFrom(1, 3, 61, 1000) }) },
  { weight: 1, arbitrary: fc.record({ look: fc.constant(true) }) },
)

test('packed rounds go on as those do that are worked out', () => {
  let turns = 0
  fc.assert(
    fc.property(fc.array(arbitraryStep, { minLength: 4, maxLength: 30 }), (steps) => {
      const sides = [new Side(false), new Side(true)] as const
      const [plain, packed] = sides
      let nowUs = 0
      let sourcePort = 1024
      for (const step of steps) {
        if ('dials' in step) {
          const first = sourcePort
          sourcePort += step.dials
          expect(dialsOf(packed, first, step.dials, nowUs)).toBe(dialsOf(plain, first, step.dials, nowUs))
        } else if ('servers' in step) for (const side of sides) side.source = wants(specOf(step.servers))
        else if ('sticky' in step) for (const side of sides) side.source = wants(specOf(step.sticky, 100))
        else if ('which' in step) for (const side of sides) side.edit(step.which, step.weight, nowUs)
        else if ('seconds' in step) nowUs += step.seconds * SECOND
        else expect(packed.figures(nowUs)).toEqual(plain.figures(nowUs))
      }
      expect(packed.figures(nowUs)).toEqual(plain.figures(nowUs))
      turns += packed.turns
    }),
    { numRuns: 60, seed: 20_261_130 },
  )
  expect(turns).toBeGreaterThan(1000)
})
