import type { Container, PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { newRecords, type ContainerRecord } from '../pod/container-record.ts'
import { samplePod } from '../pod/sample-objects.suite.ts'
import { nextSteps } from './next-steps.ts'

type Mark = 'new' | 'running' | 'started' | number

function mark(record: ContainerRecord, state: Mark): ContainerRecord {
  if (state === 'new') return record
  const base = { ...record, containerID: 'containerd://x' }
  if (typeof state === 'number') {
    return { ...base, state: { kind: 'terminated', exitCode: state, reason: '', containerID: 'containerd://x' } }
  }
  return { ...base, state: { kind: 'running', startedAt: 'now' }, started: state === 'started' }
}

const init: readonly Container[] = [{ name: 'i1' }, { name: 'i2' }]
const sidecar: readonly Container[] = [{ name: 'side', restartPolicy: 'Always' }, { name: 'i2' }]
const mains: readonly Container[] = [{ name: 'a' }, { name: 'b' }]

interface Row {
  readonly name: string
  readonly spec: Partial<PodSpec>
  readonly states: readonly Mark[]
  readonly start?: readonly string[]
  readonly stop?: readonly string[]
  readonly finished?: boolean
}

const ROWS: readonly Row[] = [
  { name: 'all main containers start', spec: { containers: mains }, states: ['new', 'new'], start: ['a', 'b'] },
  { name: 'the second starts after the first', spec: { containers: mains }, states: ['started', 'new'], start: ['b'] },
  {
    name: 'the first init container goes first',
    spec: { initContainers: init },
    states: ['new', 'new', 'new'],
    start: ['i1'],
  },
  { name: 'a running init container is waited for', spec: { initContainers: init }, states: ['running', 'new', 'new'] },
  { name: 'the next init container', spec: { initContainers: init }, states: [0, 'new', 'new'], start: ['i2'] },
  { name: 'init containers done', spec: { initContainers: init }, states: [0, 0, 'new'], start: ['main'] },
  {
    name: 'a failed init container comes back',
    spec: { initContainers: init },
    states: [1, 'new', 'new'],
    start: ['i1'],
  },
  {
    name: 'a failed init container ends the pod with Never',
    spec: { initContainers: init, restartPolicy: 'Never' },
    states: [1, 'new', 'new'],
    finished: true,
  },
  { name: 'a sidecar must have started', spec: { initContainers: sidecar }, states: ['running', 'new', 'new'] },
  {
    name: 'after the sidecar started',
    spec: { initContainers: sidecar },
    states: ['started', 'new', 'new'],
    start: ['i2'],
  },
  {
    name: 'a sidecar comes back while main containers run',
    spec: { initContainers: sidecar, restartPolicy: 'Never' },
    states: [0, 0, 'started'],
    start: ['side'],
  },
  {
    name: 'sidecars are stopped when main containers are done',
    spec: { initContainers: sidecar, restartPolicy: 'Never' },
    states: ['started', 0, 0],
    stop: ['side'],
  },
  {
    name: 'finished when the sidecar is gone too',
    spec: { initContainers: sidecar, restartPolicy: 'Never' },
    states: [143, 0, 0],
    finished: true,
  },
  { name: 'Always restarts what ended well', spec: {}, states: [0], start: ['main'] },
  { name: 'OnFailure leaves it', spec: { restartPolicy: 'OnFailure' }, states: [0], finished: true },
  { name: 'OnFailure restarts failures', spec: { restartPolicy: 'OnFailure' }, states: [3], start: ['main'] },
  { name: 'Never leaves failures', spec: { restartPolicy: 'Never' }, states: [3], finished: true },
  { name: 'not finished while one runs', spec: { restartPolicy: 'Never', containers: mains }, states: [0, 'started'] },
]

test.each(ROWS)('$name', ({ spec, states, start = [], stop = [], finished = false }) => {
  const pod = samplePod(spec)
  const records = newRecords(pod, () => '2026-01-01T00:00:00Z').map((record, index) =>
    mark(record, states[index] ?? 'new'),
  )
  expect(nextSteps(pod, records)).toEqual({ start, stop, finished })
})
