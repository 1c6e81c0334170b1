// Fields from before addresses were checked strictly: any spelling but leading zeros and IPv4 inside IPv6, unless the object
// already had it. Source: apimachinery util/validation/ip.go (IsValidIPForLegacyField, GetWarningsForIP).

import { formatIp, parseIp } from '../../../validation/addresses.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, quote } from '../../../validation/field-errors.ts'

const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const LEADING_ZERO = /(^|[.:])0\d+\./

/** @param known what the field held before */
export function checkLegacyIp(text: string, path: string, known: readonly string[] = []): readonly FieldError[] {
  const problem = ipProblem(text)
  return problem === undefined || known.includes(text) ? [] : [invalid(path, text, problem)]
}

function ipProblem(text: string): string | undefined {
  const address = parseIp(text)
  if (address === undefined) return IP_TEXT
  if (LEADING_ZERO.test(`${text}.`)) return 'must not have leading 0s'
  return text.includes(':') && address.family === 'IPv4' ? 'must not be an IPv4-mapped IPv6 address' : undefined
}

/** About an address that is accepted. */
export function warnAboutIp(text: string, path: string, warn: (text: string) => void): void {
  const address = parseIp(text)
  if (address === undefined) return
  const canonical = formatIp(address)
  if (ipProblem(text) !== undefined) {
    warn(`${path}: non-standard IP address ${quote(text)} is invalid: use ${quote(canonical)}`)
  } else if (address.family === 'IPv6' && canonical !== text) {
    warn(`${path}: IPv6 address ${quote(text)} should be in RFC 5952 canonical format (${quote(canonical)})`)
  }
}
