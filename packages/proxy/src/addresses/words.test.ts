// The words of addresses, and what is asked of them instead of texts: the same answers.

import { expect, test } from 'vitest'
import { AddressFilter } from '../services/address-filter.ts'
import { cidrContains, cidrHolds, cidrOf } from './cidr.ts'
import { familyOf, wordOf } from './ip.ts'

test.each([
  { address: '0.0.0.1', word: 1 },
  { address: '10.96.0.10', word: 0x0a60000a },
  { address: '255.255.255.255', word: -1 },
])('$address is $word', ({ address, word }) => {
  expect(wordOf(address)).toBe(word)
})

test.each(['0.0.0.0/0', '10.96.0.0/12', '10.96.0.10', '128.0.0.0/1', '::/0', 'fd00::/64', 'fd00::a'])(
  'what is in %s by its word is in it by its text',
  (range) => {
    const cidr = cidrOf(range)
    const addresses = ['10.96.0.10', '10.112.0.10', '192.168.0.1', '255.255.255.255', 'fd00::a', 'fd00:0:0:1::a', '::1']
    const held = addresses.filter((address) => cidrHolds(cidr, familyOf(address), address, wordOf(address)))
    expect(held).toEqual(addresses.filter((address) => cidrContains(cidr, address)))
  },
)

test('a filter of addresses rules none out that it was given, and nearly all others', () => {
  const filter = new AddressFilter()
  const word = (octet: number, i: number): number => wordOf(`10.${octet}.${i >> 8}.${i & 255}`)
  const places = Array.from({ length: 10_000 }, (_, i) => i)
  for (const i of places) filter.add(word(96, i))
  expect(places.every((i) => filter.mayHold(word(96, i)))).toBe(true)
  expect(places.filter((i) => filter.mayHold(word(128, i))).length).toBeLessThan(200)
})
