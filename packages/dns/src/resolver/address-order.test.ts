// Which family getaddrinfo gives first, by C library and by the addresses the pod has.

import { expect, test } from 'vitest'
import { orderAddresses } from './address-order.ts'

const POD = ['10.244.1.5', 'fd00:10:244:1::5']
const GLOBAL = ['10.244.1.5', '2001:db8:1::5']
const IPV4 = ['10.244.1.5']

const sourceFrom =
  (own: readonly string[]) =>
  (destination: string): string | undefined => {
    if (destination === '::1' || destination.startsWith('127.')) return destination
    return own.find((address) => address.includes(':') === destination.includes(':'))
  }

test.each([
  ['a ClusterIP of each family', POD, '10.96.0.9 fd00:10:96::9', 'fd00:10:96::9 10.96.0.9', '10.96.0.9 fd00:10:96::9'],
  ['a pod without IPv6', IPV4, '10.96.0.9 fd00:10:96::9', '10.96.0.9 fd00:10:96::9', '10.96.0.9 fd00:10:96::9'],
  [
    'the same, answered the other way round',
    IPV4,
    'fd00:10:96::9 10.96.0.9',
    '10.96.0.9 fd00:10:96::9',
    '10.96.0.9 fd00:10:96::9',
  ],
  [
    'a global address from a local one',
    POD,
    '203.0.113.7 2001:db8::7',
    '203.0.113.7 2001:db8::7',
    '203.0.113.7 2001:db8::7',
  ],
  [
    'a global address from a global one',
    GLOBAL,
    '203.0.113.7 2001:db8::7',
    '2001:db8::7 203.0.113.7',
    '2001:db8::7 203.0.113.7',
  ],
  [
    'a local address from a global one',
    GLOBAL,
    '10.96.0.9 fd00:10:96::9',
    '10.96.0.9 fd00:10:96::9',
    '10.96.0.9 fd00:10:96::9',
  ],
  ['localhost', POD, '127.0.0.1 ::1', '::1 127.0.0.1', '::1 127.0.0.1'],
  [
    'endpoints, the pod of this node last',
    POD,
    'fd00:10:244:2::3 fd00:10:244::3 fd00:10:244:1::3',
    'fd00:10:244:1::3 fd00:10:244::3 fd00:10:244:2::3',
    'fd00:10:244:1::3 fd00:10:244::3 fd00:10:244:2::3',
  ],
  ['IPv4 alone', POD, '10.96.0.9 10.244.1.5', '10.96.0.9 10.244.1.5', '10.96.0.9 10.244.1.5'],
] as const)('%s', (_, own, addresses, glibc, musl) => {
  const sourceFor = sourceFrom(own)
  expect(orderAddresses(addresses.split(' '), 'glibc', sourceFor).join(' ')).toBe(glibc)
  expect(orderAddresses(addresses.split(' '), 'musl', sourceFor).join(' ')).toBe(musl)
})
