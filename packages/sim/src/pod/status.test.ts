import type { Container, PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { newRecords, type ContainerRecord } from './container-record.ts'
import { podStatus } from './status.ts'
import { samplePod } from './sample-objects.suite.ts'

const NOW = '2026-01-01T00:01:00Z'

type Change = (record: ContainerRecord) => ContainerRecord
const running: Change = (record) => ({
  ...record,
  state: { kind: 'running', startedAt: NOW },
  containerID: 'containerd://x',
  started: true,
  ready: true,
})
const unready: Change = (record) => ({ ...running(record), ready: false })
const ended =
  (exitCode: number): Change =>
  (record) => ({
    ...record,
    containerID: 'containerd://x',
    state: {
      kind: 'terminated',
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      containerID: 'containerd://x',
    },
  })
const crashing: Change = (record) => ({
  ...record,
  containerID: 'containerd://x',
  state: { kind: 'waiting', reason: 'CrashLoopBackOff' },
  last: { kind: 'terminated', exitCode: 1, reason: 'Error', containerID: 'containerd://x' },
})
const untouched: Change = (record) => record

const two: readonly Container[] = [
  { name: 'b', image: 'nginx' },
  { name: 'a', image: 'nginx' },
]

interface Row {
  readonly name: string
  readonly spec: Partial<PodSpec>
  readonly changes: readonly Change[]
  readonly phase: string
  /** TYPE=STATUS[:reason[:message]] in order */
  readonly conditions: readonly string[]
}

const ROWS: readonly Row[] = [
  {
    name: 'just admitted',
    spec: {},
    changes: [untouched],
    phase: 'Pending',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=False ContainersNotReady containers with unready status: [main]',
      'ContainersReady=False ContainersNotReady containers with unready status: [main]',
      'PodScheduled=True',
    ],
  },
  {
    name: 'running and ready',
    spec: {},
    changes: [running],
    phase: 'Running',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ],
  },
  {
    name: 'one of two is not ready: names in spec order',
    spec: { containers: two },
    changes: [unready, unready],
    phase: 'Running',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=False ContainersNotReady containers with unready status: [b a]',
      'ContainersReady=False ContainersNotReady containers with unready status: [b a]',
      'PodScheduled=True',
    ],
  },
  {
    name: 'an init container runs',
    spec: { initContainers: [{ name: 'init' }] },
    changes: [running, untouched],
    phase: 'Pending',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=False ContainersNotInitialized containers with incomplete status: [init]',
      'Ready=False ContainersNotReady containers with unready status: [main]',
      'ContainersReady=False ContainersNotReady containers with unready status: [main]',
      'PodScheduled=True',
    ],
  },
  {
    name: 'an init container failed for good',
    spec: { initContainers: [{ name: 'init' }], restartPolicy: 'Never' },
    changes: [ended(1), untouched],
    phase: 'Failed',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=False ContainersNotInitialized containers with incomplete status: [init]',
      'Ready=False PodFailed',
      'ContainersReady=False PodFailed',
      'PodScheduled=True',
    ],
  },
  {
    name: 'crash loop back-off is Running',
    spec: {},
    changes: [crashing],
    phase: 'Running',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=False ContainersNotReady containers with unready status: [main]',
      'ContainersReady=False ContainersNotReady containers with unready status: [main]',
      'PodScheduled=True',
    ],
  },
  {
    name: 'succeeded',
    spec: { restartPolicy: 'Never' },
    changes: [ended(0)],
    phase: 'Succeeded',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=True PodCompleted',
      'Ready=False PodCompleted',
      'ContainersReady=False PodCompleted',
      'PodScheduled=True',
    ],
  },
  {
    name: 'failed',
    spec: { restartPolicy: 'Never', containers: two },
    changes: [ended(0), ended(3)],
    phase: 'Failed',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=False PodFailed',
      'ContainersReady=False PodFailed',
      'PodScheduled=True',
    ],
  },
  {
    name: 'a missing readiness gate',
    spec: { readinessGates: [{ conditionType: 'www' }] },
    changes: [running],
    phase: 'Running',
    conditions: [
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=False ReadinessGatesNotReady corresponding condition of pod readiness gate "www" does not exist.',
      'ContainersReady=True',
      'PodScheduled=True',
    ],
  },
]

test.each(ROWS)('$name', ({ spec, changes, phase, conditions }) => {
  const pod = samplePod(spec)
  const records = newRecords(pod, () => '2026-01-01T00:00:00Z').map((record, index) =>
    (changes[index] ?? untouched)(record),
  )
  const status = podStatus({
    pod,
    records,
    hostIPs: ['172.18.0.2'],
    podIPs: ['10.244.0.5'],
    startTime: NOW,
    sandboxReady: true,
    terminating: false,
    now: NOW,
  })
  expect(status.phase).toBe(phase)
  expect(
    (status.conditions ?? []).map(({ type, status: is, reason, message }) =>
      [`${type}=${is}`, reason, message].filter((part) => part !== undefined).join(' '),
    ),
  ).toEqual(conditions)
})

test('container statuses are sorted by name, init containers stay in order; transition times move with the status only', () => {
  const before = samplePod({ containers: two })
  const input = { hostIPs: ['h'], podIPs: [], startTime: NOW, sandboxReady: true, terminating: false }
  const first = podStatus({
    ...input,
    pod: before,
    records: newRecords(before, () => '2026-01-01T00:00:00Z'),
    now: NOW,
  })
  const pod = { ...before, status: first }
  const later = podStatus({
    ...input,
    pod,
    records: newRecords(pod, () => '2026-01-01T00:00:00Z').map(running),
    now: '2026-01-01T00:02:00Z',
  })
  expect((later.containerStatuses ?? []).map((status) => status.name)).toEqual(['a', 'b'])
  expect((later.conditions ?? []).map((condition) => condition.lastTransitionTime)).toEqual([
    NOW,
    NOW,
    '2026-01-01T00:02:00Z',
    '2026-01-01T00:02:00Z',
    NOW,
  ])
})
