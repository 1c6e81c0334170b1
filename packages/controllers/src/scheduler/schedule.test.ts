import type { Node, Pod, PodSpec, TopologySpreadConstraint } from '@podwire/apiserver'
import { Random } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import { podWith, type PodShape } from '../testing/objects.suite.ts'
import { ClusterState } from './cluster-state.ts'
import { podInfo } from './pod-info.ts'
import { spreadSelector } from './pod-selector.ts'
import { prepare } from './prepared.ts'
import { type Decision, schedule } from './schedule.ts'
import { SCORES } from './scores.ts'

type Labels = Readonly<Record<string, string>>

interface World {
  readonly nodes: Readonly<
    Record<string, Partial<Node['spec']> & { readonly labels?: Labels; readonly images?: object }>
  >
  readonly placed?: readonly (PodShape & { readonly node: string })[]
  readonly namespaces?: Readonly<Record<string, Labels>>
}

function stateOf({ nodes, placed = [], namespaces = {} }: World): ClusterState {
  const state = new ClusterState((name) => namespaces[name] ?? {})
  for (const [name, { labels, images, ...spec }] of Object.entries(nodes)) {
    const { metadata } = podWith({ name, labels: { 'kubernetes.io/hostname': name, ...labels } })
    const allocatable = { cpu: '4', memory: '8Gi', pods: '10' }
    const status = { allocatable, ...(images === undefined ? {} : { images }) } as Node['status']
    state.setNode({ apiVersion: 'v1', kind: 'Node', metadata, spec, status } as Node)
  }
  for (const pod of placed) state.place(podInfo(podWith(pod)), pod.node)
  return state
}

function decide(world: World, pod: Pod): Decision {
  const surroundings = { claim: () => undefined, budgets: () => [], defaultSelector: () => undefined }
  return schedule(podInfo(pod), stateOf(world), new Random(1), 0, surroundings)
}

const outcome = (world: World, shape: Partial<PodShape>, status: Partial<Pod['status']> = {}): string => {
  const pod = podWith({ name: 'new', ...shape })
  const decision = decide(world, { ...pod, status: { ...pod.status, ...status } })
  return decision.kind === 'bind' ? decision.node : decision.message
}

const zone = (name: string): { labels: Labels } => ({ labels: { zone: name } })
const term = (app: string, topologyKey: string, extra: object = {}): object => ({
  labelSelector: { matchLabels: { app } },
  topologyKey,
  ...extra,
})
const near = (...terms: readonly object[]): Partial<PodSpec> =>
  ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } }) as Partial<PodSpec>
const apart = (...terms: readonly object[]): Partial<PodSpec> =>
  ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } }) as Partial<PodSpec>
const spread = (extra: Partial<TopologySpreadConstraint> & { readonly topologyKey: string }): Partial<PodSpec> =>
  ({
    topologySpreadConstraints: [
      { maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } }, ...extra },
    ],
  }) as Partial<PodSpec>
const asks = (cpu: string, memory = '1Gi'): Partial<PodSpec> => ({
  containers: [{ name: 'main', image: 'example.test/app', resources: { requests: { cpu, memory } } }],
})
const hopeless = (count: number): string =>
  `no new claims to deallocate, preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`

