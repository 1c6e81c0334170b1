// Zone names as a Corefile writes them: host names, `host:port`, and networks that stand for their reverse zones.
// Source: CoreDNS plugin/normalize.go and plugin/pkg/cidr; networks off an octet (IPv6: nibble) are split at the next one.

import ipaddr from 'ipaddr.js'
import { addressFamily, fullyQualified, nameFault } from '../wire/index.ts'

/** Lower case and fully qualified; several for a network; none when it is no zone. */
export function zonesOf(text: string): string[] {
  const slash = text.lastIndexOf('/')
  if (slash > 0 && addressFamily(text.slice(0, slash)) !== undefined) return reverseZones(text)
  const zone = fullyQualified(text.toLowerCase())
  return zone === '.' || nameFault(zone) === undefined ? [zone] : []
}

function reverseZones(cidr: string): string[] {
  if (!ipaddr.isValidCIDR(cidr)) return []
  const [address, length] = ipaddr.parseCIDR(cidr)
  const isIpv4 = address.kind() === 'ipv4'
  const step = isIpv4 ? 8 : 4
  const bytes = address.toByteArray()
  const digits = isIpv4 ? bytes : bytes.flatMap((byte) => [byte >> 4, byte & 15])
  const fixed = Math.floor(length / step)
  const suffix = isIpv4 ? 'in-addr.arpa.' : 'ip6.arpa.'
  const zone = (parts: readonly number[]): string =>
    [...parts.map((part) => part.toString(isIpv4 ? 10 : 16)).reverse(), suffix].join('.')
  if (length % step === 0) return [zone(digits.slice(0, fixed))]
  const count = 2 ** (step - (length % step))
  const first = Math.floor((digits[fixed] ?? 0) / count) * count
  return Array.from({ length: count }, (_, i) => zone([...digits.slice(0, fixed), first + i]))
}

export interface ServerKey {
  readonly zones: readonly string[]
  readonly port: number
}

/** A server block's key: `.:53`, `example.org`, `10.0.0.0/8:1053`. Undefined when it is none. */
export function serverKeyOf(key: string): ServerKey | undefined {
  const bare = key.replace(/^dns:\/\//, '')
  const match = /^(.*?)(?::(\d+))?$/.exec(bare)
  const zones = zonesOf(match?.[1] ?? '')
  const port = match?.[2] === undefined ? 53 : Number(match[2])
  return zones.length === 0 || port > 65_535 ? undefined : { zones, port }
}
