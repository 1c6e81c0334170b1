// What the kubelet knows of one container of a pod: the input of the status computation. Records are values; the pod worker
// replaces them.

import type { Container, Pod } from '@podwire/apiserver'

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

/** A sidecar is an init container with restartPolicy Always. */
type ContainerRole = 'init' | 'sidecar' | 'main'

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

/** All containers of a pod before anything started: init containers first, in spec order. */
export function newRecords(pod: Pod): readonly ContainerRecord[] {
  const init = pod.spec.initContainers ?? []
  const reason = init.length > 0 ? 'PodInitializing' : 'ContainerCreating'
  const record = (spec: Container, role: ContainerRole): ContainerRecord => ({
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
  })
  return [
    ...init.map((spec) => record(spec, spec.restartPolicy === 'Always' ? 'sidecar' : 'init')),
    ...pod.spec.containers.map((spec) => record(spec, 'main')),
  ]
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

/** The policy that counts for a container: its own (from 1.35), a sidecar's Always, or the pod's. */
export function restartPolicyOf(pod: Pod, record: ContainerRecord): RestartPolicy {
  if (record.role === 'sidecar') return 'Always'
  const policy = record.spec.restartPolicy ?? pod.spec.restartPolicy ?? 'Always'
  // An init container that succeeded is done, whatever the pod's policy.
  if (record.role === 'init' && policy === 'Always') return 'OnFailure'
  return policy === 'OnFailure' || policy === 'Never' ? policy : 'Always'
}

/** Would a container that ended like this be started again? */
export function mayRestart(policy: RestartPolicy, exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}