describe('affinity', () => {
  test('one pod has to fit all the terms', () => {
    const nodes = { s1: zone('a'), s2: zone('b') }
    const both = near(term('web', 'zone'), { labelSelector: { matchLabels: { tier: 'front' } }, topologyKey: 'zone' })
    const one = { name: 'one', node: 's1', labels: { app: 'web' } }
    const other = { name: 'other', node: 's1', labels: { tier: 'front' } }
    const whole = { name: 'whole', node: 's2', labels: { app: 'web', tier: 'front' } }
    expect(outcome({ nodes, placed: [one, other] }, { spec: both })).toContain(
      "2 node(s) didn't match pod affinity rules",
    )
    expect(outcome({ nodes, placed: [one, other, whole] }, { spec: both })).toBe('s2')
  })

  test('a pod being deleted still counts for affinity, and no longer for spreading', () => {
    const nodes = { s1: zone('a'), s2: zone('b') }
    const placed = [{ name: 'web', node: 's1', labels: { app: 'web' }, deleting: true }]
    expect(outcome({ nodes, placed }, { spec: near(term('web', 'zone')) })).toBe('s1')
    const even = spread({ topologyKey: 'zone' })
    const staying = [{ name: 'other', node: 's2', labels: { app: 'web' } }]
    expect(outcome({ nodes, placed: [...placed, ...staying] }, { labels: { app: 'web' }, spec: even })).toBe('s1')
  })

  test.each([
    ['its own namespace by default', {}, 's1'],
    ['the namespaces it names', { namespaces: ['shop'] }, 's2'],
    ['namespaces by their labels', { namespaceSelector: { matchLabels: { team: 'red' } } }, 's2'],
    ['all namespaces', { namespaces: ['shop'], namespaceSelector: {} }, undefined],
    ['the same release only', { matchLabelKeys: ['release'] }, 's1'],
    ['another release only', { namespaceSelector: {}, mismatchLabelKeys: ['release'] }, 's2'],
  ])('a term looks into %s', (_, extra, node) => {
    const world: World = {
      nodes: { s1: zone('a'), s2: zone('b') },
      placed: [
        { name: 'here', node: 's1', labels: { app: 'web', release: '1' } },
        { name: 'there', node: 's2', namespace: 'shop', labels: { app: 'web', release: '2' } },
      ],
      namespaces: { shop: { team: 'red' } },
    }
    const labels = { release: '1' }
    const found = outcome(world, { labels, spec: near(term('web', 'zone', extra)) })
    if (node === undefined) expect(['s1', 's2']).toContain(found)
    else expect(found).toBe(node)
    // Anti-affinity of a placed pod is the same turned round.
    const shy = outcome(world, { labels, spec: apart(term('web', 'zone', extra)) })
    if (node === undefined) expect(shy).toContain("2 node(s) didn't match pod anti-affinity rules")
    else expect(shy).toBe(node === 's1' ? 's2' : 's1')
  })

  test('labels of a namespace are read anew when they change', () => {
    const namespaces: Record<string, Labels> = { shop: {} }
    const state = stateOf({
      nodes: { s1: zone('a') },
      placed: [{ name: 'there', node: 's1', namespace: 'shop', labels: { app: 'web' } }],
      namespaces,
    })
    const info = podInfo(
      podWith({
        name: 'new',
        spec: near(term('web', 'zone', { namespaceSelector: { matchLabels: { team: 'red' } } })),
      }),
    )
    const companions = (): number => prepare(info, state).affinity.terms[0]?.domains.get('a') ?? 0
    expect(companions()).toBe(0)
    namespaces['shop'] = { team: 'red' }
    state.namespacesChanged()
    expect(companions()).toBe(1)
  })
})

describe('topology spread', () => {
  const web = { labels: { app: 'web' } }
  const on = (name: string, node: string): PodShape & { node: string } => ({ name, node, ...web })

  test.each([
    ['the emptiest zone', { topologyKey: 'zone' }, 'b1'],
    ['minDomains: with too few zones every zone counts as overfull', { topologyKey: 'zone', minDomains: 4 }, 'c1'],
    ['maxSkew lets it go where more are', { topologyKey: 'kubernetes.io/hostname', maxSkew: 5 }, undefined],
    ['tainted nodes are no domain when taints are honoured', { topologyKey: 'zone', nodeTaintsPolicy: 'Honor' }, 'b1'],
  ])('%s', (_, constraint, node) => {
    const world: World = {
      nodes: {
        a1: zone('a'),
        b1: zone('b'),
        c1: { ...zone('c'), taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] },
      },
      placed: [on('w1', 'a1'), on('w2', 'a1'), on('w3', 'b1')],
    }
    const found = outcome(world, { ...web, spec: spread(constraint) })
    if (constraint.topologyKey === 'zone' && !('nodeTaintsPolicy' in constraint)) {
      // The empty zone is out of reach: nothing else may grow.
      expect(found).toMatch(
        /^0\/3 nodes are available: 1 node\(s\) had untolerated taint\(s\), 2 node\(s\) didn't match pod topology/,
      )
    } else if (node === undefined) expect(['a1', 'b1']).toContain(found)
    else expect(found).toBe(node)
  })

  test('a node without one of the keys counts for no constraint', () => {
    const nodes = { s1: { labels: { zone: 'a', rack: '1' } }, s2: { labels: { zone: 'b' } } }
    const constraints = ['zone', 'rack'].flatMap(
      (topologyKey) => spread({ topologyKey }).topologySpreadConstraints ?? [],
    )
    const found = outcome(
      { nodes, placed: [on('w1', 's1')] },
      { ...web, spec: { topologySpreadConstraints: constraints } },
    )
    // Zone b is not seen, so zone a is the emptiest.
    expect(found).toBe('s1')
  })

  test('matchLabelKeys: each release is spread by itself', () => {
    const nodes = { s1: zone('a'), s2: zone('b') }
    const placed = [{ name: 'old', node: 's2', labels: { app: 'web', release: '1' } }]
    const spec = spread({ topologyKey: 'zone', matchLabelKeys: ['release'] })
    const present = { name: 'present', node: 's1', labels: { app: 'web', release: '2' } }
    expect(outcome({ nodes, placed: [...placed, present] }, { labels: { app: 'web', release: '2' }, spec })).toBe('s2')
  })
})

