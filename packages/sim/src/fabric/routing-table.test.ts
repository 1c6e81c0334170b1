import { expect, test } from 'vitest'
import { addressInPrefix, addressValue, canonicalAddress, parsePrefix } from './address.ts'
import { formatRoute, RoutingTable } from './routing-table.ts'

function table(): RoutingTable {
  const shared = new RoutingTable()
  shared.add({ destination: '10.244.0.0/24', via: '172.18.0.2', device: 'eth0' })
  shared.add({ destination: '10.244.1.0/24', via: '172.18.0.3', device: 'eth0' })
  shared.add({ destination: 'fd00:1::/64', via: 'fc00::3', device: 'eth0' })
  const own = new RoutingTable(shared)
  own.add({ destination: '10.244.0.0/24', device: 'cni0', source: '10.244.0.1' })
  own.add({ destination: '172.18.0.0/16', device: 'eth0', source: '172.18.0.2' })
  own.add({ destination: 'default', via: '172.18.0.1', device: 'eth0' })
  own.add({ destination: '10.244.1.128/25', via: '172.18.0.4', device: 'eth0' })
  return own
}

test.each([
  ['own pods before the shared route', '10.244.0.9', '10.244.0.0/24 dev cni0 src 10.244.0.1'],
  ['another node’s pods', '10.244.1.9', '10.244.1.0/24 via 172.18.0.3 dev eth0'],
  ['the longer prefix', '10.244.1.200', '10.244.1.128/25 via 172.18.0.4 dev eth0'],
  ['the node network', '172.18.7.7', '172.18.0.0/16 dev eth0 src 172.18.0.2'],
  ['the rest', '8.8.8.8', 'default via 172.18.0.1 dev eth0'],
  ['IPv6', 'fd00:1::7', 'fd00:1::/64 via fc00::3 dev eth0'],
  ['IPv6 without a default', '2001:db8::1', undefined],
])('%s', (_name, address, expected) => {
  const route = table().lookup(address)
  expect(route && formatRoute(route)).toBe(expected)
})

test('what is looked up follows changes, of the shared table too', () => {
  const shared = new RoutingTable()
  const own = new RoutingTable(shared)
  expect(own.lookup('10.244.5.5')).toBeUndefined()
  shared.add({ destination: '10.244.5.0/24', via: '172.18.0.9', device: 'eth0' })
  expect(own.lookup('10.244.5.5')?.via).toBe('172.18.0.9')
  // Of lengths there was no route of before, in either table.
  shared.add({ destination: '10.244.5.4/30', via: '172.18.0.8', device: 'eth0' })
  expect(own.lookup('10.244.5.5')?.via).toBe('172.18.0.8')
  own.add({ destination: '10.244.5.5', via: '172.18.0.7', device: 'eth0' })
  expect(own.lookup('10.244.5.5')?.via).toBe('172.18.0.7')
  for (const gone of ['10.244.5.0/24', '10.244.5.4/30']) shared.remove(gone)
  own.remove('10.244.5.5')
  expect(own.lookup('10.244.5.5')).toBeUndefined()
})

test.each([
  ['0.0.0.0', 0n],
  ['10.244.1.7', 0x0a_f4_01_07n],
  ['255.255.255.255', 0xffff_ffffn],
  ['::1', 1n],
  ['fd00::a:1', (0xfd00n << 112n) | 0xa_0001n],
])('the value of %s', (address, value) => {
  expect(addressValue(address)).toBe(value)
})

test('routes are listed as ip route lists them, one a destination', () => {
  expect(
    table()
      .routes()
      .map((route) => route.destination),
  ).toEqual(['default', '10.244.0.0/24', '10.244.1.0/24', '10.244.1.128/25', '172.18.0.0/16', 'fd00:1::/64'])
})

test.each([
  ['10.244.0.2', '10.244.0.2'],
  ['FD00:0:0::1', 'fd00::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
])('canonical %s', (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected)
})

test.each(['010.0.0.1', '10.0.0.256', '10.0.0', 'kubia', '', '10', '1.2.3.4.5', ':'])('%j is no address', (text) => {
  expect(() => canonicalAddress(text)).toThrow('Failed to use an address')
})

test('addresses of a prefix', () => {
  expect(addressInPrefix(parsePrefix('10.244.1.7/24'), 1)).toBe('10.244.1.1')
  expect(addressInPrefix(parsePrefix('fd00::/64'), 255)).toBe('fd00::ff')
  expect(() => parsePrefix('10.0.0.0/33')).toThrow('Failed to read a prefix')
})
