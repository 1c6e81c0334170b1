import {
  controllerRevisions,
  type DaemonSet,
  type DaemonSetSpec,
  daemonSets,
  type Node,
  nodes,
  type Pod,
  pods,
} from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { podWith } from '../testing/objects.suite.ts'
import { planRollingUpdate } from './reconcile.ts'

const AGENT = { namespace: 'default', name: 'agent' }
const template = (image: string): DaemonSetSpec['template'] => ({
  metadata: { labels: { app: 'agent' } },
  spec: { containers: [{ name: 'main', image }] },
})

function createAgent(cluster: TestCluster, spec: Partial<DaemonSetSpec> = {}): void {
  const selector = { matchLabels: { app: 'agent' } }
  cluster.client.create(daemonSets, {
    metadata: AGENT,
    spec: { selector, template: template('example.test/agent:1'), ...spec },
  })
}

const agents = (cluster: TestCluster): readonly Pod[] => cluster.podsOf({ app: 'agent' })
const placed = (cluster: TestCluster): readonly (string | undefined)[] =>
  agents(cluster)
    .map((pod) => pod.spec.nodeName)
    .sort((a = '', b = '') => (a < b ? -1 : 1))
const images = (cluster: TestCluster): readonly (string | undefined)[] =>
  agents(cluster).map((pod) => pod.spec.containers[0]?.image)

function setImage(cluster: TestCluster, tag: number): void {
  cluster.client.modify(daemonSets, AGENT, ({ spec }) => {
    const [container] = spec.template.spec?.containers ?? []
    if (container !== undefined) container.image = `example.test/agent:${tag}`
  })
}

async function run(cluster: TestCluster, rounds = 1): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await cluster.settle()
    cluster.runKubelet()
  }
  await cluster.settle()
}

test('one pod on every node that fits, cordoned ones too, tainted ones not; nodes come, change and go', async () => {
  const cluster = await testCluster({ nodes: 0 })
  cluster.addNode('ssd', { labels: { disk: 'ssd' } })
  cluster.addNode('cordoned', { labels: { disk: 'ssd' }, unschedulable: true })
  cluster.addNode('tainted', { labels: { disk: 'ssd' }, taints: [{ key: 'own', value: 'x', effect: 'NoSchedule' }] })
  cluster.addNode('hdd', { labels: { disk: 'hdd' } })
  const spec = {
    ...template('example.test/agent:1').spec,
    containers: [{ name: 'main', image: 'example.test/agent:1' }],
  }
  createAgent(cluster, {
    template: { metadata: { labels: { app: 'agent' } }, spec: { ...spec, nodeSelector: { disk: 'ssd' } } },
  })
  await run(cluster)
  expect(placed(cluster)).toEqual(['cordoned', 'ssd'])
  expect(cluster.client.get(daemonSets, AGENT).status).toEqual({
    currentNumberScheduled: 2,
    desiredNumberScheduled: 2,
    numberAvailable: 2,
    numberMisscheduled: 0,
    numberReady: 2,
    observedGeneration: 1,
    updatedNumberScheduled: 2,
  })
  cluster.client.modify(nodes, { name: 'hdd' }, (draft) => void (draft.metadata.labels = { disk: 'ssd' }))
  cluster.client.modify(nodes, { name: 'ssd' }, (draft) => void (draft.metadata.labels = { disk: 'none' }))
  cluster.addNode('late', { labels: { disk: 'ssd' } })
  await run(cluster, 2)
  expect(placed(cluster)).toEqual(['cordoned', 'hdd', 'late'])
})

