// IP addresses and ranges as kube-proxy reads them: leading zeros are forgiven (Go's ParseIPSloppy), the result is canonical text,
// so that equal addresses are equal strings. Source: k8s.io/utils/net; formats by RFC 5952.

import ipaddr from 'ipaddr.js'
import type { IpFamily } from '../dataplane/packet.ts'

export function familyOf(address: string): IpFamily {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

/** Canonical text, or undefined when `text` is no address. */
export function canonicalAddress(text: string): string | undefined {
  const trimmed = text.trim()
  if (!trimmed.includes(':')) {
    const number = parseIpv4(trimmed)
    return number < 0 ? undefined : formatIpv4(number)
  }
  if (trimmed.includes('%') || !ipaddr.IPv6.isValid(trimmed)) return undefined
  const address = ipaddr.IPv6.parse(trimmed)
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String()
}

/** The address as a number, -1 when `text` is no IPv4 address. Leading zeros are decimal. */
export function parseIpv4(text: string): number {
  let address = 0
  let octet = -1
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 46) {
      if (octet < 0 || ++dots > 3) return -1
      address = address * 256 + octet
      octet = -1
    } else if (code >= 48 && code <= 57) {
      octet = (octet < 0 ? 0 : octet * 10) + code - 48
      if (octet > 255) return -1
    } else return -1
  }
  return dots === 3 && octet >= 0 ? address * 256 + octet : -1
}

/**
 * 32 bits that tell an address from others without a look at its text: an IPv4 address is its word, of all other texts it is a hash
 * (FNV-1a), which may be the word of another address too.
 */
export function wordOf(address: string): number {
  const number = parseIpv4(address)
  if (number >= 0) return number | 0
  let hash = 0x811c9dc5
  for (let i = 0; i < address.length; i++) hash = Math.imul(hash ^ address.charCodeAt(i), 0x01000193)
  return hash | 0
}

export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** `10.0.0.1:80`, `[fd00::1]:80`: Go's net.JoinHostPort. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Orders addresses of one family by their bytes. */
export function compareAddresses(a: string, b: string): number {
  const left = ipaddr.parse(a).toByteArray()
  const right = ipaddr.parse(b).toByteArray()
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
