// Invariants of objects by themselves and against who allocates and runs them; and a fault is no violation: what a component that is cut
// off should have done is looked at when it is back.

import { pods, services } from '@podwire/apiserver'
import { afterAll, describe, expect, test } from 'vitest'
import { createCluster, type Cluster } from '@podwire/sim'
import { webManifests } from '../faults/fault-world.suite.ts'
import { named, pod, pretending, service, slice, stored, texts } from './broken-world.suite.ts'
import { InvariantWatch } from './invariant-watch.ts'

const cluster = await createCluster({ nodes: 2, ingress: false, invariants: true })
await cluster.apply(webManifests())
await cluster.settle()
afterAll(() => cluster.stop())

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1' },
  spec: { podCIDRs: ['10.244.0.0/24'] },
  status: { allocatable: { cpu: '1', memory: '1Gi', pods: '2' } },
}
const asking = (cpu: string): object => ({
  nodeName: 'node-1',
  containers: [{ name: 'main', image: 'nginx', resources: { requests: { cpu } } }],
})
const set = (status: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'nginx' }] } },
  },
  status,
})
const endpoints = (...addresses: readonly string[]): object => ({
  ...slice('10.244.0.9', true),
  endpoints: addresses.map((address) => ({ addresses: [address] })),
})

/** Kubelets that run nothing. */
const kubelets = new Map([['node-1', { pods: () => [] }]])

describe('what does not hold is said', () => {
  test.each<readonly [invariant: string, objects: readonly object[], expected: readonly string[]]>([
    [
      'addresses-are-in-range',
      [node, pod('a', '10.244.1.9', { nodeName: 'node-1' })],
      ['//pods/default/a has 10.244.1.9, and node-1 has 10.244.0.0/24'],
    ],
    ['addresses-are-in-range', [node, pod('a', '172.18.0.2', { nodeName: 'node-1', hostNetwork: true })], []],
    ['addresses-are-in-range', [node, pod('a', '10.244.0.9', { nodeName: 'node-1' }), service], []],
    [
      'nodes-are-not-overcommitted',
      [node, ...['a', 'b', 'c'].map((name) => pod(name, '10.244.0.9', asking('400m')))],
      ['the pods of node-1 ask for 3 of pods, and it has 2', 'the pods of node-1 ask for 1200 of cpu, and it has 1000'],
    ],
    ['nodes-are-not-overcommitted', [node, pod('a', '10.244.0.9', asking('1'))], []],
    ['slices-are-sound', [endpoints('10.244.0.9', '10.244.0.8')], []],
    [
      'slices-are-sound',
      [endpoints('10.244.0.9', '10.244.0.9')],
      ['Service default/web: two endpoints of its slices are 10.244.0.9'],
    ],
    [
      'slices-are-sound',
      [endpoints(...Array.from({ length: 101 }, (_, index) => `10.244.1.${index}`))],
      ['/discovery.k8s.io/endpointslices/default/web-1 has 101 endpoints, more than 100'],
    ],
    [
      'replicas-are-counted',
      [set({ replicas: 2, readyReplicas: 1, observedGeneration: 1 })],
      ['ReplicaSet default/web: its status counts 2 pods, 1 ready, and there are 0 pods, 0 ready'],
    ],
    ['replicas-are-counted', [set({ replicas: 0 })], ['ReplicaSet default/web: generation 1 was not seen, only 0']],
    ['replicas-are-counted', [set({ replicas: 0, observedGeneration: 1 })], []],
  ])('%s: %j', async (invariant, objects, expected) => {
    await using broken = await stored(objects)
    expect(texts(pretending(broken, { kubelets }), invariant)).toEqual(expected)
  })

  test('allocations-match-services', async () => {
    await using other = await createCluster({ bare: { controllers: [] } })
    const watch = new InvariantWatch(other, named('allocations-match-services'))
    await other.apply({ ...service, spec: { ...service.spec, type: 'NodePort', clusterIP: '10.96.0.50' } } as never)
    expect(watch.violations()).toEqual([])
    const { allocators } = other.composition.server
    const [{ nodePort = 0 } = {}] = other.client.get(services, { namespace: 'default', name: 'web' }).spec.ports ?? []
    allocators.nodePorts.release(nodePort)
    other.client.modify(services, { namespace: 'default', name: 'web' }, (draft) => {
      draft.metadata.labels = { a: 'b' }
    })
    const said = (): readonly string[] => watch.violations().map(({ text }) => text)
    expect(said()).toEqual([`port ${nodePort} is not taken, though a Service has it`])
    await other.delete(service as never)
    allocators.clusterIps.take('10.96.0.50')
    expect(said()).toEqual(['10.96.0.50 is taken, and no Service has it'])
  })

  test('containers-have-pods', () => {
    const lost = { pods: () => [{ pod: { metadata: { namespace: 'default', name: 'gone', uid: 'u-1' } } }] }
    expect(texts(pretending(cluster, { kubelets: new Map([['node-1', lost]]) }), 'containers-have-pods')).toEqual([
      'node-1 runs default/gone, which the API server does not have',
    ])
    expect(texts(cluster, 'containers-have-pods')).toEqual([])
  })

  test('deletions-finish', async () => {
    await using broken = await stored([pod('a', '10.244.0.9', { nodeName: 'node-1' })])
    const watch = new InvariantWatch(pretending(broken, { kubelets }), named('deletions-finish'))
    broken.client.delete(pods, { namespace: 'default', name: 'a' }, { gracePeriodSeconds: 3 })
    await broken.advance('7s')
    expect(watch.violations()).toEqual([])
    await broken.advance('3s')
    expect(watch.violations().map(({ text }) => text)).toEqual([
      '//pods/default/a was to be gone at 2026-01-01T00:00:04Z',
    ])
  })
})

/** A pod of web goes while the fault lasts; what the cluster is like is looked at after each step. */
async function loseOne(web: Cluster): Promise<void> {
  web.pods({ app: 'web' })[0]?.delete()
  await web.advance('40s')
  await web.settle()
}

test.each<readonly [name: string, begin: (of: Cluster['faults']) => Disposable]>([
  ['the controllers hear of nothing', (of) => of.watchCut('kube-controller-manager')],
  ['kube-proxy hears of nothing', (of) => of.watchCut('kube-proxy')],
  ['the API server is away from them all', (of) => of.partition('api-server', '*')],
  ['a node is cut off', (of) => of.partition('node-2', '*')],
  ['a node stands still', (of) => of.nodeFreeze('node-2')],
  ['a node is gone', (of) => of.nodeCrash('node-2')],
])('a fault is no violation: %s', async (_name, begin) => {
  await using fork = await cluster.fork().ready()
  {
    using _ = begin(fork.faults)
    await loseOne(fork)
  }
  await fork.advance('1m')
  await fork.settle()
  expect(fork.pods({ app: 'web' }).every(({ ready }) => ready)).toBe(true)
})
