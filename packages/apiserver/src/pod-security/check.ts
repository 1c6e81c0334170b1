// What a check of the Pod Security Standards is, and the words in which checks speak of containers.
// Source: pod-security-admission policy/{checks,helpers,visitor}.go.

import { compareText } from '@podwire/engine'
import type { Container, EphemeralContainer, PodSpec } from '../objects/index.ts'

export interface Violation {
  /** Said always: `privileged`. */
  readonly reason: string
  /** Which values: `container "x" must not set securityContext.privileged=true`. */
  readonly detail: string
}

type AnyContainer = Pick<
  Container & EphemeralContainer,
  'name' | 'securityContext' | 'ports' | 'lifecycle' | 'livenessProbe' | 'readinessProbe' | 'startupProbe'
>

export interface CheckedPod {
  readonly spec: PodSpec
  readonly annotations: Readonly<Record<string, string>>
}

export interface Check {
  readonly id: string
  /** The first minor version that has it. */
  readonly since: number
  /** Baseline checks that this one makes needless. */
  readonly replaces?: string
  /** @param minor the version whose rules count */
  run(pod: CheckedPod, minor: number): Violation | undefined
}

/** Init containers first. */
export function containersOf({ spec }: CheckedPod): readonly AnyContainer[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]
}

export function quoted(items: readonly string[]): string {
  return items.map((item) => `"${item}"`).join(', ')
}

export function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many
}

/** `container "a"`, `containers "a", "b"` */
export function named(containers: readonly AnyContainer[]): string {
  const names = containers.map(({ name }) => name)
  return `${plural(names.length, 'container', 'containers')} ${quoted(names)}`
}

/** `pod and container "a"` */
export function setters(pod: boolean, containers: readonly AnyContainer[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length === 0 ? [] : [named(containers)])].join(' and ')
}

/** Sorted, each once. */
export function distinct(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort(compareText)
}

/** A pod in a user namespace of its own may be root there. */
export function ownUsers({ spec }: CheckedPod): boolean {
  return spec.hostUsers === false
}

export function isWindows({ spec }: CheckedPod): boolean {
  return spec.os?.name === 'windows'
}
