// Pod ranges for Nodes: which subnet comes next, and what a Node without a free one is told.

import { type Node, nodes } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { CidrSet } from './cidr-set.ts'

interface Row {
  readonly name: string
  readonly range: string
  readonly mask: number
  readonly taken?: readonly string[]
  readonly next: readonly (string | undefined)[]
}

const rows: readonly Row[] = [
  { name: 'in order', range: '10.244.0.0/16', mask: 24, next: ['10.244.0.0/24', '10.244.1.0/24'] },
  { name: 'IPv6', range: 'fd00:10:244::/56', mask: 64, next: ['fd00:10:244::/64', 'fd00:10:244:1::/64'] },
  {
    name: 'what is taken is passed over',
    range: '10.244.0.0/16',
    mask: 24,
    taken: ['10.244.0.0/24', '10.244.2.0/23', '10.9.0.0/24', 'fd00::/64'],
    next: ['10.244.1.0/24', '10.244.4.0/24'],
  },
  { name: 'a wider range takes all', range: '10.244.0.0/22', mask: 24, taken: ['10.0.0.0/8'], next: [undefined] },
  { name: 'until none is left', range: '10.244.6.0/23', mask: 24, next: ['10.244.6.0/24', '10.244.7.0/24', undefined] },
]

test.each(rows)('$name', ({ range, mask, taken = [], next }) => {
  const set = new CidrSet(range, mask)
  for (const cidr of taken) set.occupy(cidr)
  expect(next.map(() => set.allocate())).toEqual(next)
})

test('a subnet that was given back is next when all others had their turn', () => {
  const set = new CidrSet('10.244.0.0/22', 24)
  expect([set.allocate(), set.allocate()]).toEqual(['10.244.0.0/24', '10.244.1.0/24'])
  set.release('10.244.0.0/24')
  expect([set.allocate(), set.allocate(), set.allocate()]).toEqual(['10.244.2.0/24', '10.244.3.0/24', '10.244.0.0/24'])
})

const add = ({ client }: TestCluster, name: string, podCIDRs?: readonly string[]): Node =>
  client.create(nodes, {
    metadata: { name },
    spec: podCIDRs === undefined ? {} : { podCIDR: podCIDRs[0] ?? '', podCIDRs },
  })
const picture = ({ client }: TestCluster): readonly string[] =>
  client.list(nodes).items.map(({ metadata, spec }) => `${metadata.name} ${spec.podCIDR} ${spec.podCIDRs?.join()}`)

test('Nodes without a range get one a family; those that bring theirs keep it', async () => {
  const cluster = await testCluster({ nodes: 0, podRanges: ['10.244.0.0/16', 'fd00:10:244::/56'] })
  add(cluster, 'a', ['10.244.0.0/24', 'fd00:10:244::/64'])
  await cluster.settle()
  add(cluster, 'b')
  await cluster.settle()
  expect(picture(cluster)).toEqual([
    'a 10.244.0.0/24 10.244.0.0/24,fd00:10:244::/64',
    'b 10.244.1.0/24 10.244.1.0/24,fd00:10:244:1::/64',
  ])
})

test('a Node waits for a range to be free', async () => {
  const cluster = await testCluster({ nodes: 0, podRanges: ['10.244.0.0/24'] })
  add(cluster, 'a')
  await cluster.settle()
  add(cluster, 'b')
  await cluster.driver.advance(SECOND)
  expect(picture(cluster)).toEqual(['a 10.244.0.0/24 10.244.0.0/24', 'b undefined undefined'])
  expect(cluster.eventsOf('Node')).toContain('CIDRNotAvailable Node b status is now: CIDRNotAvailable')
  cluster.client.delete(nodes, { name: 'a' })
  await cluster.driver.advance(20 * SECOND)
  expect(picture(cluster)).toEqual(['b 10.244.0.0/24 10.244.0.0/24'])
})

test('without ranges nothing is given', async () => {
  const cluster = await testCluster({ nodes: 0 })
  add(cluster, 'a')
  await cluster.settle()
  expect(picture(cluster)).toEqual(['a undefined undefined'])
})
