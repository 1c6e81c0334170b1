// IP addresses and prefixes as the fabric compares them: canonical text outside, a number and a family inside. Addresses
// are compared as text on hot paths, so everything that enters the fabric is made canonical first (RFC 5952 for IPv6).

import ipaddr from 'ipaddr.js'
import { PodwireError } from '@podwire/engine'

export type AddressFamily = 4 | 6

export interface Prefix {
  readonly family: AddressFamily
  readonly bits: number
  /** The network address as a number, host bits cleared. */
  readonly network: bigint
  /** Canonical text: `10.244.1.0/24`. */
  readonly text: string
}

export function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 6 : 4
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  // Asked several times a hop. The third character tells nearly all others apart: 7, or the end of ::1.
  const third = address.charCodeAt(2)
  return (third === 55 && address.startsWith('127.')) || (third === 49 && address === '::1')
}

/** The addresses that stand for "any of mine" in a bind. */
export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

// A client that sends many requests names the same address each time.
let lastPlain = '0.0.0.0'

/** @throws PodwireError when `address` is no IP address */
export function canonicalAddress(address: string): string {
  if (address === lastPlain) return address
  if (plainIPv4Value(address) >= 0) return (lastPlain = address)
  // ipaddr.js would read inet_aton's forms too: `10`, `010.0.0.1`.
  if (!address.includes(':') || !ipaddr.isValid(address)) throw badAddress(address)
  const parsed = ipaddr.process(address)
  return parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString()
}

/** The address as a number, for prefix comparisons. */
export function addressValue(address: string): bigint {
  const plain = plainIPv4Value(address)
  return plain >= 0 ? BigInt(plain) : bytesValue(ipaddr.parse(address).toByteArray())
}

const MOST_KNOWN = 1000
/** Clusters of a process have the same networks, and their first nodes the same pod networks. */
const known = new Map<string, Prefix>()

/** Reads `10.244.0.0/16`. @throws PodwireError when it is no prefix */
export function parsePrefix(text: string): Prefix {
  let prefix = known.get(text)
  if (prefix === undefined) {
    prefix = readPrefix(text)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(text, prefix)
  }
  return prefix
}

function readPrefix(text: string): Prefix {
  const slash = text.lastIndexOf('/')
  const bits = Number(text.slice(slash + 1))
  const address = slash < 0 ? '' : text.slice(0, slash)
  if (!ipaddr.isValid(address)) throw badPrefix(text)
  const canonical = canonicalAddress(address)
  const family = familyOf(canonical)
  const width = family === 4 ? 32 : 128
  if (!Number.isInteger(bits) || bits < 0 || bits > width) throw badPrefix(text)
  const network = maskValue(addressValue(canonical), bits, width)
  return Object.freeze({ family, bits, network, text: `${formatValue(network, family)}/${bits}` })
}

export function prefixContains(prefix: Prefix, address: string): boolean {
  if (familyOf(address) !== prefix.family) return false
  return maskValue(addressValue(address), prefix.bits, prefix.family === 4 ? 32 : 128) === prefix.network
}

export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  if (a.family !== b.family) return false
  const [wide, narrow] = a.bits <= b.bits ? [a, b] : [b, a]
  return maskValue(narrow.network, wide.bits, wide.family === 4 ? 32 : 128) === wide.network
}

/** The `index`th address of a prefix: 1 is the gateway of a pod network. */
export function addressInPrefix(prefix: Prefix, index: number | bigint): string {
  return formatValue(prefix.network + BigInt(index), prefix.family)
}

/** Clears the host bits. */
export function maskValue(value: bigint, bits: number, width: number): bigint {
  const hostBits = BigInt(width - bits)
  return (value >> hostBits) << hostBits
}

function formatValue(value: bigint, family: AddressFamily): string {
  if (family === 4) {
    const number = Number(value)
    return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`
  }
  const bytes: number[] = []
  for (let i = 15; i >= 0; i--) bytes.push(Number((value >> BigInt(8 * i)) & 0xffn))
  const address = ipaddr.fromByteArray(bytes)
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

function bytesValue(bytes: readonly number[]): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

/** Dotted decimal without leading zeros is canonical already, and most calls end here. @returns -1 for everything else */
function plainIPv4Value(address: string): number {
  let whole = 0
  let dots = 0
  let digits = 0
  let value = 0
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code === 46) {
      if (digits === 0 || value > 255) return -1
      whole = whole * 256 + value
      dots++
      digits = 0
      value = 0
    } else if (code >= 48 && code <= 57) {
      if (digits > 0 && value === 0) return -1
      digits++
      value = value * 10 + (code - 48)
    } else {
      return -1
    }
  }
  return dots === 3 && digits > 0 && value <= 255 ? whole * 256 + value : -1
}

function badAddress(address: string): PodwireError {
  return new PodwireError('use an address', `${JSON.stringify(address)} is no IP address`, 'Resolve host names first.')
}

function badPrefix(text: string): PodwireError {
  return new PodwireError('read a prefix', `${JSON.stringify(text)} is none`, 'Write it like 10.244.0.0/24.')
}
