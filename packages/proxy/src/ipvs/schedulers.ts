// The kernel's schedulers: which real server gets a new connection. Weight 0 never gets one; undefined: nobody can.
// Source: net/netfilter/ipvs/ip_vs_{rr,wrr,lc,wlc,sh,dh,sed,nq,mh}.c.

import type { Microseconds } from '@podwire/engine'
import { parseIpv4 } from '../addresses/ip.ts'
import { addressNumber } from '../nftables/intervals.ts'
import type { Packet } from '../dataplane/packet.ts'
import { hsiphash } from './hsiphash.ts'
import type { RealServer, VirtualServer } from './virtual-server.ts'

export function schedule(virtual: VirtualServer, packet: Packet, nowUs: Microseconds): RealServer | undefined {
  switch (virtual.spec.scheduler) {
    case 'rr':
      return roundRobin(virtual)
    case 'wrr':
      return weightedRoundRobin(virtual)
    case 'lc':
      return least(virtual, nowUs, ({ active, inactive }) => active * 256 + inactive, false)
    case 'wlc':
      return least(virtual, nowUs, ({ active, inactive }) => active * 256 + inactive, true)
    case 'sed':
      return least(virtual, nowUs, ({ active }) => active + 1, true)
    case 'nq':
      return (
        virtual.servers.find((server) => server.weight > 0 && server.count(nowUs).active === 0) ??
        least(virtual, nowUs, ({ active }) => active + 1, true)
      )
    case 'sh':
      return bySource(
        virtual,
        packet,
        'sh',
        (virtual.table ??= bucketTable(virtual, true)),
        (source, port, offset) =>
          // The offset turns the table.
          (offset + bucketOf(source, port)) % BUCKETS,
      )
    case 'dh':
      return usable((virtual.table ??= bucketTable(virtual, false))[bucketOf(packet.destination, 0)])
    case 'mh':
      return bySource(
        virtual,
        packet,
        'mh',
        (virtual.table ??= maglevTable(virtual)),
        (source, port, offset) => maglevHash(source, port + offset, KEY_1) % SLOTS,
      )
  }
}

const usable = (server: RealServer | undefined): RealServer | undefined =>
  server !== undefined && server.weight > 0 ? server : undefined

/** The server at the hash of the client, or with `-fallback` the first of further hashes that can take it. */
function bySource(
  { spec }: VirtualServer,
  { source, sourcePort }: Packet,
  scheduler: 'sh' | 'mh',
  table: readonly (RealServer | undefined)[],
  placeOf: (source: string, port: number, offset: number) => number,
): RealServer | undefined {
  const port = spec.flags.includes(`${scheduler}-port`) ? sourcePort : 0
  const first = placeOf(source, port, 0)
  const server = usable(table[first])
  if (server !== undefined || !spec.flags.includes(`${scheduler}-fallback`)) return server
  for (let offset = 0; offset < table.length; offset++) {
    const other = usable(table[placeOf(source, port, (offset + first) % table.length)])
    if (other !== undefined) return other
  }
  return undefined
}

/** The next behind the last one used, from the head when there is none. */
function roundRobin(virtual: VirtualServer): RealServer | undefined {
  const { servers, last } = virtual
  const start = last === undefined ? -1 : servers.indexOf(last)
  for (let i = 1; i <= servers.length; i++) {
    const server = servers[(start + i) % servers.length]
    if (server === undefined || server.weight === 0) continue
    return (virtual.last = server)
  }
  return undefined
}

