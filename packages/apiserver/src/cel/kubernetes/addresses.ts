// Addresses and ranges in rules: `ip("10.0.0.1").family()`, `cidr("10.0.0.0/8").containsIP("10.0.0.1")`. Source: apiserver
// pkg/cel/library/ip.go and cidr.go, Go's net/netip. Departure: of malformed IPv6 addresses Go tells more.

import { BlockList } from 'node:net'
import { formatIp, networkAddress, parseIp, type IpAddress } from '../../validation/addresses.ts'
import { quote } from '../../validation/field-errors.ts'
import type { FunctionTable, Run } from '../functions/function-table.ts'
import { CelError, NO_OVERLOAD, type LibraryValue, type Value } from '../run/values.ts'
import { readType } from '../types/type.ts'

const IP = 'net.IP'
const CIDR = 'net.CIDR'

class IpValue implements LibraryValue {
  readonly celType = readType(IP)
  readonly text: string

  constructor(address: IpAddress) {
    this.text = formatIp(address)
  }

  equals(other: LibraryValue): boolean {
    return other instanceof IpValue && other.text === this.text
  }
}

/** The size costs go by is that of an address in bytes. */
class CidrValue implements LibraryValue {
  readonly celType = readType(CIDR)
  readonly address: IpAddress
  readonly prefix: number
  readonly addresses = new BlockList()

  constructor(address: IpAddress, prefix: number) {
    this.address = address
    this.prefix = prefix
    this.addresses.addSubnet(formatIp(networkAddress({ address, prefix })), prefix, familyOf(address))
  }

  get text(): string {
    return `${formatIp(this.address)}/${this.prefix}`
  }

  equals(other: LibraryValue): boolean {
    return other instanceof CidrValue && other.text === this.text
  }
}

/** How costs count an address: its bytes. undefined for other values. */
export function addressBytes(value: Value): number | undefined {
  if (value instanceof IpValue) return value.text.includes(':') ? 16 : 4
  return value instanceof CidrValue ? value.address.bytes.length : undefined
}

function familyOf({ family }: IpAddress): 'ipv4' | 'ipv6' {
  return family === 'IPv4' ? 'ipv4' : 'ipv6'
}

function readIp(text: string): IpValue | CelError {
  const zoneless = text.replace(/%.*$/s, '')
  const address = parseIp(zoneless)
  if (address === undefined || address.sloppy) {
    const problem = `ParseAddr(${quote(text)}): ${addressProblem(text)}`
    return new CelError(`IP Address ${quote(text)} parse error during conversion from string: ${problem}`)
  }
  if (zoneless !== text) return new CelError(`IP address ${quote(text)} with zone value is not allowed`)
  return address.mapped ? new CelError(`IPv4-mapped IPv6 address ${quote(text)} is not allowed`) : new IpValue(address)
}

/** What Go finds first. */
function addressProblem(text: string): string {
  const mark = /[.:%]/.exec(text)?.[0]
  if (mark !== '.') return 'unable to parse IP'
  let fields = 0
  for (let at = 0; at < text.length;) {
    const digits = /^\d*/.exec(text.slice(at))?.[0] ?? ''
    const next = text.charAt(at + digits.length)
    if (digits.length > 1 && digits.startsWith('0')) return 'IPv4 field has octet with leading zero'
    if (Number(digits) > 255) return 'IPv4 field has value >255'
    if (next !== '' && next !== '.') return `unexpected character (at ${quote(text.slice(at + digits.length))})`
    if (digits === '') return `IPv4 field must have at least one digit (at ${quote(text.slice(at))})`
    if (++fields > 4 || (fields === 4 && next === '.')) return 'IPv4 address too long'
    at += digits.length + 1
    if (next === '.' && at === text.length) return `IPv4 field must have at least one digit (at ${quote('.')})`
  }
  return 'IPv4 address too short'
}

function readCidr(text: string): CidrValue | CelError {
  const slash = text.lastIndexOf('/')
  const broken = (problem: string): CelError => {
    const what = 'network address parse error during conversion from string'
    return new CelError(`${what}: ${what}: netip.ParsePrefix(${quote(text)}): ${problem}`)
  }
  if (slash === -1) return broken("no '/'")
  const [address, bits] = [parseIp(text.slice(0, slash)), text.slice(slash + 1)]
  if (address === undefined || address.sloppy) {
    return broken(`ParseAddr(${quote(text.slice(0, slash))}): ${addressProblem(text.slice(0, slash))}`)
  }
  if (!/^(?:0|[1-9]\d*)$/.test(bits)) return broken(`bad bits after slash: ${quote(bits)}`)
  if (Number(bits) > (address.family === 'IPv4' && !address.mapped ? 32 : 128))
    return broken('prefix length out of range')
  if (address.mapped) {
    return new CelError(
      `network address parse error during conversion from string: IPv4-mapped IPv6 address ${quote(text)} is not allowed`,
    )
  }
  return new CidrValue(address, Number(bits))
}

function contains(range: CidrValue, { text }: IpValue): boolean {
  return range.addresses.check(text, text.includes(':') ? 'ipv6' : 'ipv4')
}

