// Sockets go in, are found, and stay found while the table grows; what has no room is refused.

import { expect, test } from 'vitest'
import type { Protocol } from '../dataplane/packet.ts'
import { familyOf, wordOf } from './ip.ts'
import { HEAD, SocketTable, type Socket } from './socket-table.ts'

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'sctp', 'icmp']

const socketOf = (destination: string, destinationPort = 80, protocol: Protocol = 'tcp'): Socket => ({
  family: familyOf(destination),
  destinationWord: wordOf(destination),
  destinationPort,
  protocol,
})

/** 4,000 sockets on 1,000 addresses that differ in every octet. */
const sockets = Array.from({ length: 4000 }, (_, i) =>
  socketOf(
    `${10 + (i & 3) * 60}.${(i >> 2) & 255}.${(i >> 4) & 255}.${(i * 7) & 255}`,
    [80, 443, 0, 65_535, 30_000 + i][i % 5],
    PROTOCOLS[(i >> 3) % 4],
  ),
)
const distinct = [...new Map(sockets.map((socket) => [JSON.stringify(socket), socket])).values()]

test('every socket is found with what is kept of it, and no other', () => {
  const table = new SocketTable()
  const lengthOf = (i: number): number => 1 + (i % 30)
  const places = distinct.map((socket, i) => {
    const place = table.add(socket, lengthOf(i))
    table.setFlags(place, i & 0xfff)
    table.words.fill(-1 - i, place + HEAD, place + HEAD + lengthOf(i))
    return place
  })
  const find = (socket: Socket): number => table.find(socket)
  // A hook that asks again gets the same answer.
  expect(distinct.map((socket) => [find(socket), find(socket)])).toEqual(places.map((place) => [place, place]))
  expect(places.map((place) => table.flags(place))).toEqual(distinct.map((_, i) => i & 0xfff))
  const kept = places.map((place, i) => [...new Set(table.words.subarray(place + HEAD, place + HEAD + lengthOf(i)))])
  expect(kept).toEqual(places.map((_, i) => [-1 - i]))
  expect(new Set(distinct.map((socket) => find({ ...socket, destinationPort: 8 })))).toEqual(new Set([-1]))
  expect(new Set(distinct.map((socket) => find({ ...socket, destinationWord: 0x01020304 })))).toEqual(new Set([-1]))
})

test('an IPv6 address has no room, though its word be that of an IPv4 address', () => {
  const table = new SocketTable()
  const known = socketOf('10.0.0.1')
  const place = table.add(known, 1)
  const other: Socket = { ...known, family: 'ipv6' }
  expect([table.find(known), table.find(other), table.add(other, 1)]).toEqual([place, -1, -1])
})

test('a table that is full takes no more', () => {
  const table = new SocketTable()
  expect(table.add(socketOf('10.0.0.1'), 2 ** 23)).toBe(-1)
  expect(table.add(socketOf('10.0.0.1'), 1)).toBeGreaterThan(0)
})
