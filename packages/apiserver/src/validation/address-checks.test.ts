// What fields of addresses may hold. Texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import {
  checkCanonicalCidr,
  checkCanonicalIp,
  checkCidr,
  checkEndpointIp,
  checkIp,
  warnAboutCidr,
  warnAboutIp,
} from './address-checks.ts'
import type { FieldError } from './field-error.ts'

const details = (errors: readonly FieldError[]): readonly string[] =>
  errors.map(({ body }) => body.replace(/^Invalid value: "[^"]*": /, ''))
const CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

describe('addresses', () => {
  it.each([
    ['10.0.0.1', []],
    ['2001:DB8::1', []],
    ['x', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['010.0.0.1', ['must not have leading 0s']],
    ['::ffff:10.0.0.1', ['must not be an IPv4-mapped IPv6 address']],
    ['::ffff:010.0.0.1', ['must not have leading 0s']],
    ['fe80::1%eth0', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
  ])('%s', (text, expected) => {
    expect(details(checkIp(text, 'ip'))).toEqual(expected)
  })

  it('lets an old value be', () => {
    expect(checkIp('010.0.0.1', 'ip', ['010.0.0.1'])).toEqual([])
    expect(checkCidr('10.0.0.1/8', 'cidr', ['10.0.0.1/8'])).toEqual([])
  })

  it('wants new fields canonical', () => {
    expect(details(checkCanonicalIp('2001:DB8::1', 'ip'))).toEqual(['must be in canonical form ("2001:db8::1")'])
    expect(details(checkCanonicalIp('10.01.0.1', 'ip'))).toEqual(['must not have leading 0s'])
    expect(details(checkCanonicalCidr('2001:DB8::/32', 'cidr'))).toEqual([
      'must be in canonical form ("2001:db8::/32")',
    ])
  })

  it.each([
    ['10.0.0.1', []],
    ['x', ['must be a valid IP address']],
    ['0.0.0.0', ['may not be unspecified (0.0.0.0)']],
    ['0:0::0', ['may not be unspecified (0:0::0)']],
    ['127.0.0.1', ['may not be in the loopback range (127.0.0.0/8, ::1/128)']],
    ['::1', ['may not be in the loopback range (127.0.0.0/8, ::1/128)']],
    ['169.254.0.9', ['may not be in the link-local range (169.254.0.0/16, fe80::/10)']],
    ['fe80::9', ['may not be in the link-local range (169.254.0.0/16, fe80::/10)']],
    ['224.0.0.1', ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)']],
  ])('an endpoint at %s', (text, expected) => {
    expect(details(checkEndpointIp(text, 'ip'))).toEqual(expected)
  })
})

describe('networks', () => {
  it.each([
    ['10.0.0.0/8', []],
    ['x', [CIDR]],
    ['10.0.0.0', [CIDR]],
    ['10.0.0.0/33', [CIDR]],
    ['10.0.0.1/8', ['must not have bits set beyond the prefix length']],
    ['10.0.0.0/08', ['must not have leading 0s in IP or prefix length']],
    ['010.0.0.0/8', ['must not have leading 0s in IP or prefix length']],
    ['::ffff:10.0.0.0/104', ['must not have an IPv4-mapped IPv6 address']],
  ])('%s', (text, expected) => {
    expect(details(checkCidr(text, 'cidr'))).toEqual(expected)
  })
})

describe('warnings', () => {
  const said = (about: (warn: (text: string) => void) => void): readonly string[] => {
    const warnings: string[] = []
    about((text) => warnings.push(text))
    return warnings
  }

  it.each([
    ['10.0.0.1', []],
    ['x', []],
    ['010.0.0.1', ['f: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"']],
    ['2001:DB8::1', ['f: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")']],
  ])('about %s', (text, expected) => {
    expect(said((warn) => warnAboutIp(text, 'f', warn))).toEqual(expected)
  })

  it.each([
    ['10.0.0.0/8', []],
    [
      '10.0.0.1/8',
      ['f: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)'],
    ],
    ['10.0.0.0/08', ['f: non-standard CIDR value "10.0.0.0/08" is invalid: use "10.0.0.0/8"']],
    ['2001:DB8::/32', ['f: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")']],
  ])('about %s', (text, expected) => {
    expect(said((warn) => warnAboutCidr(text, 'f', warn))).toEqual(expected)
  })
})
