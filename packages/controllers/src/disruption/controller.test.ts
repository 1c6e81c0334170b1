import {
  deployments,
  type PodDisruptionBudgetSpec,
  podDisruptionBudgets,
  type PodDisruptionBudgetStatus,
  pods,
} from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import { createDeployment, testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { podWith } from '../testing/objects.suite.ts'
import { budgetStatus } from './reconcile.ts'
import { selectorText } from './selector-text.ts'

const BUDGET = { namespace: 'default', name: 'b' }

function createBudget(cluster: TestCluster, spec: Partial<PodDisruptionBudgetSpec>): void {
  cluster.client.create(podDisruptionBudgets, {
    metadata: BUDGET,
    spec: { selector: { matchLabels: { app: 'bud' } }, ...spec },
  })
}

const statusOf = (cluster: TestCluster): PodDisruptionBudgetStatus | undefined =>
  cluster.client.get(podDisruptionBudgets, BUDGET).status
/** `healthy 2 of 4, 2 wanted, 0 may go, InsufficientPods` */
const picture = (cluster: TestCluster): string => {
  const status = statusOf(cluster)
  const { currentHealthy, expectedPods, desiredHealthy, disruptionsAllowed, conditions } = status ?? {}
  return `healthy ${currentHealthy} of ${expectedPods}, ${desiredHealthy} wanted, ${disruptionsAllowed} may go, ${conditions?.[0]?.reason}`
}

describe('what may go', () => {
  test.each<[string, Partial<PodDisruptionBudgetSpec>, number, number, string]>([
    ['minAvailable 2', { minAvailable: 2 }, 4, 4, 'healthy 4 of 4, 2 wanted, 2 may go, SufficientPods'],
    ['minAvailable 2, two unready', { minAvailable: 2 }, 4, 2, 'healthy 2 of 4, 2 wanted, 0 may go, InsufficientPods'],
    ['minAvailable 50%', { minAvailable: '50%' }, 5, 5, 'healthy 5 of 5, 3 wanted, 2 may go, SufficientPods'],
    ['maxUnavailable 1', { maxUnavailable: 1 }, 3, 3, 'healthy 3 of 3, 2 wanted, 1 may go, SufficientPods'],
    ['maxUnavailable 30%', { maxUnavailable: '30%' }, 4, 4, 'healthy 4 of 4, 2 wanted, 2 may go, SufficientPods'],
    ['maxUnavailable 100%', { maxUnavailable: '100%' }, 2, 0, 'healthy 0 of 2, 0 wanted, 0 may go, InsufficientPods'],
    ['no pods', { minAvailable: 1 }, 0, 0, 'healthy 0 of 0, 1 wanted, 0 may go, InsufficientPods'],
  ])('%s', async (_, spec, replicas, ready, wanted) => {
    const cluster = await testCluster()
    createBudget(cluster, spec)
    createDeployment(cluster.client, 'bud', replicas)
    await cluster.settle()
    for (const pod of cluster.podsOf({ app: 'bud' }).slice(0, ready)) cluster.markReady(pod)
    await cluster.settle()
    expect(picture(cluster)).toBe(wanted)
  })
})

test('follows its selector', async () => {
  const cluster = await testCluster()
  createBudget(cluster, { minAvailable: 1 })
  createDeployment(cluster.client, 'bud', 2)
  createDeployment(cluster.client, 'other', 3)
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  expect(picture(cluster)).toBe('healthy 2 of 2, 1 wanted, 1 may go, SufficientPods')
  cluster.client.modify(podDisruptionBudgets, BUDGET, ({ spec }) => {
    spec.selector = { matchLabels: { app: 'other' } }
  })
  await cluster.settle()
  expect(picture(cluster)).toBe('healthy 3 of 3, 1 wanted, 2 may go, SufficientPods')
  cluster.client.delete(deployments, { namespace: 'default', name: 'other' })
  await cluster.settle()
  cluster.finishDeletions()
  await cluster.settle()
  expect(picture(cluster)).toBe('healthy 0 of 0, 1 wanted, 0 may go, InsufficientPods')
})

test('bare pods have no scale: a percentage of them is nothing, and an event says why', async () => {
  const cluster = await testCluster()
  createBudget(cluster, { minAvailable: '50%' })
  const bare = cluster.client.create(pods, {
    metadata: { namespace: 'default', name: 'bare', labels: { app: 'bud' } },
    spec: { containers: [{ name: 'main', image: 'example.test/app:1' }] },
  })
  cluster.markReady(bare)
  await cluster.settle()
  expect(statusOf(cluster)).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 })
  expect(cluster.eventsOf('PodDisruptionBudget')).toContainEqual(
    expect.stringMatching(
      /^UnmanagedPods Pods selected by this PodDisruptionBudget \(selector: &LabelSelector\{MatchLabels:map\[string\]string\{app: bud,\},MatchExpressions:\[\]LabelSelectorRequirement\{\},\}\) were found to be unmanaged\. /,
    ),
  )
})

test('a pod whose eviction was allowed does not count, for two minutes at most', async () => {
  const cluster = await testCluster()
  createBudget(cluster, { minAvailable: 1 })
  createDeployment(cluster.client, 'bud', 2)
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  const [pod] = cluster.podsOf({ app: 'bud' })
  const budget = cluster.client.get(podDisruptionBudgets, BUDGET)
  const disruptedPods = { [pod?.metadata.name ?? '']: cluster.engine.clock.timestamp() }
  const status = { ...budget.status, disruptionsAllowed: 0, disruptedPods }
  cluster.client.update(podDisruptionBudgets, { ...budget, status }, { subresource: 'status' })
  await cluster.settle()
  expect(statusOf(cluster)).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0, disruptedPods })
  await cluster.driver.advance(121 * SECOND)
  expect(statusOf(cluster)).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 })
  expect(cluster.eventsOf('Pod')).toContain(
    "NotDeleted Pod was expected by PDB default/default to be deleted but it wasn't",
  )
  expect(cluster.eventsOf('PodDisruptionBudget')).toEqual(['NoPods No matching pods found'])
})

