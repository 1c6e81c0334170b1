import type { EndpointSubset } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { truncateSubsets } from './capacity.ts'
import { repackSubsets } from './subsets.ts'

const http = { name: 'http', port: 80, protocol: 'TCP' }
const admin = { name: 'admin', port: 81, protocol: 'TCP' }

const ROWS: readonly { name: string; given: readonly EndpointSubset[]; packed: readonly EndpointSubset[] }[] = [
  {
    name: 'ports of the same addresses share a subset',
    given: [
      { addresses: [{ ip: '1.1.1.2' }, { ip: '1.1.1.1' }], ports: [http] },
      { addresses: [{ ip: '1.1.1.1' }, { ip: '1.1.1.2' }], ports: [admin] },
    ],
    packed: [{ addresses: [{ ip: '1.1.1.1' }, { ip: '1.1.1.2' }], ports: [http, admin] }],
  },
  {
    name: 'different addresses stay apart',
    given: [
      { addresses: [{ ip: '1.1.1.1' }], ports: [http] },
      { addresses: [{ ip: '1.1.1.2' }], ports: [admin] },
    ],
    packed: [
      { addresses: [{ ip: '1.1.1.1' }], ports: [http] },
      { addresses: [{ ip: '1.1.1.2' }], ports: [admin] },
    ],
  },
  {
    name: 'not ready beats ready for the same address and port',
    given: [
      { addresses: [{ ip: '1.1.1.1' }], ports: [http] },
      { notReadyAddresses: [{ ip: '1.1.1.1' }], ports: [http] },
    ],
    packed: [{ notReadyAddresses: [{ ip: '1.1.1.1' }], ports: [http] }],
  },
  {
    name: 'an address shows as it came first, with whichever ports',
    given: [
      { addresses: [{ ip: '1.1.1.1', hostname: 'h', nodeName: 'n' }, { ip: '1.1.1.2' }], ports: [http] },
      { notReadyAddresses: [{ ip: '1.1.1.1', hostname: 'other' }], ports: [admin] },
    ],
    packed: [
      { addresses: [{ ip: '1.1.1.1', hostname: 'h', nodeName: 'n' }, { ip: '1.1.1.2' }], ports: [http] },
      { notReadyAddresses: [{ ip: '1.1.1.1', hostname: 'h', nodeName: 'n' }], ports: [admin] },
    ],
  },
  {
    name: 'addresses are ordered as texts',
    given: [{ addresses: [{ ip: '10.0.0.9' }, { ip: '10.0.0.10' }], ports: [http] }],
    packed: [{ addresses: [{ ip: '10.0.0.10' }, { ip: '10.0.0.9' }], ports: [http] }],
  },
  {
    name: 'no ports at all',
    given: [{ addresses: [{ ip: '1.1.1.1' }] }],
    packed: [{ addresses: [{ ip: '1.1.1.1' }] }],
  },
  { name: 'nothing', given: [], packed: [] },
]

test.each(ROWS)('repacking: $name', ({ given, packed }) => {
  expect(repackSubsets(given)).toEqual(packed)
})

test('more than 1000 addresses are cut, ready ones last', () => {
  const list = (count: number, start: number) => Array.from({ length: count }, (_, i) => ({ ip: `10.0.${start}.${i}` }))
  const { subsets, truncated } = truncateSubsets([
    { addresses: list(600, 1), notReadyAddresses: list(600, 2), ports: [http] },
    { addresses: list(300, 3), ports: [admin] },
  ])
  expect(truncated).toBe(true)
  expect(subsets.map((subset) => [subset.addresses?.length ?? 0, subset.notReadyAddresses?.length ?? 0])).toEqual([
    [600, 100],
    [300, 0],
  ])
})
