// Anonymous sets of addresses as nft lists them: sorted, overlapping and neighbouring ones merged, each as an address, a prefix or
// a range. Source: nftables src/segtree.c and intervals.c, as 1.0.6 prints them.

import ipaddr from 'ipaddr.js'
import type { Cidr } from '../addresses/cidr.ts'
import { canonicalAddress, familyOf } from '../addresses/ip.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { Interval } from './rule.ts'

/** @param address canonical */
export function addressNumber(address: string): bigint {
  return ipaddr
    .parse(address)
    .toByteArray()
    .reduce((number, byte) => number * 256n + BigInt(byte), 0n)
}

function addressText(number: bigint, family: IpFamily): string {
  const length = family === 'ipv4' ? 4 : 16
  const bytes = Array.from({ length }, (_, i) => Number((number >> BigInt(8 * (length - 1 - i))) & 255n))
  const text = ipaddr.fromByteArray(bytes).toString()
  return canonicalAddress(text) ?? text
}

export function mergeIntervals(cidrs: readonly Cidr[], family: IpFamily): readonly Interval[] {
  const width = family === 'ipv4' ? 32 : 128
  const spans = cidrs
    .map((cidr) => {
      const low = addressNumber(cidr.address)
      return { low, high: low + (1n << BigInt(width - cidr.prefix)) - 1n }
    })
    .sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : a.high < b.high ? -1 : 1))
  const merged: { low: bigint; high: bigint }[] = []
  for (const span of spans) {
    const last = merged.at(-1)
    if (last !== undefined && span.low <= last.high + 1n) last.high = span.high > last.high ? span.high : last.high
    else merged.push(span)
  }
  return merged.map(({ low, high }) => ({ low, high, text: intervalText(low, high, width, family) }))
}

function intervalText(low: bigint, high: bigint, width: number, family: IpFamily): string {
  const start = addressText(low, family)
  if (low === high) return start
  const size = high - low + 1n
  const bits = size.toString(2).length - 1
  const isPrefix = size === 1n << BigInt(bits) && low % size === 0n
  return isPrefix ? `${start}/${width - bits}` : `${start}-${addressText(high, family)}`
}

/** Undefined when `text` is no address, prefix or range. */
export function parseInterval(text: string): Interval | undefined {
  const [first = '', second] = text.split('-')
  const [address = '', prefix] = first.split('/')
  const start = canonicalAddress(address)
  if (start === undefined) return undefined
  const low = addressNumber(start)
  if (second !== undefined) {
    const end = canonicalAddress(second)
    return end === undefined ? undefined : { text, low, high: addressNumber(end) }
  }
  const width = familyOf(start) === 'ipv4' ? 32 : 128
  const length = prefix === undefined ? width : Number(prefix)
  if (!Number.isInteger(length) || length < 0 || length > width) return undefined
  return { text, low, high: low + (1n << BigInt(width - length)) - 1n }
}
