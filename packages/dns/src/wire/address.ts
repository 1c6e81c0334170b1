// IP addresses as text, as bytes and as reverse names, with Go's reading of them (net.ParseIP), since CoreDNS decides by it
// what is an address. IPv6 parsing and printing is ipaddr.js (RFC 5952).

import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** 4 or 6 for an address Go would parse, undefined for anything else (a host name). */
export function addressFamily(text: string): 4 | 6 | undefined {
  if (isIpv4(text)) return 4
  // Go's ParseIP knows no zones. Most texts are names: they need no look at Node's large pattern.
  if (!text.includes(':') || text.includes('%') || !isIPv6(text)) return undefined
  return ipaddr.IPv6.parse(text).isIPv4MappedAddress() ? 4 : 6
}

/** Dotted quad, no leading zeros. */
function isIpv4(text: string): boolean {
  let octet = -1
  let dots = 0
  if (text.length > 15) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 46) {
      if (octet < 0) return false
      octet = -1
      dots++
    } else if (code >= 48 && code <= 57) {
      if (octet === 0) return false
      octet = (octet < 0 ? 0 : octet * 10) + code - 48
      if (octet > 255) return false
    } else return false
  }
  return dots === 3 && octet >= 0
}

/** The one spelling of an address (RFC 5952, IPv4-mapped as IPv4); undefined when it is none. */
export function canonicalAddress(text: string): string | undefined {
  if (isIpv4(text)) return text
  if (addressFamily(text) === undefined) return undefined
  const parsed = ipaddr.IPv6.parse(text)
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toRFC5952String()
}

/** The 4 bytes of an address `addressFamily` takes for IPv4. */
export function ipv4Bytes(text: string): readonly number[] {
  return (canonicalAddress(text) ?? '').split('.').map(Number)
}

/** The 16 bytes of an IPv6 address. */
export function ipv6Bytes(text: string): readonly number[] {
  return ipaddr.IPv6.parse(text).toByteArray()
}

const IPV4_REVERSE = '.in-addr.arpa.'
const IPV6_REVERSE = '.ip6.arpa.'

export function isReverseName(name: string): boolean {
  return name.endsWith(IPV4_REVERSE) || name.endsWith(IPV6_REVERSE)
}

/** The address a reverse name (lower case) stands for; undefined when it is not one of a whole address. */
export function addressOfReverseName(name: string): string | undefined {
  if (name.endsWith(IPV4_REVERSE)) {
    const text = name.slice(0, -IPV4_REVERSE.length).split('.').reverse().join('.')
    return isIpv4(text) ? text : undefined
  }
  if (!name.endsWith(IPV6_REVERSE)) return undefined
  const nibbles = name.slice(0, -IPV6_REVERSE.length).split('.').reverse()
  if (nibbles.length !== 32 || nibbles.some((nibble) => !/^[0-9a-f]$/.test(nibble))) return undefined
  return canonicalAddress(nibbles.join('').replace(/(....)(?=.)/g, '$1:'))
}

/** `4.3.2.1.in-addr.arpa.` for 1.2.3.4, nibbles under ip6.arpa for IPv6; undefined when it is no address. */
export function reverseNameOf(address: string): string | undefined {
  const family = addressFamily(address)
  if (family === 4) return `${(canonicalAddress(address) ?? '').split('.').reverse().join('.')}${IPV4_REVERSE}`
  if (family === undefined) return undefined
  const nibbles = ipv6Bytes(address).flatMap((byte) => [(byte >> 4).toString(16), (byte & 15).toString(16)])
  return `${nibbles.reverse().join('.')}${IPV6_REVERSE}`
}
