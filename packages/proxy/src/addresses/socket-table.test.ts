// Sockets go in, are found, and stay found while the table grows; what has no room is refused.

import { expect, test } from 'vitest'
import type { Protocol } from '../dataplane/packet.ts'
import { SocketTable } from './socket-table.ts'

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'sctp', 'icmp']

/** 4,000 sockets on 1,000 addresses that differ in every octet. */
const sockets = Array.from({ length: 4000 }, (_, i) => ({
  destination: `${10 + (i & 3) * 60}.${(i >> 2) & 255}.${(i >> 4) & 255}.${(i * 7) & 255}`,
  destinationPort: [80, 443, 0, 65_535, 30_000 + i][i % 5] ?? 0,
  protocol: PROTOCOLS[(i >> 3) % 4] ?? 'tcp',
}))
const distinct = [...new Map(sockets.map((socket) => [JSON.stringify(socket), socket])).values()]

test('every socket is found with what was kept of it, and no other', () => {
  const table = new SocketTable()
  expect(table.find({ destination: '10.0.0.1', destinationPort: 80, protocol: 'tcp' })).toBe(-1)
  distinct.forEach((socket, i) => expect(table.set(socket, { flags: i & 0xfff, first: i, second: -1 - i })).toBe(true))
  distinct.forEach((socket, i) => {
    // A hook that asks again gets the same answer.
    for (let asked = 0; asked < 2; asked++) {
      const place = table.find(socket)
      expect([table.flags(place), table.first(place), table.second(place)]).toEqual([i & 0xfff, i, -1 - i])
    }
    expect(table.find({ ...socket, destination: `1.${socket.destination.slice(0, 1)}.2.3` })).toBe(-1)
    expect(table.find({ ...socket, destinationPort: 8 })).toBe(-1)
  })
})

test.each([
  { name: 'an IPv6 address', socket: { destination: 'fd00::1', destinationPort: 80, protocol: 'tcp' } },
  { name: 'no address', socket: { destination: '', destinationPort: 80, protocol: 'tcp' } },
] as const)('has no room for $name', ({ socket }) => {
  const table = new SocketTable()
  const known = { destination: '10.0.0.1', destinationPort: 80, protocol: 'tcp' } as const
  table.set(known, { flags: 1, first: 2, second: 3 })
  expect(table.set(socket, { flags: 4, first: 5, second: 6 })).toBe(false)
  expect(table.first(table.find(known))).toBe(2)
})

test('what is kept can become something else', () => {
  const table = new SocketTable()
  const known = { destination: '10.0.0.1', destinationPort: 80, protocol: 'tcp' } as const
  table.set(known, { flags: 1, first: 2, second: 3 })
  table.set(known, { flags: 4, first: 5, second: 6 })
  const place = table.find(known)
  expect([table.flags(place), table.first(place), table.second(place)]).toEqual([4, 5, 6])
})
