import { nodes, type Pod, pods, type PodSpec } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { type NodeShape, testCluster, type TestCluster } from '../testing/cluster.suite.ts'

interface Case {
  readonly name: string
  readonly nodes: Readonly<Record<string, NodeShape>>
  readonly pods: readonly (readonly [name: string, spec: Partial<PodSpec>, labels?: Readonly<Record<string, string>>])[]
  /** Where each pod ended, or the text of its PodScheduled condition. */
  readonly outcome: Readonly<Record<string, string>>
}

const small = { cpu: '4', memory: '8Gi', pods: '110' }
const requests = (cpu: string, memory?: string): Partial<PodSpec> => ({
  containers: [
    {
      name: 'main',
      image: 'example.test/app:1',
      resources: { requests: { cpu, ...(memory === undefined ? {} : { memory }) } },
    },
  ],
})
const onNode = (name: string): Partial<PodSpec> => ({ nodeSelector: { 'kubernetes.io/hostname': name } })
const hostPort = (protocol: string): Partial<PodSpec> => ({
  containers: [{ name: 'main', image: 'a', ports: [{ containerPort: 80, hostPort: 8080, protocol }] }],
})
const near = (labels: Readonly<Record<string, string>>, topologyKey: string): Partial<PodSpec> => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: labels }, topologyKey }],
    },
  },
})
const apart: Partial<PodSpec> = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: 'solo' } }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  },
}
const evenly: Partial<PodSpec> = {
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 't' } },
    },
  ],
}

const hopeless = (count: number): string =>
  `no new claims to deallocate, preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`
const noVictims = (count: number): string =>
  `no new claims to deallocate, preemption: 0/${count} nodes are available: ${count} No preemption victims found for incoming pod.`

const CASES: readonly Case[] = [
  {
    name: 'names of nodes that exclude each other',
    nodes: { s1: small, s2: small },
    pods: [
      [
        'torn',
        {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  {
                    matchFields: ['s1', 's2'].map((name) => ({ key: 'metadata.name', operator: 'In', values: [name] })),
                  },
                ],
              },
            },
          },
        },
      ],
    ],
    outcome: { torn: '0/2 nodes are available: pod affinity terms conflict. not found' },
  },
  { name: 'no nodes', nodes: {}, pods: [['waits', {}]], outcome: { waits: 'no nodes available to schedule pods' } },
  {
    name: 'node selector',
    nodes: { s1: { ...small, labels: { disk: 'ssd' } }, s2: small, s3: small },
    pods: [
      ['fits', { nodeSelector: { disk: 'ssd' } }],
      ['stuck', { nodeSelector: { disk: 'tape' } }],
    ],
    outcome: {
      fits: 's1',
      stuck: `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. ${hopeless(3)}`,
    },
  },
  {
    name: 'resources',
    nodes: { s1: { cpu: '2', memory: '2Gi', pods: '110' }, s2: { cpu: '4', memory: '1Gi', pods: '110' } },
    pods: [
      ['a', requests('3')],
      ['b', requests('2', '1Gi')],
      ['c', requests('1500m')],
      ['d', requests('100m', '4Gi')],
      ['e', requests('8', '8Gi')],
    ],
    outcome: {
      a: 's2',
      b: 's1',
      c: `0/2 nodes are available: 2 Insufficient cpu. ${noVictims(2)}`,
      d: `0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient memory. ${hopeless(2)}`,
      e: `0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory. ${hopeless(2)}`,
    },
  },
  {
    name: 'different reasons on four nodes',
    nodes: {
      s1: { cpu: '1', memory: '8Gi', pods: '110' },
      s2: { ...small, taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] },
      s3: { ...small, unschedulable: true },
      s4: { cpu: '1', memory: '1Gi', pods: '110' },
    },
    pods: [['big', requests('2', '2Gi')]],
    outcome: {
      big: `0/4 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 Insufficient cpu. ${hopeless(4)}`,
    },
  },
  {
    name: 'host ports: the other protocol is free',
    nodes: { s1: small, s2: small },
    pods: [
      ['p1', { ...hostPort('TCP'), ...onNode('s1') }],
      ['p2', { ...hostPort('TCP'), ...onNode('s2') }],
      ['p3', hostPort('TCP')],
      ['udp', { ...hostPort('UDP'), ...onNode('s2') }],
    ],
    outcome: {
      p1: 's1',
      p2: 's2',
      p3: `0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports. ${noVictims(2)}`,
      udp: 's2',
    },
  },
  {
    name: 'taints and tolerations',
    nodes: {
      s1: { ...small, taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] },
      s2: { ...small, taints: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }] },
      s3: { ...small, taints: [{ key: 'other', value: '1', effect: 'NoSchedule' }] },
    },
    pods: [
      ['tolerates', { tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' }] }],
      ['exists', { tolerations: [{ key: 'other', operator: 'Exists' }] }],
      ['none', {}],
    ],
    outcome: {
      tolerates: 's2',
      exists: 's3',
      none: `0/3 nodes are available: 3 node(s) had untolerated taint(s). ${hopeless(3)}`,
    },
  },
  {
    name: 'cordoned nodes',
    nodes: { s1: { ...small, unschedulable: true }, s2: { ...small, unschedulable: true } },
    pods: [
      ['waits', {}],
      [
        'brave',
        {
          ...onNode('s2'),
          tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }],
        },
      ],
    ],
    outcome: { waits: `0/2 nodes are available: 2 node(s) were unschedulable. ${hopeless(2)}`, brave: 's2' },
  },
  {
    name: 'pod affinity',
    nodes: { s1: { ...small, zone: 'za' }, s2: { ...small, zone: 'zb' } },
    pods: [
      ['anchor', onNode('s2'), { role: 'anchor' }],
      ['near', near({ role: 'anchor' }, 'topology.kubernetes.io/zone')],
      ['lonely', near({ role: 'nobody' }, 'topology.kubernetes.io/zone')],
      ['self', { ...near({ role: 'self' }, 'kubernetes.io/hostname'), ...onNode('s1') }, { role: 'self' }],
    ],
    outcome: {
      anchor: 's2',
      near: 's2',
      lonely: `0/2 nodes are available: 2 node(s) didn't match pod affinity rules. ${hopeless(2)}`,
      self: 's1',
    },
  },
  {
    name: 'pod anti-affinity, own and existing',
    nodes: { s1: small, s2: small },
    pods: [
      ['solo-1', { ...apart, ...onNode('s1') }, { app: 'solo' }],
      ['solo-2', { ...apart, ...onNode('s2') }, { app: 'solo' }],
      ['solo-3', apart, { app: 'solo' }],
      ['plain', {}, { app: 'solo' }],
    ],
    outcome: {
      'solo-1': 's1',
      'solo-2': 's2',
      'solo-3': `0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. ${noVictims(2)}`,
      plain: `0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules. ${noVictims(2)}`,
    },
  },
  {
    name: 'topology spread with a full node',
    nodes: { s1: { ...small, pods: '1' }, s2: small },
    pods: [
      ['t-1', { ...evenly, ...onNode('s1') }, { app: 't' }],
      ['t-2', evenly, { app: 't' }],
      ['t-3', evenly, { app: 't' }],
      ['t-4', evenly, { app: 't' }],
    ],
    outcome: {
      't-1': 's1',
      't-2': 's2',
      't-3': 's2',
      't-4': `0/2 nodes are available: 1 Too many pods, 1 node(s) didn't match pod topology spread constraints. ${noVictims(2)}`,
    },
  },
  {
    name: 'a claim that does not exist',
    nodes: { s1: small, s2: small },
    pods: [['v', { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'nope' } }] }]],
    outcome: { v: '0/2 nodes are available: persistentvolumeclaim "nope" not found. not found' },
  },
  {
    name: 'gates and other schedulers are left alone',
    nodes: { s1: small },
    pods: [
      ['direct', { nodeName: 's1' }],
      ['gated', { schedulingGates: [{ name: 'example.test/wait' }] }],
      ['other', { schedulerName: 'nobody' }],
    ],
    outcome: { direct: 's1', gated: 'Scheduling is blocked due to non-empty scheduling gates', other: '' },
  },
]

