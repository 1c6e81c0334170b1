// IP addresses and CIDRs, parsed as Go's older parsers read them, which take more than is good; what fields may hold is in
// address-checks.ts. Source: k8s.io/utils/net (ParseIPSloppy, ParseCIDRSloppy). Addresses are compared as bytes.

export interface IpAddress {
  readonly family: 'IPv4' | 'IPv6'
  /** 4 or 16. */
  readonly bytes: readonly number[]
  /** An IPv4 part had leading zeros: understood, and refused. */
  readonly sloppy: boolean
  /** An IPv4 address written as an IPv6 one (`::ffff:10.0.0.1`): understood, and refused. */
  readonly mapped: boolean
}

export interface Cidr {
  readonly address: IpAddress
  readonly prefix: number
}

/** Parses as netutils.ParseIPSloppy: leading zeros in IPv4 parts are decimal; ::ffff:a.b.c.d is IPv4. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): IpAddress | undefined {
  const bytes: number[] = []
  let value = 0
  let digits = 0
  let sloppy = false
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? DOT : text.charCodeAt(i)
    if (code === DOT) {
      if (digits === 0) return undefined
      bytes.push(value)
      value = 0
      digits = 0
    } else if (code >= ZERO && code <= NINE) {
      if (digits > 0 && value === 0) sloppy = true
      value = value * 10 + code - ZERO
      digits++
      if (value > 255) return undefined
    } else return undefined
  }
  return bytes.length === 4 ? { family: 'IPv4', bytes, sloppy, mapped: false } : undefined
}

const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

function parseIpv6(text: string): IpAddress | undefined {
  let head = text
  let embedded: IpAddress | undefined
  const lastColon = text.lastIndexOf(':')
  if (text.includes('.')) {
    embedded = parseIpv4(text.slice(lastColon + 1))
    if (embedded === undefined) return undefined
    head = `${text.slice(0, lastColon + 1)}0:0`
  }
  const halves = head.split('::')
  if (halves.length > 2) return undefined
  const left = groups(halves[0] ?? '')
  const right = halves.length === 2 ? groups(halves[1] ?? '') : []
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const words = [...left, ...Array.from({ length: missing }, () => 0), ...right]
  const bytes = words.flatMap((word) => [word >> 8, word & 0xff])
  if (embedded !== undefined) bytes.splice(12, 4, ...embedded.bytes)
  const sloppy = embedded?.sloppy ?? false
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff) {
    return { family: 'IPv4', bytes: bytes.slice(12), sloppy, mapped: true }
  }
  return { family: 'IPv6', bytes, sloppy, mapped: false }
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  return parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part)) ? parts.map((part) => parseInt(part, 16)) : undefined
}

/** Canonical text: RFC 5952 for IPv6. */
export function formatIp(address: IpAddress): string {
  if (address.family === 'IPv4') return address.bytes.join('.')
  const words: number[] = []
  for (let i = 0; i < 16; i += 2) words.push(((address.bytes[i] ?? 0) << 8) | (address.bytes[i + 1] ?? 0))
  const { start, length } = longestZeroRun(words)
  const text = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':')
  return length < 2 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let i = 0; i < words.length; i++) {
    let end = i
    while (end < words.length && words[end] === 0) end++
    if (end - i > best.length) best = { start: i, length: end - i }
  }
  return best
}

const MAPPED_BITS = 96

export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(\d+)$/.exec(text)
  const address = match?.[1] === undefined ? undefined : parseIp(match[1])
  if (address === undefined) return undefined
  const prefix = Number(match?.[2]) - (address.mapped ? MAPPED_BITS : 0)
  return prefix > address.bytes.length * 8 ? undefined : { address, prefix: Math.max(0, prefix) }
}

/** The network's own address: all host bits cleared. */
export function networkAddress(cidr: Cidr): IpAddress {
  const bytes = cidr.address.bytes.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, cidr.prefix - index * 8))
    return byte & (0xff << (8 - bits)) & 0xff
  })
  return { family: cidr.address.family, bytes, sloppy: false, mapped: false }
}

/** Bits set beyond the prefix: an address on a network rather than the network. */
export function hasHostBits(cidr: Cidr): boolean {
  return networkAddress(cidr).bytes.some((byte, index) => byte !== cidr.address.bytes[index])
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp(networkAddress(cidr))}/${cidr.prefix}`
}
