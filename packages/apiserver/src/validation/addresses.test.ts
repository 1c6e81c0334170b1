import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatIp, networkAddress, parseCidr, parseIp } from './addresses.ts'

describe('addresses', () => {
  it.each([
    ['10.9.8.7', 'IPv4', '10.9.8.7'],
    ['010.001.0.1', 'IPv4', '10.1.0.1'],
    ['::', 'IPv6', '::'],
    ['2001:DB8:0:0:1:0:0:1', 'IPv6', '2001:db8::1:0:0:1'],
    ['::ffff:1.2.3.4', 'IPv4', '1.2.3.4'],
    ['fe80::1', 'IPv6', 'fe80::1'],
  ])('parses %s', (text, family, canonical) => {
    const address = parseIp(text)
    expect(address?.family).toBe(family)
    expect(address === undefined ? '' : formatIp(address)).toBe(canonical)
  })

  it.each(['', '1.2.3', '1.2.3.256', '1.2.3.4.5', 'nope', '1::2::3', ':::', '2001:db8', '12345::', '1.2.3.4/8'])(
    'refuses %s',
    (text) => expect(parseIp(text)).toBeUndefined(),
  )

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIp(text)
        if (address === undefined) return false
        const again = parseIp(formatIp(address))
        return again !== undefined && again.family === address.family && again.bytes.join() === address.bytes.join()
      }),
      { seed: 7 },
    )
  })

  it('clears host bits', () => {
    const cidr = parseCidr('10.1.2.3/12')
    expect(cidr === undefined ? '' : formatIp(networkAddress(cidr))).toBe('10.0.0.0')
    expect(parseCidr('10.0.0.0/33')).toBeUndefined()
  })
})