function containsRange(range: CidrValue, inner: CidrValue): boolean {
  const network = formatIp(networkAddress(inner))
  return inner.prefix >= range.prefix && range.addresses.check(network, familyOf(inner.address))
}

function inRanges(...ranges: readonly string[]): (ip: IpValue) => boolean {
  const lists = ranges.map(readCidr)
  return (ip) => lists.some((list) => list instanceof CidrValue && contains(list, ip))
}

const isUnspecified = inRanges('0.0.0.0/32', '::/128')
const isLoopback = inRanges('127.0.0.0/8', '::1/128')
const isLinkLocalMulticast = inRanges('224.0.0.0/24', 'ff02::/16', 'ff12::/16', 'ff22::/16', 'ff32::/16')
const isLinkLocalUnicast = inRanges('169.254.0.0/16', 'fe80::/10')
const isMulticastOrBroadcast = inRanges('224.0.0.0/4', 'ff00::/8', '255.255.255.255/32')

function isGlobalUnicast(ip: IpValue): boolean {
  return !isUnspecified(ip) && !isLoopback(ip) && !isLinkLocalUnicast(ip) && !isMulticastOrBroadcast(ip)
}

function ofText(run: (text: string) => Value): Run {
  return (text) => (typeof text === 'string' ? run(text) : NO_OVERLOAD)
}

function ofIp(run: (ip: IpValue) => Value): Run {
  return (ip) => (ip instanceof IpValue ? run(ip) : NO_OVERLOAD)
}

function ofCidr(run: (range: CidrValue, other: Value) => Value): Run {
  return (range, other = null) => (range instanceof CidrValue ? run(range, other) : NO_OVERLOAD)
}

export function addAddresses(table: FunctionTable): void {
  table
    .free('string_to_ip', 'ip', ['string'], IP, ofText(readIp))
    .free(
      'is_ip',
      'isIP',
      ['string'],
      'bool',
      ofText((text) => readIp(text) instanceof IpValue),
    )
    .free(
      'ip_to_string',
      'string',
      [IP],
      'string',
      ofIp(({ text }) => text),
    )
    .free(
      'ip_is_canonical',
      'ip.isCanonical',
      ['string'],
      'bool',
      ofText((text) => {
        const ip = readIp(text)
        return ip instanceof CelError ? ip : ip.text === text
      }),
    )
    .member(
      'ip_family',
      'family',
      [IP],
      'int',
      ofIp(({ text }) => (text.includes(':') ? 6n : 4n)),
    )
  for (const [id, name, holds] of [
    ['ip_is_unspecified', 'isUnspecified', isUnspecified],
    ['ip_is_loopback', 'isLoopback', isLoopback],
    ['ip_is_link_local_multicast', 'isLinkLocalMulticast', isLinkLocalMulticast],
    ['ip_is_link_local_unicast', 'isLinkLocalUnicast', isLinkLocalUnicast],
    ['ip_is_global_unicast', 'isGlobalUnicast', isGlobalUnicast],
  ] as const) {
    table.member(id, name, [IP], 'bool', ofIp(holds))
  }
  addRanges(table)
}

function addRanges(table: FunctionTable): void {
  const containsIp = ofCidr((range, other) => {
    const ip = typeof other === 'string' ? readIp(other) : other
    return ip instanceof IpValue ? contains(range, ip) : NO_OVERLOAD
  })
  const containsCidr = ofCidr((range, other) => {
    const inner = typeof other === 'string' ? readCidr(other) : other
    return inner instanceof CidrValue ? containsRange(range, inner) : NO_OVERLOAD
  })
  table
    .member('cidr_contains_ip_string', 'containsIP', [CIDR, 'string'], 'bool', containsIp)
    .member('cidr_contains_ip_ip', 'containsIP', [CIDR, IP], 'bool', containsIp)
    .member('cidr_contains_cidr_string', 'containsCIDR', [CIDR, 'string'], 'bool', containsCidr)
    .member('cidr_contains_cidr', 'containsCIDR', [CIDR, CIDR], 'bool', containsCidr)
  addRangeParts(table)
}

function addRangeParts(table: FunctionTable): void {
  table
    .free('string_to_cidr', 'cidr', ['string'], CIDR, ofText(readCidr))
    .free(
      'is_cidr',
      'isCIDR',
      ['string'],
      'bool',
      ofText((text) => readCidr(text) instanceof CidrValue),
    )
    .free(
      'cidr_to_string',
      'string',
      [CIDR],
      'string',
      ofCidr(({ text }) => text),
    )
    .member(
      'cidr_ip',
      'ip',
      [CIDR],
      IP,
      ofCidr(({ address }) => new IpValue(address)),
    )
    .member(
      'cidr_prefix_length',
      'prefixLength',
      [CIDR],
      'int',
      ofCidr(({ prefix }) => BigInt(prefix)),
    )
    .member(
      'cidr_masked',
      'masked',
      [CIDR],
      CIDR,
      ofCidr(({ address, prefix }) => new CidrValue(networkAddress({ address, prefix }), prefix)),
    )
}
