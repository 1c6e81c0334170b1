// Address ranges, with a membership test that costs a few machine instructions for IPv4.

import { invariant } from '@podwire/engine'
import ipaddr from 'ipaddr.js'
import type { IpFamily } from '../dataplane/packet.ts'
import { canonicalAddress, familyOf, formatIpv4, parseIpv4 } from './ip.ts'

export interface Cidr {
  readonly family: IpFamily
  /** Canonical, host bits zero: `10.244.0.0/16`. */
  readonly text: string
  /** The network address alone. */
  readonly address: string
  readonly prefix: number
  /** A single address. */
  readonly host: boolean
  /** IPv4 only: network and mask as signed 32-bit numbers. */
  readonly network: number
  readonly mask: number
  /** IPv6 only: the eight 16-bit groups. */
  readonly groups: readonly number[]
}

/**
 * Blanks around it are forgiven, as loadBalancerSourceRanges may have them; blanks inside are not.
 * @returns undefined when `text` is neither a range nor an address
 */
export function parseCidr(padded: string): Cidr | undefined {
  const text = padded.trim()
  if (/\s/.test(text)) return undefined
  const slash = text.indexOf('/')
  const address = canonicalAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const family = familyOf(address)
  if (slash < 0) return hostCidr(address)
  // Go counts an IPv4 address written as IPv6 (`::ffff:10.0.0.0/104`) in 128 bits, and then takes the range for one of IPv4.
  const mapped = family === 'ipv4' && text.includes(':') ? 96 : 0
  const digits = text.slice(slash + 1)
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) - mapped : -1
  if (length < 0 || length > (family === 'ipv4' ? 32 : 128)) return undefined
  return family === 'ipv4' ? ipv4Cidr(address, length) : ipv6Cidr(address, length)
}

/** A range written in the source. */
export function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text)
  invariant(cidr !== undefined, `${text} is a range`)
  return cidr
}

/** The range that holds `address` alone. `address` is canonical. */
export function hostCidr(address: string): Cidr {
  return familyOf(address) === 'ipv4' ? ipv4Cidr(address, 32) : ipv6Cidr(address, 128)
}

/** @param address canonical, of any family */
export function cidrContains(cidr: Cidr, address: string): boolean {
  if (cidr.host) return cidr.address === address
  if (cidr.family === 'ipv4') {
    const number = parseIpv4(address)
    return number >= 0 && (number & cidr.mask) === cidr.network
  }
  if (familyOf(address) !== 'ipv6') return false
  return sameBits(cidr.groups, ipaddr.IPv6.parse(address).parts, cidr.prefix)
}

/** The same of an address whose word is known: IPv4 ones are not looked at. */
export function cidrHolds(cidr: Cidr, family: IpFamily, address: string, word: number): boolean {
  if (cidr.family !== family) return false
  return family === 'ipv4' ? (word & cidr.mask) === cidr.network : cidrContains(cidr, address)
}

function ipv4Cidr(address: string, prefix: number): Cidr {
  const mask = prefix === 0 ? 0 : -1 << (32 - prefix)
  const network = parseIpv4(address) & mask
  const base = formatIpv4(network)
  return {
    family: 'ipv4',
    text: `${base}/${prefix}`,
    address: base,
    prefix,
    host: prefix === 32,
    network,
    mask,
    groups: [],
  }
}

function ipv6Cidr(address: string, prefix: number): Cidr {
  const groups = ipaddr.IPv6.parse(address).parts.map((group, i) => {
    const kept = Math.min(16, Math.max(0, prefix - 16 * i))
    return group & (0xffff << (16 - kept)) & 0xffff
  })
  const base = new ipaddr.IPv6(groups).toRFC5952String()
  return {
    family: 'ipv6',
    text: `${base}/${prefix}`,
    address: base,
    prefix,
    host: prefix === 128,
    network: 0,
    mask: 0,
    groups,
  }
}

function sameBits(network: readonly number[], address: readonly number[], prefix: number): boolean {
  for (let i = 0, left = prefix; left > 0; i++, left -= 16) {
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff
    if (((address[i] ?? 0) & mask) !== (network[i] ?? 0)) return false
  }
  return true
}
