import { cronJobs, type CronJobSpec, type Job, jobs, pods } from '@podwire/apiserver'
import { SECOND, compareText } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const TICK = { namespace: 'default', name: 'tick' }

function createCron(cluster: TestCluster, spec: Partial<CronJobSpec> = {}): void {
  const template = {
    metadata: { labels: { cj: 'tick' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.test/app:1' }] },
  }
  cluster.client.create(cronJobs, {
    metadata: TICK,
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template } }, ...spec },
  })
}

const jobsOf = (cluster: TestCluster): readonly Job[] =>
  [...cluster.client.list(jobs, { namespace: 'default' }).items].sort((a, b) =>
    compareText(a.metadata.name, b.metadata.name),
  )
/** Minutes of the epoch (2026-01-01T00:00:00Z) that Job names count from. */
const EPOCH_MINUTE = 1_767_225_600 / 60
const minutesOf = (cluster: TestCluster): readonly number[] =>
  jobsOf(cluster).map(({ metadata }) => Number(metadata.name.slice('tick-'.length)) - EPOCH_MINUTE)

async function pass(cluster: TestCluster, seconds: number): Promise<void> {
  await cluster.driver.advance(seconds * SECOND)
}

function endPods(cluster: TestCluster, phase: 'Succeeded' | 'Failed'): void {
  for (const pod of cluster.podsOf({ cj: 'tick' })) {
    if (pod.status?.phase !== 'Pending') continue
    cluster.client.update(pods, { ...pod, status: { ...pod.status, phase } }, { subresource: 'status' })
  }
}

test('settling does not wait for the next minute, and the minute comes', async () => {
  const cluster = await testCluster()
  createCron(cluster)
  await cluster.settle()
  expect(jobsOf(cluster)).toEqual([])
  await pass(cluster, 61)
  expect(minutesOf(cluster)).toEqual([1])
  const [job] = jobsOf(cluster)
  expect(job?.metadata.annotations).toEqual({
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:01:00Z',
  })
  const { status } = cluster.client.get(cronJobs, TICK)
  expect(status?.lastScheduleTime).toBe('2026-01-01T00:01:00Z')
  expect(status?.active?.map(({ name }) => name)).toEqual([job?.metadata.name])
})

test.each([
  ['Allow', [1, 2, 3]],
  ['Forbid', [1]],
  ['Replace', [3]],
])('concurrencyPolicy %s while the first Job runs on', async (concurrencyPolicy, minutes) => {
  const cluster = await testCluster()
  createCron(cluster, { concurrencyPolicy })
  await pass(cluster, 182)
  expect(minutesOf(cluster)).toEqual(minutes)
  const forbidden = cluster.eventsOf('CronJob').filter((event) => event.startsWith('JobAlreadyActive'))
  expect(forbidden.length > 0).toBe(concurrencyPolicy === 'Forbid')
})

test('finished Jobs are kept up to the history limits', async () => {
  const cluster = await testCluster()
  createCron(cluster, { successfulJobsHistoryLimit: 2 })
  for (let minute = 0; minute < 5; minute++) {
    await pass(cluster, 61)
    endPods(cluster, 'Succeeded')
    await cluster.settle()
  }
  expect(minutesOf(cluster)).toEqual([4, 5])
  const events = cluster.eventsOf('CronJob')
  expect(events).toContain(`SawCompletedJob Saw completed job: tick-${EPOCH_MINUTE + 1}, condition: Complete`)
  expect(events).toContain(`SuccessfulDelete Deleted job tick-${EPOCH_MINUTE + 1}`)
  expect(cluster.client.get(cronJobs, TICK).status?.lastSuccessfulTime).toBeDefined()
})

test('suspended nothing starts; resumed only the latest missed moment does', async () => {
  const cluster = await testCluster()
  createCron(cluster, { suspend: true })
  await pass(cluster, 200 * 60)
  expect(jobsOf(cluster)).toEqual([])
  cluster.client.modify(cronJobs, TICK, (draft) => void (draft.spec.suspend = false))
  await cluster.settle()
  expect(minutesOf(cluster)).toEqual([200])
  expect(cluster.eventsOf('CronJob')[0]).toMatch(/^TooManyMissedTimes too many missed start times\. Set or decrease/)
})

test('a Job that is taken away is missed, one made by hand is not counted', async () => {
  const cluster = await testCluster()
  createCron(cluster, { concurrencyPolicy: 'Forbid' })
  await pass(cluster, 61)
  const [first] = jobsOf(cluster)
  if (first === undefined) return expect(first).toBeDefined()
  const { ownerReferences = [] } = first.metadata
  cluster.client.create(jobs, {
    metadata: { namespace: 'default', name: 'by-hand', ownerReferences },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.test/app:1' }] } },
    },
  })
  cluster.client.delete(jobs, first.metadata, { propagationPolicy: 'Background' })
  await cluster.settle()
  const events = cluster.eventsOf('CronJob')
  expect(events).toContain(`MissingJob Active job went missing: ${first.metadata.name}`)
  expect(events).toContain('UnexpectedJob Saw a job that the controller did not create or forgot: by-hand')
  expect(cluster.client.get(cronJobs, TICK).status).not.toHaveProperty('active')
})

test('a moment older than the starting deadline is not made up for', async () => {
  const cluster = await testCluster()
  createCron(cluster, { schedule: '0 * * * *', suspend: true, startingDeadlineSeconds: 30 })
  await pass(cluster, 3700)
  cluster.client.modify(cronJobs, TICK, (draft) => void (draft.spec.suspend = false))
  await cluster.settle()
  expect(jobsOf(cluster)).toEqual([])
})

test('a changed schedule makes up for nothing: its next moment is the first', async () => {
  const cluster = await testCluster()
  createCron(cluster, { schedule: '0 0 1 1 *' })
  await pass(cluster, 5 * 60 + 30)
  cluster.client.modify(cronJobs, TICK, (draft) => void (draft.spec.schedule = '* * * * *'))
  await cluster.settle()
  expect(minutesOf(cluster)).toEqual([])
  await pass(cluster, 31)
  expect(minutesOf(cluster)).toEqual([6])
})

test('a finished Job that no limit keeps goes without having been seen', async () => {
  const cluster = await testCluster()
  createCron(cluster, { successfulJobsHistoryLimit: 0 })
  await pass(cluster, 61)
  endPods(cluster, 'Succeeded')
  await cluster.settle()
  expect(cluster.eventsOf('CronJob').map((event) => event.split(' ')[0])).toEqual([
    'SuccessfulCreate',
    'SuccessfulDelete',
  ])
  const { status } = cluster.client.get(cronJobs, TICK)
  expect(status).toMatchObject({ lastSuccessfulTime: expect.any(String) as string })
  expect(status).not.toHaveProperty('active')
})

test("somebody else's Job of the name ends the waiting for later moments, without a word", async () => {
  const cluster = await testCluster()
  createCron(cluster)
  cluster.client.create(jobs, {
    metadata: { namespace: 'default', name: `tick-${EPOCH_MINUTE + 1}` },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.test/app:1' }] } },
    },
  })
  await pass(cluster, 182)
  expect(minutesOf(cluster)).toEqual([1])
  expect(cluster.eventsOf('CronJob')).toEqual([])
})