test('a rolling update replaces one pod at a time and keeps both revisions', async () => {
  const cluster = await testCluster()
  createAgent(cluster)
  await run(cluster)
  setImage(cluster, 2)
  const steps: string[] = []
  for (let step = 0; step < 8; step++) {
    await cluster.settle()
    const going = agents(cluster).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length
    const unready = agents(cluster).filter((pod) => pod.status?.phase === 'Pending').length
    steps.push(`${going} going, ${unready} starting`)
    cluster.runKubelet()
  }
  expect(new Set(steps)).toEqual(new Set(['1 going, 0 starting', '0 going, 1 starting', '0 going, 0 starting']))
  expect(images(cluster)).toEqual(Array.from({ length: 3 }, () => 'example.test/agent:2'))
  const revisions = cluster.client.list(controllerRevisions, { namespace: 'default' }).items
  expect(revisions.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual([1, 2])
  // Back to the first template: its revision is taken up again under a new number.
  setImage(cluster, 1)
  await run(cluster, 8)
  const after = cluster.client.list(controllerRevisions, { namespace: 'default' }).items
  expect(after.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual([2, 3])
})

test('with maxSurge the new pod comes first', async () => {
  const cluster = await testCluster({ nodes: 1 })
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 }
  createAgent(cluster, { updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
  await run(cluster)
  setImage(cluster, 2)
  await cluster.settle()
  expect(images(cluster)).toHaveLength(2)
  await run(cluster, 3)
  expect(images(cluster)).toEqual(['example.test/agent:2'])
})

test('OnDelete waits for a hand', async () => {
  const cluster = await testCluster({ nodes: 2 })
  createAgent(cluster, { updateStrategy: { type: 'OnDelete' } })
  await run(cluster)
  setImage(cluster, 2)
  await run(cluster, 3)
  expect(images(cluster)).toEqual(['example.test/agent:1', 'example.test/agent:1'])
  const [first] = agents(cluster)
  if (first !== undefined) cluster.client.delete(pods, first.metadata)
  await run(cluster, 2)
  expect(new Set(images(cluster))).toEqual(new Set(['example.test/agent:1', 'example.test/agent:2']))
  expect(cluster.client.get(daemonSets, AGENT).status?.updatedNumberScheduled).toBe(1)
})

test('the history limit counts the revisions that pods have, and takes the others away', async () => {
  const cluster = await testCluster({ nodes: 1 })
  createAgent(cluster, { updateStrategy: { type: 'OnDelete' }, revisionHistoryLimit: 1 })
  await run(cluster)
  for (const tag of [2, 3]) {
    setImage(cluster, tag)
    await cluster.settle()
  }
  const revisions = cluster.client.list(controllerRevisions, { namespace: 'default' }).items
  expect(revisions.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual([1, 3])
})

test("a daemon pod's tolerations take the place of the template's that have a limit", async () => {
  const cluster = await testCluster({ nodes: 1 })
  const { spec } = template('example.test/agent:1')
  const limited = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }
  const tolerations = [limited, { key: 'own', operator: 'Exists' }]
  const containers = spec?.containers ?? []
  createAgent(cluster, { template: { metadata: { labels: { app: 'agent' } }, spec: { containers, tolerations } } })
  await cluster.settle()
  const { tolerationSeconds: _, ...unlimited } = limited
  expect(agents(cluster)[0]?.spec.tolerations?.slice(0, 2)).toEqual([unlimited, tolerations[1]])
  expect(agents(cluster)[0]?.spec.tolerations).toHaveLength(7)
})

test('a node with two old pods counts as one that surges', () => {
  const metadata = { name: 'agent', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  const daemonSet: DaemonSet = {
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata },
    spec: { selector: {}, template: template('example.test/agent:2'), updateStrategy },
  }
  const created = (second: string | undefined): readonly string[] => {
    const old = (name: string): Pod => podWith({ name, ready: true, labels: { 'controller-revision-hash': 'old' } })
    const twins = second === undefined ? [old('a')] : [old('a'), old(second)]
    const view = {
      ...{ daemonSet, hash: 'new', nowMs: Date.parse('2026-01-02T00:00:00Z') },
      nodes: ['n1', 'n2'].map((name): Node => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { ...metadata, name },
        spec: {},
      })),
      placement: () => ({ run: true, stay: true }),
      podsByNode: new Map([
        ['n1', twins],
        ['n2', [old('b')]],
      ]),
    }
    return planRollingUpdate(view).create
  }
  expect([created(undefined), created('a-2')]).toEqual([['n1'], []])
})

test('a failed pod is replaced, each time later; settling does not wait for it', async () => {
  const cluster = await testCluster({ nodes: 1 })
  createAgent(cluster)
  await cluster.settle()
  const failures: number[] = []
  for (let round = 0; round < 4; round++) {
    for (const pod of agents(cluster)) {
      cluster.client.update(pods, { ...pod, status: { ...pod.status, phase: 'Failed' } }, { subresource: 'status' })
    }
    const known = agents(cluster)[0]?.metadata.uid
    let seconds = 0
    for (; agents(cluster)[0]?.metadata.uid === known && seconds < 60; seconds++) {
      cluster.finishDeletions()
      await cluster.driver.advance(SECOND)
    }
    await cluster.settle()
    failures.push(seconds)
  }
  expect(failures[3]).toBeGreaterThan(failures[0] ?? 0)
  expect(
    cluster.eventsOf('DaemonSet').some((event) => event.startsWith('FailedDaemonPod Found failed daemon pod')),
  ).toBe(true)
})

test('a node that gets a taint or goes is looked at when a pod has to come or go there', async () => {
  const cluster = await testCluster({ nodes: 3 })
  createAgent(cluster)
  await run(cluster, 2)
  const counted = (): string => {
    const { desiredNumberScheduled, numberMisscheduled } = cluster.client.get(daemonSets, AGENT).status ?? {}
    return `${desiredNumberScheduled} wanted, ${numberMisscheduled} misplaced`
  }
  const later = async (): Promise<string> => {
    await run(cluster)
    return counted()
  }
  const taint = (name: string, ...effects: string[]): void => {
    cluster.client.modify(nodes, { name }, ({ spec }) => {
      spec.taints = effects.map((effect) => ({ key: 'k', effect }))
    })
  }
  const seen = [await later()]
  taint('node-1', 'NoSchedule')
  seen.push(await later())
  taint('node-2', 'NoExecute')
  seen.push(await later())
  taint('node-1')
  seen.push(await later())
  cluster.client.delete(nodes, { name: 'node-3' })
  await cluster.driver.advance(10 * SECOND)
  seen.push(counted(), await later())
  expect(seen).toEqual([
    '3 wanted, 0 misplaced',
    '3 wanted, 0 misplaced',
    '1 wanted, 1 misplaced',
    '2 wanted, 0 misplaced',
    '2 wanted, 0 misplaced',
    '1 wanted, 0 misplaced',
  ])
})

test('of revisions with the same template the newest stays, made by whomever, and takes the pods over', async () => {
  const cluster = await testCluster({ nodes: 2 })
  createAgent(cluster)
  await run(cluster, 2)
  const [own] = cluster.client.list(controllerRevisions).items
  cluster.client.create(controllerRevisions, {
    metadata: { namespace: 'default', name: 'by-hand', labels: { app: 'agent' } },
    data: own?.data,
    revision: 7,
  })
  cluster.client.modify(daemonSets, AGENT, ({ metadata }) => void (metadata.labels = { touched: 'yes' }))
  await run(cluster, 2)
  const left = cluster.client.list(controllerRevisions).items
  expect(left.map(({ metadata, revision }) => [metadata.name, revision])).toEqual([['by-hand', 7]])
  expect(left[0]?.metadata.ownerReferences?.[0]?.name).toBe('agent')
  expect(agents(cluster).map(({ metadata }) => metadata.labels?.['controller-revision-hash'])).toEqual([
    'by-hand',
    'by-hand',
  ])
  expect(cluster.eventsOf('DaemonSet').filter((event) => event.startsWith('SuccessfulDelete'))).toEqual([])
})