describe('preemption', () => {
  test('what stays in the way without the victims is told', () => {
    const placed = [
      { name: 'low', node: 's1', spec: { ...asks('1'), priority: 1 } },
      { name: 'high', node: 's1', spec: { ...asks('2'), priority: 100 } },
    ]
    expect(
      outcome(
        {
          nodes: { s1: {}, s2: {} },
          placed: [...placed, { name: 'full', node: 's2', spec: { ...asks('4'), priority: 100 } }],
        },
        { spec: { ...asks('3'), priority: 50 } },
      ),
    ).toBe(
      '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod.',
    )
  })

  test('the nominated node is taken when the pod fits there, whatever else is free', () => {
    const nodes = { s1: {}, s2: {}, s3: {} }
    for (const nominatedNodeName of ['s3', 's2', 's1']) {
      expect(outcome({ nodes }, {}, { nominatedNodeName })).toBe(nominatedNodeName)
    }
  })

  test.each([
    ['a pod that goes for another reason', undefined, false],
    ['a pod that was preempted', 'PreemptionByScheduler', true],
  ])('%s on the nominated node', (_, reason, waits) => {
    const low = podWith({ name: 'low', deleting: true, spec: { ...asks('3'), priority: 1 } })
    const conditions = reason === undefined ? [] : [{ type: 'DisruptionTarget', status: 'True', reason }]
    const state = stateOf({ nodes: { s1: {} } })
    state.place(podInfo({ ...low, status: { ...low.status, conditions } }), 's1')
    const pod = podWith({ name: 'high', spec: { ...asks('3'), priority: 50 } })
    const surroundings = { claim: () => undefined, budgets: () => [], defaultSelector: () => undefined }
    const decision = schedule(
      podInfo({ ...pod, status: { ...pod.status, nominatedNodeName: 's1' } }),
      state,
      new Random(1),
      0,
      surroundings,
    )
    const text = 'preemption: not eligible due to a terminating pod on the nominated node.'
    expect(decision.kind === 'unschedulable' && decision.message.endsWith(text)).toBe(waits)
  })
})

test.each([
  ['Gt', '5', 's1'],
  ['Lt', '5', 's2'],
  ['Gt', 'five', undefined],
])('node affinity %s %s compares whole numbers', (operator, value, node) => {
  const nodes = { s1: { labels: { cores: '8' } }, s2: { labels: { cores: '4' } }, s3: { labels: { cores: 'many' } } }
  const matchExpressions = [{ key: 'cores', operator, values: [value] }]
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } }
  expect(outcome({ nodes }, { spec: { affinity: { nodeAffinity: required } } })).toBe(
    node ?? `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. ${hopeless(3)}`,
  )
})

