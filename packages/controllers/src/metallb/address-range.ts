// The addresses of a MetalLB pool: each entry is a prefix or `first-last`, and a range is the aligned prefixes that make it up,
// rising. Allocation walks them in that order, lowest address first.
// Source: metallb internal/config (ParseCIDR), internal/ipfamily.

import ipaddr from 'ipaddr.js'
import { ConfigurationError } from './configuration-error.ts'

export type AddressFamily = 4 | 6

export interface AddressBlock {
  readonly family: AddressFamily
  readonly first: bigint
  /** Prefix length: the block has 2^(width − bits) addresses and starts at a multiple of that. */
  readonly bits: number
}

const WIDTH = { 4: 32, 6: 128 } as const

/** @throws ConfigurationError in MetalLB's words */
export function parseAddressRange(text: string): readonly AddressBlock[] {
  const dash = text.indexOf('-')
  return dash < 0 ? [parsePrefix(text)] : blocksBetween(text, text.slice(0, dash).trim(), text.slice(dash + 1).trim())
}

/** The blocks of a pool's entries, in their order. @throws ConfigurationError that names the pool */
export function blocksOf(pool: string, addresses: readonly string[]): readonly AddressBlock[] {
  if (addresses.length === 0) throw new ConfigurationError('pool has no prefixes defined')
  return addresses.flatMap((address) => {
    try {
      return parseAddressRange(address)
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      const where = `invalid CIDR ${JSON.stringify(address)} in pool ${JSON.stringify(pool)}`
      throw new ConfigurationError(`${where}: ${error.message}`, { cause: error })
    }
  })
}

function parsePrefix(text: string): AddressBlock {
  const slash = text.indexOf('/')
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash))
  const bits = Number(text.slice(slash + 1))
  if (address === undefined || !/^\d{1,3}$/.test(text.slice(slash + 1)) || bits > WIDTH[address.family]) {
    throw new ConfigurationError(`invalid CIDR ${JSON.stringify(text)}`)
  }
  const size = 1n << BigInt(WIDTH[address.family] - bits)
  return { family: address.family, first: address.value - (address.value % size), bits }
}

function blocksBetween(text: string, start: string, end: string): readonly AddressBlock[] {
  const problem = (what: string): ConfigurationError =>
    new ConfigurationError(`invalid IP range ${JSON.stringify(text)}: ${what}`)
  const first = parseAddress(start)
  if (first === undefined) throw problem(`invalid start IP ${JSON.stringify(start)}`)
  const last = parseAddress(end)
  if (last === undefined) throw problem(`invalid end IP ${JSON.stringify(end)}`)
  if (first.family !== last.family || first.value > last.value) {
    throw problem(`start IP ${JSON.stringify(start)} is after the end IP ${JSON.stringify(end)}`)
  }
  const blocks: AddressBlock[] = []
  const width = WIDTH[first.family]
  for (let next = first.value; next <= last.value;) {
    let size = 1n
    let bits = width
    while (bits > 0 && next % (size << 1n) === 0n && next + (size << 1n) - 1n <= last.value) {
      size <<= 1n
      bits--
    }
    blocks.push({ family: first.family, first: next, bits })
    next += size
  }
  return blocks
}

export interface Address {
  readonly family: AddressFamily
  readonly value: bigint
}

/** undefined: no IP address. IPv4 needs four decimal parts, as Go's net.ParseIP does. */
export function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { family: 4, value: valueOf(ipaddr.IPv4.parse(text)) }
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined
  const parsed = ipaddr.IPv6.parse(text)
  if (parsed.isIPv4MappedAddress()) return { family: 4, value: valueOf(parsed.toIPv4Address()) }
  return { family: 6, value: valueOf(parsed) }
}

function valueOf(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** As Go prints it: `10.10.10.200`, `2001:db8::1`. */
export function formatAddress({ family, value }: Address): string {
  const bytes: number[] = []
  for (let shift = WIDTH[family] - 8; shift >= 0; shift -= 8) bytes.push(Number((value >> BigInt(shift)) & 255n))
  const address = ipaddr.fromByteArray(bytes)
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

export function formatBlock({ family, first, bits }: AddressBlock): string {
  return `${formatAddress({ family, value: first })}/${bits}`
}

function lastOf({ family, first, bits }: AddressBlock): bigint {
  return first + (1n << BigInt(WIDTH[family] - bits)) - 1n
}

export function blockContains(block: AddressBlock, { family, value }: Address): boolean {
  return block.family === family && value >= block.first && value <= lastOf(block)
}

export function blocksOverlap(a: AddressBlock, b: AddressBlock): boolean {
  return a.family === b.family && a.first <= lastOf(b) && b.first <= lastOf(a)
}

/** Every address of the block, rising. @param avoidBuggy leaves out those that end in .0 or .255 (IPv4) */
export function* addressesOf(block: AddressBlock, avoidBuggy: boolean): Generator<Address> {
  const { family } = block
  const last = lastOf(block)
  for (let value = block.first; value <= last; value++) {
    const end = value & 255n
    if (avoidBuggy && family === 4 && (end === 0n || end === 255n)) continue
    yield { family, value }
  }
}

/** The prefix of `bits` length that an address lies in: what a BGP advertisement announces. */
export function aggregate({ family, value }: Address, bits: number): string {
  const size = 1n << BigInt(WIDTH[family] - bits)
  return formatBlock({ family, first: value - (value % size), bits })
}
