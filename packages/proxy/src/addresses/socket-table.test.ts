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
  const kept = distinct.map((_, i) => ({ flags: i & 0xfff, first: i, second: -1 - i }))
  distinct.forEach((socket, i) => table.set(socket, kept[i] ?? { flags: 0, first: 0, second: 0 }))
  const find = (socket: (typeof sockets)[number]): number => table.find(socket)
  // A hook that asks again gets the same answer.
  for (const places of [distinct.map(find), distinct.map(find)]) {
    expect(
      places.map((place) => ({ flags: table.flags(place), first: table.first(place), second: table.second(place) })),
    ).toEqual(kept)
  }
  expect(new Set(distinct.map((socket) => find({ ...socket, destinationPort: 8 })))).toEqual(new Set([-1]))
  expect(new Set(distinct.map((socket) => find({ ...socket, destination: '1.2.3.4' })))).toEqual(new Set([-1]))
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
