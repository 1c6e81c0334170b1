// Which address a host's device lends to what leaves by it, as MASQUERADE asks.

import { expect, test } from 'vitest'
import { Host } from './host.ts'

test.each([
  { device: 'eth0', family: 'ipv4', address: '172.18.0.2' },
  { device: 'cni0', family: 'ipv4', address: '10.244.0.1' },
  { device: 'cni0', family: 'ipv6', address: undefined },
  // 127.0.0.1 has the scope of the host: the real kernel was seen to take the next device's address.
  { device: 'lo', family: 'ipv4', address: '172.18.0.2' },
  { device: 'lo', family: 'ipv6', address: 'fd00:18::2' },
] as const)('$device lends $address ($family)', ({ device, family, address }) => {
  const host = new Host('node-1', 'node/node-1', true, undefined)
  host.addAddress('eth0', '172.18.0.2')
  host.addAddress('eth0', 'fd00:18::2')
  host.addAddress('cni0', '10.244.0.1')
  expect(host.interfaceAddress(device, family)).toBe(address)
})
