// What the scheduler's Events say, and how repeats become a series.

import { type Event, events, type Pod, pods, type PodSpec } from '@podwire/apiserver'
import { MINUTE, SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const asking = (cpu: string, spec: Partial<PodSpec> = {}): PodSpec => ({
  containers: [{ name: 'main', image: 'example.test/app:1', resources: { requests: { cpu } } }],
  ...spec,
})
const create = (cluster: TestCluster, name: string, spec: PodSpec): Pod =>
  cluster.client.create(pods, { metadata: { namespace: 'default', name }, spec })
const told = (cluster: TestCluster): readonly Event[] =>
  cluster.client
    .list(events, { namespace: 'default' })
    .items.filter(({ reportingComponent }) => reportingComponent === 'default-scheduler')
/** `ACTION REASON NOTE`, and how often in a series. */
const lines = (cluster: TestCluster): readonly string[] =>
  told(cluster).map(({ action, reason, message, series }) =>
    [action, reason, message, ...(series === undefined ? [] : [`x${series.count}`])].join(' '),
  )

test('an Event is of events.k8s.io: it says when, who and what was tried, and has no count', async () => {
  const cluster = await testCluster({ nodes: 1 })
  const { metadata } = create(cluster, 'web', asking('1'))
  await cluster.settle()
  const [event] = told(cluster)
  expect(event).toMatchObject({
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web', uid: metadata.uid, apiVersion: 'v1' },
    ...{ type: 'Normal', reason: 'Scheduled', action: 'Binding' },
    message: 'Successfully assigned default/web to node-1',
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-localhost',
    source: {},
  })
  expect(event?.eventTime).toMatch(/\.\d{6}Z$/)
  expect([event?.count, event?.firstTimestamp, event?.lastTimestamp]).toEqual([undefined, undefined, undefined])
})

test('a preempted pod is told of with the pod that took its place', async () => {
  const cluster = await testCluster({ nodes: 0 })
  cluster.addNode('small', { cpu: '2' })
  create(cluster, 'low', asking('2'))
  await cluster.settle()
  const { metadata } = create(cluster, 'high', asking('2', { priorityClassName: 'system-node-critical' }))
  await cluster.settle()
  const preempted = told(cluster).find(({ reason }) => reason === 'Preempted')
  expect(preempted).toMatchObject({
    action: 'Preempting',
    message: `Preempted by pod ${metadata.uid} on node small`,
    related: { kind: 'Pod', name: 'high', uid: metadata.uid },
  })
})

test('a repeat for the same version of the pod is a series; its count is written when that ends', async () => {
  const cluster = await testCluster({ nodes: 0 })
  cluster.addNode('small', { cpu: '2' })
  create(cluster, 'big', asking('4'))
  await cluster.settle()
  const why = 'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
  const line = `Scheduling FailedScheduling 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, ${why}`
  expect(lines(cluster)).toEqual([line])
  // Pods that go wake the waiting one; after the first attempt its status is written, and so it has a new version.
  const wake = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      const { metadata } = create(cluster, 'short', asking('1', { nodeName: 'small' }))
      await cluster.settle()
      cluster.client.delete(pods, metadata, { gracePeriodSeconds: 0 })
      await cluster.driver.advance(15 * SECOND)
    }
  }
  await wake(1)
  expect(lines(cluster)).toEqual([line, line])
  await wake(3)
  expect(lines(cluster)).toEqual([line, `${line} x2`])
  cluster.client.delete(pods, { namespace: 'default', name: 'big' })
  await cluster.driver.advance(13 * MINUTE)
  expect(lines(cluster)).toEqual([line, `${line} x4`])
})

test('without any node a pod is tried again and again, each time later', async () => {
  const cluster = await testCluster({ nodes: 0 })
  create(cluster, 'web', asking('1'))
  await cluster.driver.advance(6 * SECOND)
  const line = 'Scheduling FailedScheduling no nodes available to schedule pods'
  expect(lines(cluster)).toEqual([line, `${line} x2`])
  await cluster.driver.advance(11 * SECOND)
  cluster.addNode('late')
  await cluster.driver.advance(10 * SECOND)
  expect(cluster.client.get(pods, { namespace: 'default', name: 'web' }).spec.nodeName).toBe('late')
})
