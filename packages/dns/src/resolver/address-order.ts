// The order in which getaddrinfo gives addresses, once there are IPv6 ones: by what can be reached from here, by scopes and labels of
// source and destination, by precedence, by how much an address has in common with its source. Each C library has a table of its
// own: glibc likes unique local addresses (fc00::/7) before IPv4, musl after it. IPv4 addresses keep the order of the answer.
// Source: RFC 6724; glibc sysdeps/posix/getaddrinfo.c (rfc3484_sort, default tables); musl src/network/lookup_name.c.

import ipaddr from 'ipaddr.js'
import type { Libc } from './candidates.ts'

interface Policy {
  readonly range: string
  readonly precedence: number
  readonly label: number
}

/** The first range an address is in counts. */
const POLICIES: Readonly<Record<Libc, readonly Policy[]>> = {
  glibc: [
    { range: '::1/128', precedence: 50, label: 0 },
    { range: '::ffff:0:0/96', precedence: 10, label: 4 },
    { range: '::/96', precedence: 20, label: 3 },
    { range: '2001::/32', precedence: 40, label: 7 },
    { range: '2002::/16', precedence: 30, label: 2 },
    { range: 'fec0::/10', precedence: 40, label: 5 },
    { range: 'fc00::/7', precedence: 40, label: 6 },
    { range: '::/0', precedence: 40, label: 1 },
  ],
  musl: [
    { range: '::1/128', precedence: 50, label: 0 },
    { range: '::ffff:0:0/96', precedence: 35, label: 4 },
    { range: '2002::/16', precedence: 30, label: 2 },
    { range: '2001::/32', precedence: 5, label: 5 },
    { range: 'fc00::/7', precedence: 3, label: 13 },
    { range: '::/0', precedence: 40, label: 1 },
  ],
}

/** Numbers compared one after the other; the greater one comes first. */
type Rank = readonly number[]

/** @param sourceFor the address the kernel would send from; undefined: the destination cannot be reached */
export function orderAddresses(
  addresses: readonly string[],
  libc: Libc,
  sourceFor: (destination: string) => string | undefined,
): readonly string[] {
  if (addresses.length < 2 || !addresses.some((address) => address.includes(':'))) return addresses
  const ranked = addresses.map((address) => ({ address, rank: rankOf(address, sourceFor(address), libc) }))
  return ranked.toSorted((a, b) => compareRanks(a.rank, b.rank)).map(({ address }) => address)
}

function rankOf(destination: string, source: string | undefined, libc: Libc): Rank {
  const to = mapped(destination)
  const { precedence, label } = policyOf(to, libc)
  const scope = scopeOf(to)
  if (source === undefined) return [0, 0, 0, precedence, -scope, 0]
  const from = mapped(source)
  const matchingScope = Number(scope === scopeOf(from))
  const matchingLabel = Number(label === policyOf(from, libc).label)
  // glibc looks at the common prefix of IPv4 addresses in its own way; they stay as they are.
  const common = libc === 'musl' || destination.includes(':') ? commonBits(from, to) : 0
  return [1, matchingScope, matchingLabel, precedence, -scope, common]
}

function compareRanks(a: Rank, b: Rank): number {
  for (const [index, value] of a.entries()) {
    const difference = (b[index] ?? 0) - value
    if (difference !== 0) return difference
  }
  return 0
}

/** As IPv6: IPv4 addresses are those of ::ffff:0:0/96. */
function mapped(address: string): ipaddr.IPv6 {
  const parsed = ipaddr.parse(address)
  return parsed instanceof ipaddr.IPv6 ? parsed : parsed.toIPv4MappedAddress()
}

function policyOf(address: ipaddr.IPv6, libc: Libc): Policy {
  const found = POLICIES[libc].find(({ range }) => address.match(ipaddr.IPv6.parseCIDR(range)))
  return found ?? { range: '::/0', precedence: 40, label: 1 }
}

/** 2 on the link, 5 on the site, 14 everywhere. */
function scopeOf(address: ipaddr.IPv6): number {
  if (address.isIPv4MappedAddress()) {
    const range = address.toIPv4Address().range()
    return range === 'loopback' || range === 'linkLocal' ? 2 : 14
  }
  const [first = 0] = address.parts
  if (address.range() === 'loopback' || (first & 0xffc0) === 0xfe80) return 2
  return (first & 0xffc0) === 0xfec0 ? 5 : 14
}

function commonBits(a: ipaddr.IPv6, b: ipaddr.IPv6): number {
  for (const [index, part] of a.parts.entries()) {
    const difference = part ^ (b.parts[index] ?? 0)
    if (difference !== 0) return index * 16 + Math.clz32(difference) - 16
  }
  return 128
}
