// A pod's whole status as the kubelet writes it. Source: kubernetes pkg/kubelet/kubelet_pods.go (generateAPIPodStatus).
// A pure function of the pod, what its containers do and the moment.

import type { ContainerStatus, Pod, PodStatus } from '@podwire/apiserver'
import { podConditions } from './conditions.ts'
import type { ContainerRecord, ContainerState } from './container-record.ts'
import { podPhase, type PodPhase } from './phase.ts'
import { qosClass } from './qos-class.ts'

export interface StatusInput {
  readonly pod: Pod
  readonly records: readonly ContainerRecord[]
  readonly hostIP: string
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
  const init = records.filter((record) => record.role !== 'main')
  const main = records.filter((record) => record.role === 'main').sort(byName)
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: podConditions({ pod, records, phase, sandboxReady: input.sandboxReady, now: input.now }),
    ...(input.verdict === undefined ? {} : input.verdict),
    hostIP: input.hostIP,
    hostIPs: [{ ip: input.hostIP }],
    ...(input.podIPs[0] === undefined ? {} : { podIP: input.podIPs[0], podIPs: input.podIPs.map((ip) => ({ ip })) }),
    startTime: input.startTime,
    ...(init.length === 0 ? {} : { initContainerStatuses: init.map((record) => containerStatus(record)) }),
    containerStatuses: main.map((record) => containerStatus(record)),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
  }
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
  return {
    ...(record.containerID === '' ? {} : { containerID: record.containerID }),
    image: record.image,
    imageID: record.imageID,
    lastState: last === undefined ? {} : stateObject(last),
    name: spec.name,
    ready: record.role === 'init' ? state.kind === 'terminated' && state.exitCode === 0 : running && record.ready,
    ...(running ? { resources: spec.resources ?? {} } : {}),
    restartCount: record.restartCount,
    started: running && record.started,
    state: stateObject(state),
    ...(running ? { user: ROOT_USER } : {}),
    ...(mounts.length === 0
      ? {}
      : {
          volumeMounts: mounts.map(({ name, mountPath, readOnly }) => ({
            mountPath,
            name,
            ...(readOnly === true ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
          })),
        }),
  }
}

function stateObject(state: ContainerState): NonNullable<ContainerStatus['state']> {
  const { kind, ...details } = state
  if (kind === 'terminated' && 'exitCode' in details) return { terminated: details }
  if (kind === 'running' && 'startedAt' in details) return { running: { ...details } }
  return { waiting: details as { reason: string } }
}