const ref = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name })

function addPod(
  cluster: TestCluster,
  name: string,
  spec: Partial<PodSpec>,
  labels?: Readonly<Record<string, string>>,
): void {
  const metadata = { ...ref(name), ...(labels === undefined ? {} : { labels }) }
  cluster.client.create(pods, {
    metadata,
    spec: { containers: [{ name: 'main', image: 'example.test/app:1' }], ...spec },
  })
}

function outcomeOf(pod: Pod): string {
  const node = pod.spec.nodeName ?? ''
  return node === '' ? (pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '') : node
}

async function clusterOf(shapes: Readonly<Record<string, NodeShape>>): Promise<TestCluster> {
  const cluster = await testCluster({ nodes: 0 })
  for (const [name, shape] of Object.entries(shapes)) cluster.addNode(name, shape)
  await cluster.settle()
  return cluster
}

describe('placement and texts', () => {
  test.each(CASES)('$name', async ({ nodes: shapes, pods: wanted, outcome }) => {
    const cluster = await clusterOf(shapes)
    for (const [name, spec, labels] of wanted) {
      addPod(cluster, name, spec, labels)
      await cluster.settle()
    }
    const found = cluster.client.list(pods).items.map((pod) => [pod.metadata.name, outcomeOf(pod)])
    expect(Object.fromEntries(found)).toEqual(outcome)
    const events = cluster.eventsOf('Pod')
    for (const [name, text] of Object.entries(outcome)) {
      if (text.startsWith('0/') || text.startsWith('no nodes')) expect(events).toContain(`FailedScheduling ${text}`)
      else if (/^s\d$/.test(text) && name !== 'direct') {
        expect(events).toContain(`Scheduled Successfully assigned default/${name} to ${text}`)
      }
    }
  })
})

test('a removed taint wakes a waiting pod at once, whatever its back-off', async () => {
  const cluster = await clusterOf({ s1: { ...small, taints: [{ key: 'a', effect: 'NoSchedule' }] } })
  addPod(cluster, 'p', {})
  await cluster.settle()
  cluster.client.modify(nodes, { name: 's1' }, (draft) => void delete draft.spec.taints)
  await cluster.driver.advance(200_000)
  expect(cluster.client.get(pods, ref('p')).spec.nodeName).toBe('s1')
})

test('room that a deleted pod leaves is given to the one that waits', async () => {
  const cluster = await clusterOf({ s1: { cpu: '1', memory: '8Gi', pods: '110' } })
  addPod(cluster, 'first', requests('1'))
  await cluster.settle()
  addPod(cluster, 'second', requests('1'))
  await cluster.settle()
  cluster.client.delete(pods, ref('first'), { gracePeriodSeconds: 0 })
  await cluster.settle()
  expect(cluster.client.get(pods, ref('second')).spec.nodeName).toBe('s1')
})

test('the same seed places the same pods on the same nodes', async () => {
  const run = async (): Promise<readonly string[]> => {
    const cluster = await testCluster({ nodes: 5, seed: 7 })
    for (let i = 0; i < 20; i++) addPod(cluster, `p-${i}`, {})
    await cluster.settle()
    return [...cluster.client.list(pods).items.map(outcomeOf), cluster.engine.bus.hash()]
  }
  expect(await run()).toEqual(await run())
})
