import { nodes } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { podWith } from '../testing/objects.suite.ts'
import { reconciledLabels } from './node-labels.ts'
import { ZoneHealth } from './zone-state.ts'

const node = (name: string, zone: string, status: string, extra: Readonly<Record<string, string>> = {}): never =>
  ({
    metadata: podWith({ name, labels: { 'topology.kubernetes.io/zone': zone, ...extra } }).metadata,
    status: { conditions: [{ type: 'Ready', status }] },
  }) as never

test.each([
  ['healthy', 10, 0, 10],
  ['two of three down: too few to tell', 1, 2, 10],
  ['most of a small zone', 2, 3, undefined],
  ['less than 55 %', 5, 5, 10],
  ['most of a large zone', 22, 30, 100],
  ['all of a zone, while another works', 0, 4, 10],
])('%s: a node every %s s', (_, ready, down, seconds) => {
  const zones = new ZoneHealth()
  zones.set(node('elsewhere', 'b', 'True'))
  for (let i = 0; i < ready; i++) zones.set(node(`ready-${i}`, 'a', 'True'))
  for (let i = 0; i < down; i++) zones.set(node(`down-${i}`, 'a', i % 2 === 0 ? 'False' : 'Unknown'))
  expect(zones.evictionIntervalUs(':a')).toBe(seconds === undefined ? undefined : seconds * SECOND)
  expect(zones.allDisrupted).toBe(false)
})

test('nodes change sides, leave, and may be left out of the count', () => {
  const zones = new ZoneHealth()
  expect(zones.allDisrupted).toBe(false)
  zones.set(node('one', 'a', 'False'))
  zones.set(node('spare', 'a', 'True', { 'node.kubernetes.io/exclude-disruption': '' }))
  expect(zones.allDisrupted).toBe(true)
  zones.set(node('one', 'a', 'True'))
  expect(zones.allDisrupted).toBe(false)
  zones.remove('one')
  expect(zones.allDisrupted).toBe(false)
})

test.each([
  [{ 'kubernetes.io/os': 'linux' }, { 'kubernetes.io/os': 'linux', 'beta.kubernetes.io/os': 'linux' }],
  [
    { 'kubernetes.io/arch': 'arm64', 'beta.kubernetes.io/arch': 'amd64' },
    { 'kubernetes.io/arch': 'arm64', 'beta.kubernetes.io/arch': 'arm64' },
  ],
  [{ 'beta.kubernetes.io/os': 'linux' }, undefined],
  [undefined, undefined],
])('labels %j', (labels, wanted) => expect(reconciledLabels(labels)).toEqual(wanted))

function setReady(cluster: TestCluster, name: string, status: string): void {
  cluster.client.modify(
    nodes,
    { name },
    (draft) => {
      for (const condition of draft.status?.conditions ?? []) if (condition.type === 'Ready') condition.status = status
    },
    { subresource: 'status' },
  )
}

/** The zones of the nodes whose pods have to go: which of a zone comes first is a matter of milliseconds. */
const evicting = (cluster: TestCluster): readonly string[] =>
  cluster.client
    .list(nodes)
    .items.filter(({ spec }) => (spec.taints ?? []).some(({ effect }) => effect === 'NoExecute'))
    .map(({ metadata }) => metadata.name.slice(0, 1))

test('nodes of a zone go one after the other, zones side by side; when the last node is lost, all are spared', async () => {
  const cluster = await testCluster({ nodes: 0 })
  for (const [name, zone] of [
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
    ['b2', 'b'],
  ] as const)
    cluster.addNode(name, { zone })
  await cluster.settle()
  for (const name of ['a1', 'a2', 'b1']) setReady(cluster, name, 'False')
  await cluster.driver.advance(2 * SECOND)
  expect(evicting(cluster)).toEqual(['a', 'b'])
  await cluster.driver.advance(10 * SECOND)
  expect(evicting(cluster)).toEqual(['a', 'a', 'b'])
  setReady(cluster, 'b2', 'False')
  await cluster.driver.advance(SECOND)
  expect(evicting(cluster)).toEqual([])
  setReady(cluster, 'b2', 'True')
  await cluster.driver.advance(25 * SECOND)
  expect(evicting(cluster)).toEqual(['a', 'a', 'b'])
})

test('nodes that come and go are told about', async () => {
  const cluster = await testCluster({ nodes: 1 })
  cluster.client.delete(nodes, { name: 'node-1' })
  await cluster.settle()
  expect(cluster.eventsOf('Node')).toEqual([
    'RegisteredNode Node node-1 event: Registered Node node-1 in Controller',
    'RemovingNode Node node-1 event: Removing Node node-1 from Controller',
  ])
})
