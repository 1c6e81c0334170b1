// What the kubelet knows of one container of a pod: the input of the status computation. Records are values; the pod worker
// replaces them.

import type { Container, ContainerRestartRule, EphemeralContainer, Pod } from '@podwire/apiserver'

export interface TerminatedState {
  readonly kind: 'terminated'
  readonly exitCode: number
  readonly reason: string
  readonly message?: string
  /** 'YYYY-MM-DDTHH:MM:SSZ', as all times here */
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly containerID: string
}

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly startedAt: string }
  | TerminatedState

/** A sidecar is an init container with restartPolicy Always; an ephemeral one was added to a running pod (kubectl debug). */
type ContainerRole = 'init' | 'sidecar' | 'main' | 'ephemeral'

export interface ContainerRecord {
  readonly spec: Container
  readonly role: ContainerRole
  readonly state: ContainerState
  readonly last: TerminatedState | undefined
  readonly restartCount: number
  /** Empty before the first start. */
  readonly containerID: string
  /** As the runtime names it: `docker.io/library/nginx:latest`; the spec's text before the image is there. */
  readonly image: string
  readonly imageID: string
  /** Startup probe passed, or none and running. */
  readonly started: boolean
  /** Readiness probe passed, or none and running. */
  readonly ready: boolean
}

/**
 * All containers of a pod before anything started on this node: init containers first, in spec order. Of a pod that ran here
 * before the node went down, the runtime knows nothing any more: its init containers run again, its other ones count a restart.
 */
export function newRecords(pod: Pod, now: () => string): readonly ContainerRecord[] {
  const init = pod.spec.initContainers ?? []
  const reason = init.length > 0 ? 'PodInitializing' : 'ContainerCreating'
  return [
    ...init.map((spec) => newRecord(spec, spec.restartPolicy === 'Always' ? 'sidecar' : 'init', reason)),
    ...pod.spec.containers.map((spec) => recovered(pod, newRecord(spec, 'main', reason), now)),
  ]
}

function recovered(pod: Pod, record: ContainerRecord, now: () => string): ContainerRecord {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === record.spec.name)
  if (status?.containerID === undefined) return record
  const { containerID, restartCount, state } = status
  const startedAt = state?.running?.startedAt
  const ended: TerminatedState =
    state?.terminated === undefined
      ? {
          kind: 'terminated',
          exitCode: 255,
          reason: 'Unknown',
          ...(startedAt === undefined ? {} : { startedAt }),
          finishedAt: now(),
          containerID,
        }
      : { reason: 'Unknown', ...state.terminated, kind: 'terminated', containerID }
  if (mayRestart(pod, record, ended.exitCode)) return { ...record, last: ended, restartCount: restartCount + 1 }
  return { ...record, state: ended, containerID, restartCount, image: status.image, imageID: status.imageID }
}

/** How often a container was restarted, once it starts next. */
export function nextRestartCount({ containerID, restartCount }: ContainerRecord): number {
  return containerID === '' ? restartCount : restartCount + 1
}

export function newEphemeralRecord(spec: EphemeralContainer): ContainerRecord {
  return newRecord(spec, 'ephemeral', 'ContainerCreating')
}

function newRecord(spec: Container, role: ContainerRole, reason: string): ContainerRecord {
  return {
    spec,
    role,
    state: { kind: 'waiting', reason },
    last: undefined,
    restartCount: 0,
    containerID: '',
    image: spec.image ?? '',
    imageID: '',
    started: false,
    ready: false,
  }
}

type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

/** The policy that counts for a container: its own (from 1.35), a sidecar's Always, or the pod's. */
function restartPolicyOf(pod: Pod, record: ContainerRecord): RestartPolicy {
  if (record.role === 'sidecar') return 'Always'
  const policy = record.spec.restartPolicy ?? pod.spec.restartPolicy ?? 'Always'
  // An init container that succeeded is done, whatever the pod's policy.
  if (record.role === 'init' && policy === 'Always') return 'OnFailure'
  return policy === 'OnFailure' || policy === 'Never' ? policy : 'Always'
}

/** Would a container that ended like this be started again? Its own rules (from 1.35) come before its policy. */
export function mayRestart(pod: Pod, record: ContainerRecord, exitCode: number): boolean {
  if (record.role === 'ephemeral') return false
  const { restartPolicyRules } = record.spec
  if (restartPolicyRules?.some((rule) => matches(rule, exitCode)) === true) return true
  const policy = restartPolicyOf(pod, record)
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

function matches({ action, exitCodes }: ContainerRestartRule, exitCode: number): boolean {
  if (action !== 'Restart' || exitCodes === undefined) return false
  return (exitCodes.operator === 'In') === (exitCodes.values ?? []).includes(exitCode)
}
