import { type Endpoint, type EndpointSlice, type Node, nodes, services } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createDeployment, testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { handOut, isOverloaded, zoneShares } from './zone-hints.ts'

const node = (zone: string | undefined, cpu: string, extra: { labels?: object; ready?: string } = {}): Node =>
  ({
    metadata: { labels: { ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }), ...extra.labels } },
    status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: extra.ready ?? 'True' }] },
  }) as unknown as Node

test.each([
  ['by CPU', [node('b', '3'), node('a', '1'), node('b', '4')], { a: 0.125, b: 0.875 }],
  [
    'without nodes that are not ready',
    [node('a', '1'), node('b', '1'), node('b', '9', { ready: 'False' })],
    { a: 0.5, b: 0.5 },
  ],
  [
    'without the control plane',
    [node('a', '1'), node('b', '1'), node(undefined, '9', { labels: { 'node-role.kubernetes.io/control-plane': '' } })],
    { a: 0.5, b: 0.5 },
  ],
  ['one zone only', [node('a', '1'), node('a', '2')], undefined],
  ['a node without zone', [node('a', '1'), node('b', '1'), node(undefined, '1')], undefined],
  ['a node without CPU', [node('a', '1'), node('b', '0')], undefined],
])('shares: %s', (_, all, shares) => {
  const found = zoneShares(all)
  expect(found === undefined ? undefined : Object.fromEntries(found)).toEqual(shares)
})

const thirds = new Map(['a', 'b', 'c'].map((zone) => [zone, 1 / 3]))
const halves = new Map(['a', 'b'].map((zone) => [zone, 1 / 2]))
/** `aab!` are endpoints in zones a, a and b, the one before the mark not ready; `-` is one without zone. */
const endpoints = (zones: string): Endpoint[] => {
  const list: Endpoint[] = []
  for (const zone of zones) {
    const last = list.at(-1)
    if (zone === '!' && last !== undefined) list.splice(-1, 1, { ...last, conditions: { ready: false } })
    else
      list.push({
        addresses: [`10.0.0.${list.length}`],
        conditions: { ready: true },
        ...(zone === '-' ? {} : { zone }),
      })
  }
  return list
}
const hints = (list: readonly Endpoint[] | undefined): string =>
  (list ?? []).map(({ hints: given }) => given?.forZones?.[0]?.name ?? '.').join('')

test.each([
  ['evenly spread: each its own zone', 'aabbcc', thirds, 'aabbcc'],
  ['the fullest zone gives to the neediest', 'aaaabb', thirds, 'ccaabb'],
  ['half an endpoint too few is no reason', 'aaaabbb', halves, 'aaaabbb'],
  ['all in one zone', 'aaaa', halves, 'bbaa'],
  ['unready ones get none', 'aaa!bb', halves, 'aa.bb'],
  ['fewer endpoints than zones', 'ab', thirds, 'Insufficient number of endpoints (2 endpoints, 3 zones)'],
  [
    'shares that endpoints cannot follow',
    'abbb',
    new Map([
      ['a', 0.05],
      ['b', 0.35],
      ['c', 0.6],
    ]),
    'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (4 endpoints, 3 zones)',
  ],
  ['an endpoint without zone', 'aab-', halves, 'One or more endpoints do not have a zone specified'],
  [
    'zones unknown',
    'ab',
    undefined,
    'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes',
  ],
])('%s', (_, zones, shares, wanted) => {
  const { written, outcome } = handOut([endpoints(zones)], [], shares)
  expect(typeof outcome === 'string' ? outcome : hints(written[0])).toBe(wanted)
  if (typeof outcome === 'string') expect(hints(written[0])).toBe('.'.repeat(written[0]?.length ?? 0))
})

test('a slice whose hints still fit stays; one that has too many of a zone is handed out anew', () => {
  const kept = { endpoints: handOut([endpoints('aabb')], [], halves).written[0] } as EndpointSlice
  expect(handOut([endpoints('ab')], [kept], halves)).toMatchObject({
    disturbed: [],
    outcome: new Map([
      ['a', 3],
      ['b', 3],
    ]),
  })
  const crowded = handOut(
    [endpoints('bbbb')],
    [{ endpoints: handOut([endpoints('aaaa')], [], halves).written[0] } as EndpointSlice],
    halves,
  )
  expect(crowded.disturbed).toEqual([])
  const lopsided = {
    endpoints: endpoints('aaaa').map((one) => ({ ...one, hints: { forZones: [{ name: 'a' }] } })),
  } as unknown as EndpointSlice
  const again = handOut([], [lopsided], halves)
  expect(hints(again.disturbed[0]?.endpoints)).toBe('bbaa')
  expect(hints(handOut([], [lopsided], undefined).disturbed[0]?.endpoints)).toBe('....')
})

test.each([
  [{ a: 3, b: 3 }, halves, false],
  [{ a: 5, b: 1 }, halves, true],
  [{ a: 3 }, halves, true],
  [{}, halves, false],
  [{ a: 3, b: 3 }, undefined, true],
])('overloaded: %j', (counts, shares, wanted) => {
  expect(isOverloaded(new Map(Object.entries(counts)), shares)).toBe(wanted)
})

async function autoService(): Promise<TestCluster> {
  const cluster = await testCluster()
  cluster.client.create(services, {
    metadata: { namespace: 'default', name: 'web', annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  })
  await cluster.settle()
  createDeployment(cluster.client, 'web', 6)
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  return cluster
}

const zoneHints = (cluster: TestCluster): string =>
  cluster
    .slicesOf('web')
    .flatMap((slice) => slice.endpoints ?? [])
    .map((endpoint) => endpoint.hints?.forZones?.[0]?.name.slice(-1) ?? '.')
    .sort()
    .join('')

test('topology-mode Auto gives hints, and takes them back when the nodes do not allow it or nobody asks', async () => {
  const cluster = await autoService()
  expect(zoneHints(cluster)).toBe('112233')
  expect(cluster.eventsOf('Service').at(-1)).toBe(
    'TopologyAwareHintsEnabled Topology Aware Hints has been enabled, addressType: IPv4',
  )
  const before = cluster.slicesOf('web')
  const relabel = (labels: Readonly<Record<string, string>>): unknown =>
    cluster.client.modify(nodes, { name: 'node-1' }, (draft) => {
      draft.metadata.labels = labels
    })
  const labels = cluster.client.get(nodes, { name: 'node-1' }).metadata.labels ?? {}
  relabel({ ...labels, other: 'label' })
  await cluster.settle()
  expect(cluster.slicesOf('web')).toEqual(before)
  relabel({ 'kubernetes.io/hostname': 'node-1' })
  await cluster.settle()
  expect(zoneHints(cluster)).toBe('......')
  expect(cluster.eventsOf('Service').at(-1)).toBe(
    'TopologyAwareHintsDisabled Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
  )
  relabel(labels)
  cluster.client.modify(
    services,
    { namespace: 'default', name: 'web' },
    (draft) => void (draft.metadata.labels = { look: 'again' }),
  )
  await cluster.settle()
  expect(zoneHints(cluster)).toBe('112233')
  cluster.client.modify(
    services,
    { namespace: 'default', name: 'web' },
    (draft) => void delete draft.metadata.annotations,
  )
  await cluster.settle()
  expect(zoneHints(cluster)).toBe('......')
  expect(cluster.eventsOf('Service').at(-1)).toBe(
    'TopologyAwareHintsDisabled Topology Aware Hints has been disabled, addressType: IPv4',
  )
})