describe('scores', () => {
  const rates = (plugin: string, world: World, shape: Partial<PodShape>): readonly number[] => {
    const state = stateOf(world)
    const info = podInfo(podWith({ name: 'new', ...shape }))
    const prepared = prepare(info, state, () => spreadSelector('default', { matchLabels: { app: 'web' } }))
    const score = SCORES.find((one) => one.plugin === plugin)
    return score?.rate(info, state.nodes(), prepared) ?? state.nodes().map(() => 0)
  }
  const preferred = (kind: 'podAffinity' | 'podAntiAffinity', weight: number): Partial<PodSpec> => ({
    affinity: {
      [kind]: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term('web', 'zone') }],
      },
    },
  })
  const zones = { s1: zone('a'), s2: zone('b'), s3: zone('b') }
  const placedWeb = (node: string, spec: Partial<PodSpec> = {}): PodShape & { node: string } => ({
    name: `web-${node}`,
    node,
    labels: { app: 'web' },
    spec,
  })
  const megabytes = (names: readonly string[], size: number): object => [{ names, sizeBytes: size * 2 ** 20 }]

  test.each<[string, string, World, Partial<PodShape>, readonly number[]]>([
    // 75 is no change; 4 of 4 cores against 1 of 8 Gi is as uneven as it gets here.
    ['NodeResourcesBalancedAllocation', 'even', { nodes: { s1: {} } }, { spec: asks('2', '4Gi') }, [75]],
    ['NodeResourcesBalancedAllocation', 'uneven', { nodes: { s1: {} } }, { spec: asks('4', '1Gi') }, [53]],
    [
      'NodeResourcesBalancedAllocation',
      'evens out',
      { nodes: { s1: {} }, placed: [{ name: 'p', node: 's1', spec: asks('2', '0') }] },
      { spec: asks('1m', '4Gi') },
      [87],
    ],
    ['NodeResourcesBalancedAllocation', 'asks for nothing', { nodes: { s1: {} } }, {}, [0]],
    [
      'NodeResourcesFit',
      'least used',
      { nodes: { s1: {}, s2: {} }, placed: [{ name: 'p', node: 's1', spec: asks('2', '4Gi') }] },
      { spec: asks('1', '2Gi') },
      [25, 75],
    ],
    [
      'ImageLocality',
      'large and rare',
      { nodes: { s1: { images: megabytes(['example.test/app:latest'], 1000) }, s2: {} } },
      { spec: asks('1') },
      [48, 0],
    ],
    [
      'ImageLocality',
      'small',
      { nodes: { s1: { images: megabytes(['example.test/app:latest'], 20) } } },
      { spec: asks('1') },
      [0],
    ],
    [
      'InterPodAffinity',
      'wanted by itself',
      { nodes: zones, placed: [placedWeb('s2')] },
      { spec: preferred('podAffinity', 5) },
      [0, 100, 100],
    ],
    [
      'InterPodAffinity',
      'unwanted by itself',
      { nodes: zones, placed: [placedWeb('s2')] },
      { spec: preferred('podAntiAffinity', 5) },
      [100, 0, 0],
    ],
    [
      'InterPodAffinity',
      'wanted by a placed pod',
      { nodes: zones, placed: [placedWeb('s1', preferred('podAffinity', 5))] },
      { labels: { app: 'web' } },
      [100, 0, 0],
    ],
    [
      'InterPodAffinity',
      'unwanted by a placed pod',
      { nodes: zones, placed: [placedWeb('s1', preferred('podAntiAffinity', 5))] },
      { labels: { app: 'web' } },
      [0, 100, 100],
    ],
    [
      'InterPodAffinity',
      'required by a placed pod',
      { nodes: zones, placed: [placedWeb('s1', near(term('web', 'zone')))] },
      { labels: { app: 'web' } },
      [100, 0, 0],
    ],
    // Default spread: zones weigh less than hosts, and a pod on the own host counts in both.
    [
      'PodTopologySpread',
      'by default',
      { nodes: { a: {}, b: {} }, placed: [placedWeb('a')] },
      { labels: { app: 'web' } },
      [66, 100],
    ],
    [
      'PodTopologySpread',
      'a node without the key is not rated',
      { nodes: { s1: zone('a'), s2: {} } },
      { spec: spread({ topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }) },
      [100, 0],
    ],
  ])('%s: %s', (plugin, _, world, shape, wanted) => expect(rates(plugin, world, shape)).toEqual(wanted))
})
