// A pod's whole status as the kubelet writes it. Source: kubernetes pkg/kubelet/kubelet_pods.go (generateAPIPodStatus).
// A pure function of the pod, what its containers do and the moment.

import type { Draft } from '@podwire/engine'
import { qosClassOf, type ContainerStatus, type Pod, type PodStatus } from '@podwire/apiserver'
import { podConditions } from './conditions.ts'
import type { ContainerRecord, ContainerState } from './container-record.ts'
import { podPhase, type PodPhase } from './phase.ts'

export interface StatusInput {
  readonly pod: Pod
  readonly records: readonly ContainerRecord[]
  /** The node's addresses, primary first. */
  readonly hostIPs: readonly string[]
  readonly podIPs: readonly string[]
  readonly startTime: string
  readonly sandboxReady: boolean
  /** Deletion is under way: containers that stopped do not come back. */
  readonly terminating: boolean
  /** Set when the kubelet itself ended the pod: Evicted, DeadlineExceeded, OutOfcpu … */
  readonly verdict?: { readonly reason: string; readonly message: string } | undefined
  readonly now: string
}

export function podStatus(input: StatusInput): PodStatus {
  const { pod, records } = input
  const phase = phaseOf(input)
  const generation = pod.metadata.generation
  const init = records.filter(({ role }) => role === 'init' || role === 'sidecar')
  const ephemeral = records.filter(({ role }) => role === 'ephemeral')
  const main = records.filter((record) => record.role === 'main').sort(byName)
  // Member by member, in the order they are printed: a spread for each optional one costs several times as much.
  const status: Draft<PodStatus> = {}
  if (generation !== undefined) status.observedGeneration = generation
  status.phase = phase
  status.conditions = podConditions({ pod, records, phase, sandboxReady: input.sandboxReady, now: input.now })
  if (input.verdict !== undefined) {
    status.reason = input.verdict.reason
    status.message = input.verdict.message
  }
  if (input.hostIPs[0] !== undefined) {
    status.hostIP = input.hostIPs[0]
    status.hostIPs = input.hostIPs.map((ip) => ({ ip }))
  }
  if (input.podIPs[0] !== undefined) {
    status.podIP = input.podIPs[0]
    status.podIPs = input.podIPs.map((ip) => ({ ip }))
  }
  status.startTime = input.startTime
  if (init.length > 0) status.initContainerStatuses = init.map((record) => containerStatus(record))
  if (ephemeral.length > 0) status.ephemeralContainerStatuses = ephemeral.map((record) => containerStatus(record))
  status.containerStatuses = main.map((record) => containerStatus(record))
  status.qosClass = pod.status?.qosClass ?? qosClassOf(pod.spec)
  return status
}

function phaseOf({ pod, records, terminating, verdict }: StatusInput): PodPhase {
  const before = pod.status?.phase
  if (before === 'Succeeded' || before === 'Failed') return before
  if (verdict !== undefined) return 'Failed'
  // While a terminating pod's containers still run, it is what it was.
  if (terminating && records.some((record) => record.state.kind === 'running')) {
    return before === 'Running' ? 'Running' : 'Pending'
  }
  return podPhase(pod, records, terminating)
}

function byName(a: ContainerRecord, b: ContainerRecord): number {
  return a.spec.name < b.spec.name ? -1 : a.spec.name > b.spec.name ? 1 : 0
}

// The user every built-in image runs as.
const ROOT_USER = { linux: { gid: 0, supplementalGroups: [0], uid: 0 } }

function containerStatus(record: ContainerRecord): ContainerStatus {
  const { spec, state, last } = record
  const running = state.kind === 'running'
  const mounts = spec.volumeMounts ?? []
  const status: Draft<ContainerStatus> = {
    image: record.image,
    imageID: record.imageID,
    lastState: last === undefined ? {} : stateObject(last),
    name: spec.name,
    // Of debug containers nobody asks whether they are ready or have started.
    ready:
      record.role === 'init'
        ? state.kind === 'terminated' && state.exitCode === 0
        : running && record.ready && record.role !== 'ephemeral',
    restartCount: record.restartCount,
    state: stateObject(state),
  }
  if (record.role !== 'ephemeral') status.started = running && record.started
  if (record.containerID !== '') status.containerID = record.containerID
  if (running) {
    status.resources = spec.resources ?? {}
    status.user = ROOT_USER
  }
  if (mounts.length > 0) {
    status.volumeMounts = mounts.map(({ name, mountPath, readOnly }) =>
      readOnly === true ? { mountPath, name, readOnly, recursiveReadOnly: 'Disabled' } : { mountPath, name },
    )
  }
  return status
}

function stateObject(state: ContainerState): NonNullable<ContainerStatus['state']> {
  const { kind, ...details } = state
  if (kind === 'terminated' && 'exitCode' in details) return { terminated: details }
  if (kind === 'running' && 'startedAt' in details) return { running: { ...details } }
  return { waiting: details as { reason: string } }
}
