// What fields that hold IP addresses and CIDRs may hold, and the server's texts about them. Fields from before the rules
// became strict go on accepting what an object already had, and other spellings of a good address, with a warning.
// Source: apimachinery util/validation/ip.go, kubernetes core/validation (ValidateEndpointIP).

import { type Cidr, formatCidr, formatIp, hasHostBits, type IpAddress, parseCidr, parseIp } from './addresses.ts'
import type { FieldError } from './field-error.ts'
import { invalid, quote } from './field-errors.ts'

export const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
export const CIDR_TEXT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

const NONE: readonly FieldError[] = []

/** A field from before: any spelling, but nothing that other software reads differently. `old` is let be. */
export function checkIp(text: string, field: string, old: readonly string[] = []): readonly FieldError[] {
  const address = parseIp(text)
  const problem = address === undefined ? IP_TEXT : ambiguity(address)
  return problem === undefined || old.includes(text) ? NONE : [invalid(field, text, problem)]
}

/** Why other software might read another address; undefined when it would not. */
export function ambiguity({ sloppy, mapped }: IpAddress): string | undefined {
  if (sloppy) return 'must not have leading 0s'
  return mapped ? 'must not be an IPv4-mapped IPv6 address' : undefined
}

/** New fields: canonical too. */
export function checkCanonicalIp(text: string, field: string): readonly FieldError[] {
  return canonicalIpProblems(text).map((problem) => invalid(field, text, problem))
}

/** The same for names that are addresses. */
export function canonicalIpProblems(text: string): readonly string[] {
  const address = parseIp(text)
  const problem = address === undefined ? IP_TEXT : ambiguity(address)
  if (problem !== undefined || address === undefined) return [problem ?? IP_TEXT]
  const canonical = formatIp(address)
  return canonical === text ? [] : [`must be in canonical form (${quote(canonical)})`]
}

/** Like `checkIp`, for networks. */
export function checkCidr(text: string, field: string, old: readonly string[] = []): readonly FieldError[] {
  if (old.includes(text)) return NONE
  const cidr = parseCidr(text)
  const problem = cidr === undefined ? CIDR_TEXT : cidrAmbiguity(text, cidr)
  return problem === undefined ? NONE : [invalid(field, text, problem)]
}

function cidrAmbiguity(text: string, cidr: Cidr): string | undefined {
  if (cidr.address.sloppy || /\/0\d/.test(text)) return 'must not have leading 0s in IP or prefix length'
  if (cidr.address.mapped) return 'must not have an IPv4-mapped IPv6 address'
  return hasHostBits(cidr) ? 'must not have bits set beyond the prefix length' : undefined
}

export function checkCanonicalCidr(text: string, field: string): readonly FieldError[] {
  const errors = checkCidr(text, field)
  if (errors.length > 0) return errors
  const cidr = parseCidr(text)
  const canonical = cidr === undefined ? text : formatCidr(cidr)
  return canonical === text ? NONE : [invalid(field, text, `must be in canonical form (${quote(canonical)})`)]
}

/** Addresses nothing outside the machine could answer on. */
export function checkEndpointIp(text: string, field: string): readonly FieldError[] {
  const address = parseIp(text)
  if (address === undefined) return [invalid(field, text, 'must be a valid IP address')]
  const problem = unreachable(address, text)
  return problem === undefined ? NONE : [invalid(field, text, problem)]
}

/** Why nobody else could reach it; undefined when they could. */
export function unreachable({ family, bytes }: IpAddress, text: string): string | undefined {
  const [a = 0, b = 0, c = 0] = bytes
  const zeroUntil = (end: number): boolean => bytes.slice(0, end).every((byte) => byte === 0)
  const last = bytes[bytes.length - 1]
  if (a === 0 && zeroUntil(bytes.length)) return `may not be unspecified (${text})`
  if (family === 'IPv4' ? a === 127 : last === 1 && zeroUntil(15)) {
    return 'may not be in the loopback range (127.0.0.0/8, ::1/128)'
  }
  if (family === 'IPv4' ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80) {
    return 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'
  }
  if (family === 'IPv4' ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2) {
    return 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'
  }
  return undefined
}

type Warn = (text: string) => void

/** Nothing is said of what is no address at all: that is refused, or was never an address. */
export function warnAboutIp(text: string, field: string, warn: Warn): void {
  const address = parseIp(text)
  if (address === undefined) return
  const canonical = formatIp(address)
  if (address.sloppy || address.mapped) {
    warn(`${field}: non-standard IP address ${quote(text)} is invalid: use ${quote(canonical)}`)
  } else if (address.family === 'IPv6' && canonical !== text) {
    warn(`${field}: IPv6 address ${quote(text)} should be in RFC 5952 canonical format (${quote(canonical)})`)
  }
}

export function warnAboutCidr(text: string, field: string, warn: Warn): void {
  const cidr = parseCidr(text)
  if (cidr === undefined) return
  const { address } = cidr
  const canonical = formatCidr(cidr)
  const ambiguous = hasHostBits(cidr)
  if (ambiguous) {
    const single = `${formatIp(address)}/${address.bytes.length * 8}`
    const choice = `should be ${quote(canonical)} or ${quote(single)}?`
    warn(`${field}: CIDR value ${quote(text)} is ambiguous in this context (${choice})`)
  }
  const nonStandard = address.sloppy || address.mapped || /\/0\d/.test(text)
  if (nonStandard) warn(`${field}: non-standard CIDR value ${quote(text)} is invalid: use ${quote(canonical)}`)
  if (!ambiguous && !nonStandard && address.family === 'IPv6' && canonical !== text) {
    warn(`${field}: IPv6 CIDR value ${quote(text)} should be in RFC 5952 canonical format (${quote(canonical)})`)
  }
}
