import { type Job, type JobSpec, jobs, type Pod, pods, type PodStatus } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const REF = { namespace: 'default', name: 'work' }
const INDEX = 'batch.kubernetes.io/job-completion-index'
const COUNT = 'batch.kubernetes.io/job-index-failure-count'
const IGNORED = 'batch.kubernetes.io/job-index-ignored-failure-count'

const exits = (action: string, operator: string, ...values: readonly number[]): object => ({
  action,
  onExitCodes: { containerName: 'main', operator, values },
})
const condition = (action: string, type: string): object => ({ action, onPodConditions: [{ type, status: 'True' }] })

async function clusterWith(spec: object): Promise<TestCluster> {
  const cluster = await testCluster()
  const template = {
    metadata: { labels: { job: 'work' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.test/app:1' }] },
  }
  cluster.client.create(jobs, { metadata: REF, spec: { template, ...spec } as JobSpec })
  await cluster.settle()
  return cluster
}

const indexOf = (pod: Pod): number => Number(pod.metadata.annotations?.[INDEX])
const podsOf = (cluster: TestCluster): readonly Pod[] => cluster.podsOf({ job: 'work' })
const waiting = (cluster: TestCluster): readonly Pod[] =>
  podsOf(cluster).filter((pod) => pod.status?.phase === 'Pending' && pod.metadata.deletionTimestamp === undefined)
const statusOf = (cluster: TestCluster): NonNullable<Job['status']> => cluster.client.get(jobs, REF).status ?? {}
const verdict = (cluster: TestCluster): readonly string[] =>
  (statusOf(cluster).conditions ?? []).map(({ type, reason, message }) => `${type} ${reason}: ${message}`)

/** The kubelet ends a pod: `exit` 0 is success. */
async function finish(cluster: TestCluster, pod: Pod | undefined, exitCode: number, type?: string): Promise<void> {
  const finishedAt = cluster.engine.clock.timestamp()
  const terminated = { exitCode, finishedAt, startedAt: finishedAt }
  const status: PodStatus = {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [
      { name: 'main', image: 'i', imageID: '', ready: false, restartCount: 0, state: { terminated } },
    ],
    ...(type === undefined ? {} : { conditions: [{ type, status: 'True', lastTransitionTime: finishedAt }] }),
  }
  if (pod === undefined) throw new Error('there is no such pod')
  const live = cluster.client.get(pods, pod.metadata)
  cluster.client.update(pods, { ...live, status: { ...live.status, ...status } }, { subresource: 'status' })
  await cluster.settle()
}

async function endWith(cluster: TestCluster, index: number, exitCode: number): Promise<void> {
  await finish(
    cluster,
    waiting(cluster).find((pod) => indexOf(pod) === index),
    exitCode,
  )
}

const failed = (why: string): readonly string[] => [`FailureTarget ${why}`, `Failed ${why}`]
const reached = (why: string): readonly string[] => [`SuccessCriteriaMet ${why}`, `Complete ${why}`]

test.each([
  [
    'FailJob ends it with the container, its exit code and the rule',
    [exits('Ignore', 'In', 1), exits('FailJob', 'In', 42, 43)],
    { exitCode: 42 },
    /^PodFailurePolicy: Container main for pod default\/work-\w{5} failed with exit code 42 matching FailJob rule at index 1$/,
    1,
  ],
  ['Ignore does not count', [exits('Ignore', 'In', 42)], { exitCode: 42 }, undefined, 0],
  ['NotIn is everything else', [exits('Ignore', 'NotIn', 42)], { exitCode: 7 }, undefined, 0],
  ['Count counts', [exits('Count', 'In', 42), exits('Ignore', 'NotIn', 0)], { exitCode: 42 }, undefined, 1],
  ['no rule counts', [exits('Ignore', 'In', 42)], { exitCode: 1 }, undefined, 1],
  ['a condition matches', [condition('Ignore', 'DisruptionTarget')], { type: 'DisruptionTarget' }, undefined, 0],
  [
    'a condition ends it',
    [condition('FailJob', 'ConfigIssue')],
    { type: 'ConfigIssue' },
    /^PodFailurePolicy: Pod default\/work-\w{5} has condition ConfigIssue matching FailJob rule at index 0$/,
    1,
  ],
] as const)('podFailurePolicy: %s', async (_, rules, end, why, failures) => {
  const cluster = await clusterWith({ backoffLimit: 3, podFailurePolicy: { rules } })
  const { exitCode = 1, type } = end as { exitCode?: number; type?: string }
  await finish(cluster, waiting(cluster)[0], exitCode, type)
  expect(statusOf(cluster).failed ?? 0).toBe(failures)
  const [target = '', last = ''] = verdict(cluster)
  if (why === undefined) expect([target, last]).toEqual(['', ''])
  else {
    expect(target.replace('FailureTarget ', '')).toMatch(why)
    expect(last.replace('Failed ', '')).toMatch(why)
  }
})

test('with podFailurePolicy a pod is replaced when it has failed, not when it is told to go', async () => {
  const cluster = await clusterWith({ podFailurePolicy: { rules: [exits('Count', 'In', 1)] } })
  const [pod] = waiting(cluster)
  if (pod !== undefined) cluster.markReady(pod)
  await cluster.settle()
  if (pod !== undefined) cluster.client.delete(pods, pod.metadata)
  await cluster.settle()
  await cluster.driver.advance(15 * SECOND)
  expect(podsOf(cluster)).toHaveLength(1)
  await finish(cluster, pod, 1)
  await cluster.driver.advance(15 * SECOND)
  expect(waiting(cluster)).toHaveLength(1)
})

const indexed = { completionMode: 'Indexed', completions: 4, parallelism: 4 }

test.each([
  ['enough indexes', [{ succeededCount: 2 }], [3, 1], reached('SuccessPolicy: Matched rules at index 0')],
  ['these indexes', [{ succeededIndexes: '0,2-3' }], [3, 0, 2], reached('SuccessPolicy: Matched rules at index 0')],
  [
    'enough of these indexes, by the second rule',
    [{ succeededIndexes: '0' }, { succeededIndexes: '1-3', succeededCount: 2 }],
    [3, 1],
    reached('SuccessPolicy: Matched rules at index 1'),
  ],
  ['not yet', [{ succeededIndexes: '0-1', succeededCount: 1 }], [3, 2], []],
] as const)('successPolicy: %s', async (_, rules, ends, told) => {
  const cluster = await clusterWith({ ...indexed, successPolicy: { rules } })
  for (const index of ends) await endWith(cluster, index, 0)
  cluster.finishDeletions()
  await cluster.settle()
  expect(verdict(cluster)).toEqual(told)
  // What still ran is taken away and does not count as failed.
  expect(waiting(cluster)).toHaveLength(told.length === 0 ? 4 - ends.length : 0)
  expect(statusOf(cluster).failed).toBeUndefined()
})

test('backoffLimitPerIndex: an index fails alone, after its own back-off; its pods hand on the count', async () => {
  const cluster = await clusterWith({ ...indexed, completions: 2, backoffLimitPerIndex: 1 })
  expect(statusOf(cluster).failedIndexes).toBe('')
  expect(waiting(cluster).map(({ metadata }) => metadata.annotations?.[COUNT])).toEqual(['0', '0'])
  await endWith(cluster, 1, 1)
  // The failed pod stays tracked and uncounted until its replacement is there.
  expect(statusOf(cluster).failed).toBeUndefined()
  expect(waiting(cluster).map(indexOf)).toEqual([0])
  await cluster.driver.advance(12 * SECOND)
  expect(statusOf(cluster).failed).toBe(1)
  const second = waiting(cluster).find((pod) => indexOf(pod) === 1)
  expect(second?.metadata.annotations?.[COUNT]).toBe('1')
  await endWith(cluster, 1, 1)
  expect(statusOf(cluster)).toMatchObject({ failed: 2, failedIndexes: '1', active: 1 })
  expect(verdict(cluster)).toEqual([])
  await endWith(cluster, 0, 0)
  expect(statusOf(cluster)).toMatchObject({ completedIndexes: '0', failedIndexes: '1' })
  expect(verdict(cluster)).toEqual(failed('FailedIndexes: Job has failed indexes'))
})

test('backoffLimitPerIndex: FailIndex gives up at once, Ignore hands on a count of its own', async () => {
  const rules = [exits('FailIndex', 'In', 42), exits('Ignore', 'In', 5)]
  const cluster = await clusterWith({ ...indexed, backoffLimitPerIndex: 3, podFailurePolicy: { rules } })
  await endWith(cluster, 2, 42)
  expect(statusOf(cluster)).toMatchObject({ failedIndexes: '2', failed: 1 })
  await endWith(cluster, 3, 5)
  await cluster.driver.advance(12 * SECOND)
  const next = waiting(cluster).find((pod) => indexOf(pod) === 3)
  expect(next?.metadata.annotations).toMatchObject({ [COUNT]: '0', [IGNORED]: '1' })
  expect(statusOf(cluster).failed).toBe(1)
})

test('maxFailedIndexes ends the Job when one index too many has failed', async () => {
  const cluster = await clusterWith({ ...indexed, backoffLimitPerIndex: 0, maxFailedIndexes: 1 })
  await endWith(cluster, 0, 1)
  expect(verdict(cluster)).toEqual([])
  await endWith(cluster, 1, 1)
  cluster.finishDeletions()
  await cluster.settle()
  const why = 'MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes'
  expect(verdict(cluster)).toEqual(failed(why))
  expect(statusOf(cluster)).toMatchObject({ failedIndexes: '0,1', failed: 4 })
})

test("managedBy: somebody else's Job is left alone", async () => {
  const cluster = await clusterWith({ managedBy: 'example.com/queue' })
  expect([podsOf(cluster), statusOf(cluster)]).toEqual([[], {}])
})