test('a pod of two budgets is told of, one that leaves by its labels is counted until something happens', async () => {
  const cluster = await testCluster({ nodes: 1 })
  createBudget(cluster, { minAvailable: 1 })
  cluster.client.create(podDisruptionBudgets, {
    metadata: { ...BUDGET, name: 'c' },
    spec: { minAvailable: 0, selector: {} },
  })
  await cluster.settle()
  const containers = [{ name: 'main', image: 'example.test/app:1' }]
  for (const name of ['one', 'two']) {
    cluster.client.create(pods, { metadata: { ...BUDGET, name, labels: { app: 'bud' } }, spec: { containers } })
  }
  await cluster.settle()
  cluster.runKubelet()
  await cluster.settle()
  expect(cluster.eventsOf('Pod')).toContain(
    'MultiplePodDisruptionBudgets Pod "default"/"one" matches multiple PodDisruptionBudgets.  Chose "b" arbitrarily.',
  )
  const relabel = async (name: string, labels: Record<string, string>): Promise<number | undefined> => {
    cluster.client.patch(pods, { ...BUDGET, name }, 'merge', { metadata: { labels } })
    await cluster.settle()
    return statusOf(cluster)?.expectedPods
  }
  expect(await relabel('one', { app: 'other' })).toBe(2)
  expect(await relabel('two', { more: 'yes' })).toBe(1)
})

test('a condition that stays keeps its time', () => {
  const since = '2026-01-01T00:00:00Z'
  const known = {
    type: 'DisruptionAllowed',
    status: 'True',
    reason: 'SufficientPods',
    message: '',
    lastTransitionTime: since,
  }
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: podWith({ name: 'b' }).metadata,
    spec: { minAvailable: 1 },
    status: { conditions: [known] },
  }
  const ready = [podWith({ name: 'p1', ready: true }), podWith({ name: 'p2', ready: true })]
  const { status } = budgetStatus({ budget, pods: ready, scale: undefined, nowMs: 0 }, '2026-02-02T00:00:00Z')
  expect(status.conditions?.[0]?.lastTransitionTime).toBe(since)
})

test.each([
  [{ kind: 'Job', apiVersion: 'batch/v1' }, 'jobs.batch does not implement the scale subresource'],
  [{ kind: 'StatefulSet', apiVersion: 'apps/v1' }, 'found no controllers for pod "lost"'],
])('a controller without a scale allows nothing: %j', async (owner, why) => {
  const cluster = await testCluster({ controllers: ['disruption-controller'] })
  createBudget(cluster, { maxUnavailable: 1 })
  const ownerReferences = [{ ...owner, name: 'gone', uid: 'u', controller: true }]
  cluster.client.create(pods, {
    metadata: { namespace: 'default', name: 'lost', labels: { app: 'bud' }, ownerReferences },
    spec: { containers: [{ name: 'main', image: 'example.test/app:1' }] },
  })
  // Pods that nobody controls are not told of while nothing can be counted.
  cluster.client.create(pods, {
    metadata: { namespace: 'default', name: 'bare', labels: { app: 'bud' } },
    spec: { containers: [{ name: 'main', image: 'example.test/app:1' }] },
  })
  await cluster.settle()
  expect(statusOf(cluster)?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'SyncFailed', message: why })
  expect(cluster.eventsOf('PodDisruptionBudget').some((event) => event.startsWith('UnmanagedPods'))).toBe(false)
  expect(cluster.eventsOf('PodDisruptionBudget')).toContain(
    `CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: ${why}`,
  )
})

test('expressions in the text of a selector', () => {
  const matchExpressions = [{ key: 'tier', operator: 'In', values: ['a', 'b'] }]
  expect(selectorText({ matchExpressions })).toBe(
    '&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{' +
      'LabelSelectorRequirement{Key:tier,Operator:In,Values:[a b],},},}',
  )
})

test.each([
  ['EvictionByEvictionAPI', 'False'],
  ['TerminationByKubelet', 'True'],
])('a pod announced by %s that is still there after two minutes: %s', async (reason, after) => {
  const cluster = await testCluster({ nodes: 1 })
  const ref = { namespace: 'default', name: 'web' }
  const containers = [{ name: 'main', image: 'example.test/app:1' }]
  cluster.markReady(cluster.client.create(pods, { metadata: ref, spec: { nodeName: 'node-1', containers } }))
  const condition = { type: 'DisruptionTarget', status: 'True', reason, message: 'soon' }
  const lastTransitionTime = cluster.engine.clock.timestamp()
  const live = cluster.client.get(pods, ref)
  const conditions = [...(live.status?.conditions ?? []), { ...condition, lastTransitionTime }]
  cluster.client.update(pods, { ...live, status: { ...live.status, conditions } }, { subresource: 'status' })
  const seen = (): string | undefined =>
    cluster.client.get(pods, ref).status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.status
  await cluster.driver.advance(118 * SECOND)
  expect(seen()).toBe('True')
  await cluster.driver.advance(5 * SECOND)
  expect(seen()).toBe(after)
})