function weightedRoundRobin(virtual: VirtualServer): RealServer | undefined {
  const { servers } = virtual
  const most = servers.reduce((max, { weight }) => Math.max(max, weight), 0)
  if (most === 0) return undefined
  const step = servers.reduce((divisor, { weight }) => greatestDivisor(divisor, weight), 0)
  const start = most - (step - 1)
  if (virtual.currentWeight === 0) virtual.currentWeight = start
  let at = virtual.last === undefined ? -1 : servers.indexOf(virtual.last)
  for (;;) {
    at++
    if (at >= servers.length) {
      at = 0
      virtual.currentWeight -= step
      if (virtual.currentWeight <= 0) virtual.currentWeight = start
    }
    const server = servers[at]
    if (server !== undefined && server.weight >= virtual.currentWeight) return (virtual.last = server)
  }
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

type Load = (count: { readonly active: number; readonly inactive: number }) => number

/** The least loaded one, the first of equals. Loads per weight are compared without dividing. */
function least(virtual: VirtualServer, nowUs: Microseconds, load: Load, weighted: boolean): RealServer | undefined {
  let best: RealServer | undefined
  let bestLoad = 0
  for (const server of virtual.servers) {
    if (server.weight === 0) continue
    const own = load(server.count(nowUs))
    const better = weighted && best !== undefined ? own * best.weight < bestLoad * server.weight : own < bestLoad
    if (best === undefined || better) {
      best = server
      bestLoad = own
    }
  }
  return best
}

const BUCKETS = 256

/** Filled cyclically in the order of the list, each server as often as it weighs (sh), or once (dh). */
function bucketTable({ servers }: VirtualServer, weighted: boolean): readonly (RealServer | undefined)[] {
  const turns = servers.flatMap((server) =>
    Array.from({ length: weighted ? Math.max(1, server.weight) : 1 }, () => server),
  )
  return Array.from({ length: BUCKETS }, (_, i) => (turns.length === 0 ? undefined : turns[i % turns.length]))
}

/** hash_32(port + address, 8) */
function bucketOf(address: string, port: number): number {
  return Math.imul((foldedAddress(address) + port) | 0, 0x61c8_8647) >>> 24
}

/** IPv6: the four words xored. */
function foldedAddress(address: string): number {
  if (!address.includes(':')) return parseIpv4(address) | 0
  const number = addressNumber(address)
  let folded = 0
  for (let i = 0n; i < 4n; i++) folded ^= Number((number >> (32n * i)) & 0xffff_ffffn)
  return folded | 0
}

const SLOTS = 4093
const KEY_1 = 2_654_435_761n
const KEY_2 = 2_654_446_892n

function maglevHash(address: string, port: number, key: bigint): number {
  return hsiphash((foldedAddress(address) + port) >>> 0, key)
}

/**
 * Servers take turns claiming the next slot of their own permutation that is still free, in each turn as many as they weigh. A
 * draining one keeps its slots.
 */
function maglevTable({ servers }: VirtualServer): readonly (RealServer | undefined)[] {
  const table: (RealServer | undefined)[] = Array.from({ length: SLOTS }, () => undefined)
  const divisor = servers.reduce((common, { lastWeight }) => greatestDivisor(common, lastWeight), 0)
  if (divisor === 0) return table
  const heaviest = servers.reduce((most, { lastWeight }) => Math.max(most, lastWeight), 0)
  // Great weights are cut to six bits: fls() of the heaviest, less IP_VS_MH_TAB_BITS.
  const shift = Math.max(0, 32 - Math.clz32(heaviest / divisor) - 6)
  const claims = servers
    .filter(({ lastWeight }) => lastWeight > 0)
    .map((server) => ({
      server,
      turns: Math.max(1, (server.lastWeight / divisor) >> shift),
      next: maglevHash(server.address, server.port, KEY_1) % SLOTS,
      skip: (maglevHash(server.address, server.port, KEY_2) % (SLOTS - 1)) + 1,
    }))
  for (let taken = 0; taken < SLOTS;) {
    for (const claim of claims) {
      for (let turn = 0; turn < claim.turns && taken < SLOTS; turn++) {
        while (table[claim.next] !== undefined) claim.next = (claim.next + claim.skip) % SLOTS
        table[claim.next] = claim.server
        taken++
      }
    }
  }
  return table
}
