// Connections of several servers in one list: each server has its own, in the order of age, whichever end in between; and what they
// carried is the same as if it were added up packet by packet.

import { SECOND } from '@podwire/engine'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Connection } from '../conntrack/connection.ts'
import { IpvsConnection } from './ipvs-connection.ts'
import { Traffic } from './traffic.ts'
import { VirtualServer } from './virtual-server.ts'

const SPEC = {
  protocol: 'udp',
  address: '10.96.0.53',
  port: 53,
  scheduler: 'rr',
  flags: [],
  persistentSeconds: undefined,
  servers: [],
} as const

test('as a list for each server that is filtered whenever somebody looks', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          server: fc.nat(2),
          lasts: fc.integer({ min: 1, max: 20 }),
          ends: fc.option(fc.nat(40), { nil: undefined }),
          looks: fc.boolean(),
        }),
        { maxLength: 60 },
      ),
      (steps) => {
        const virtual = new VirtualServer(SPEC)
        for (const letter of ['1', '2', '3']) {
          virtual.addServer({ text: `10.244.0.${letter}:53`, address: `10.244.0.${letter}`, port: 53 })
        }
        const expected: IpvsConnection[][] = [[], [], []]
        const all: IpvsConnection[] = []
        steps.forEach(({ server: which, lasts, ends, looks }, i) => {
          const nowUs = i * SECOND
          const server = virtual.servers[which]
          if (server === undefined) return
          const tuple = { source: '10.244.9.9', sourcePort: 1024 + i, destination: '10.96.0.53', destinationPort: 53 }
          const connection = new Connection('ipv4', 'udp', tuple, nowUs)
          const entry = new IpvsConnection(virtual.connections, connection, virtual, server, nowUs)
          connection.ipvs = entry
          entry.expiresAtUs = nowUs + lasts * SECOND
          virtual.connections.add(entry, nowUs)
          all.push(entry)
          expected[which]?.push(entry)
          // Somebody opens that one's four-tuple anew.
          const over = ends === undefined ? undefined : all[ends]
          if (over !== undefined) over.connection.ipvs = undefined
          if (!looks) return
          virtual.servers.forEach((one, place) => {
            const live = expected[place]?.filter((known) => known.isLive(nowUs)) ?? []
            expect([...one.connections(nowUs)]).toEqual(live)
            expect(one.kept).toBe(live.length)
          })
        })
        const kept = virtual.servers.reduce((sum, one) => sum + one.kept, 0)
        expect(kept).toBeLessThanOrEqual(all.length)
      },
    ),
    { numRuns: 100, seed: 20_261_130 },
  )
})

test('rates and totals do not tell that what was carried is added up in batches', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ afterMs: fc.constantFrom(0, 1, 700, 2000, 9000), which: fc.nat(150), answer: fc.boolean() }),
        {
          maxLength: 300,
        },
      ),
      (packets) => {
        const virtual = new VirtualServer(SPEC)
        virtual.addServer({ text: '10.244.0.1:53', address: '10.244.0.1', port: 53 })
        const [server] = virtual.servers
        if (server === undefined) throw new RangeError('no server')
        const entries = Array.from({ length: 151 }, (_, i) => {
          const tuple = { source: '10.244.9.9', sourcePort: 1024 + i, destination: '10.96.0.53', destinationPort: 53 }
          return new IpvsConnection(virtual.connections, new Connection('ipv4', 'udp', tuple, 0), virtual, server, 0)
        })
        const expected = new Traffic()
        let nowUs = 0
        for (const { afterMs, which, answer } of packets) {
          nowUs += afterMs * 1000
          entries[which]?.see(answer ? 'reply' : 'original', 0, 100, nowUs)
          const [inPkts, outPkts] = answer ? [0, 1] : [1, 0]
          expected.carry({ conns: 0, inPkts, outPkts, inBytes: 100 * inPkts, outBytes: 100 * outPkts }, nowUs)
        }
        for (const { traffic } of [virtual, server]) {
          expect([traffic.totals(), traffic.rates(nowUs)]).toEqual([expected.totals(), expected.rates(nowUs)])
        }
      },
    ),
    { numRuns: 40, seed: 20_261_130 },
  )
})
