// Addresses and ranges in rules: `ip("10.0.0.1").family()`, `cidr("10.0.0.0/8").containsIP("10.0.0.1")`. Source: apiserver
// pkg/cel/library/ip.go and cidr.go.

import { BlockList } from 'node:net'
import type { Environment } from '@marcbachmann/cel-js'
import {
  formatIp,
  networkAddress,
  parseCidr,
  parseIp,
  type Cidr,
  type IpAddress,
} from '../../../validation/addresses.ts'
import { CelFunctionError } from './evaluation-error.ts'

class IpValue {
  readonly address: IpAddress
  readonly text: string

  constructor(address: IpAddress) {
    this.address = address
    this.text = formatIp(address)
  }
}

class CidrValue {
  readonly cidr: Cidr
  readonly text: string
  readonly addresses = new BlockList()

  constructor(cidr: Cidr, text: string) {
    this.cidr = cidr
    this.text = text
    this.addresses.addSubnet(formatIp(networkAddress(cidr)), prefixLength(text), familyName(text))
  }
}

class IpNamespace {
  readonly name = 'ip'
}

function familyName(text: string): 'ipv4' | 'ipv6' {
  return text.includes(':') ? 'ipv6' : 'ipv4'
}

function prefixLength(text: string): number {
  return Number(text.slice(text.lastIndexOf('/') + 1))
}

function ipOf(text: string): IpValue {
  const address = parseIp(text)
  if (address === undefined)
    throw new CelFunctionError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    )
  return new IpValue(address)
}

function cidrOf(text: string): CidrValue {
  const cidr = parseCidr(text)
  if (cidr === undefined)
    throw new CelFunctionError(
      `CIDR ${JSON.stringify(text)} parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
    )
  return new CidrValue(cidr, text)
}

function containsIp(range: CidrValue, { text }: IpValue): boolean {
  return range.addresses.check(text, familyName(text))
}

function containsCidr(range: CidrValue, inner: CidrValue): boolean {
  const address = formatIp(networkAddress(inner.cidr))
  return prefixLength(inner.text) >= prefixLength(range.text) && range.addresses.check(address, familyName(inner.text))
}

function inRanges(...ranges: readonly string[]): (ip: IpValue) => boolean {
  return (ip) => ranges.some((range) => containsIp(cidrOf(range), ip))
}

const isUnspecified = inRanges('0.0.0.0/32', '::/128')
const isLoopback = inRanges('127.0.0.0/8', '::1/128')
const isLinkLocalMulticast = inRanges('224.0.0.0/24', 'ff02::/16')
const isLinkLocalUnicast = inRanges('169.254.0.0/16', 'fe80::/10')
const isMulticastOrBroadcast = inRanges('224.0.0.0/4', 'ff00::/8', '255.255.255.255/32')

function isGlobalUnicast(ip: IpValue): boolean {
  return !isUnspecified(ip) && !isLoopback(ip) && !isLinkLocalUnicast(ip) && !isMulticastOrBroadcast(ip)
}

export function addAddressFunctions(environment: Environment): void {
  const ip = 'net.IP'
  const cidr = 'net.CIDR'
  environment
    .registerType(ip, IpValue)
    .registerType(cidr, CidrValue)
    .registerOperator(`${ip} == ${ip}`, (a: IpValue, b: IpValue) => a.text === b.text)
    .registerOperator(`${cidr} == ${cidr}`, (a: CidrValue, b: CidrValue) => a.text === b.text)
    .registerFunction(`ip(string): ${ip}`, ipOf)
    .registerFunction('isIP(string): bool', (text: string) => parseIp(text) !== undefined)
    .registerFunction(`string(${ip}): string`, ({ text }: IpValue) => text)
    .registerType('IpNamespace', IpNamespace)
    .registerConstant('ip', 'IpNamespace', new IpNamespace())
    .registerFunction('IpNamespace.isCanonical(string): bool', (_: unknown, text: string) => ipOf(text).text === text)
    .registerFunction(`${ip}.family(): int`, ({ text }: IpValue) => (text.includes(':') ? 6n : 4n))
    .registerFunction(`${ip}.isUnspecified(): bool`, isUnspecified)
    .registerFunction(`${ip}.isLoopback(): bool`, isLoopback)
    .registerFunction(`${ip}.isLinkLocalMulticast(): bool`, isLinkLocalMulticast)
    .registerFunction(`${ip}.isLinkLocalUnicast(): bool`, isLinkLocalUnicast)
    .registerFunction(`${ip}.isGlobalUnicast(): bool`, isGlobalUnicast)
    .registerFunction(`cidr(string): ${cidr}`, cidrOf)
    .registerFunction('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined)
    .registerFunction(`string(${cidr}): string`, ({ text }: CidrValue) => text)
    .registerFunction(`${cidr}.containsIP(${ip}): bool`, containsIp)
    .registerFunction(`${cidr}.containsIP(string): bool`, (range: CidrValue, text: string) =>
      containsIp(range, ipOf(text)),
    )
    .registerFunction(`${cidr}.containsCIDR(${cidr}): bool`, containsCidr)
    .registerFunction(`${cidr}.containsCIDR(string): bool`, (range: CidrValue, text: string) =>
      containsCidr(range, cidrOf(text)),
    )
    .registerFunction(`${cidr}.ip(): ${ip}`, ({ text }: CidrValue) => ipOf(text.slice(0, text.lastIndexOf('/'))))
    .registerFunction(`${cidr}.masked(): ${cidr}`, ({ cidr: range, text }: CidrValue) =>
      cidrOf(`${formatIp(networkAddress(range))}/${prefixLength(text)}`),
    )
    .registerFunction(`${cidr}.prefixLength(): int`, ({ text }: CidrValue) => BigInt(prefixLength(text)))
}
