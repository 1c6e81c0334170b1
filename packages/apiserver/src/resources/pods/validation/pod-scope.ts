// What the rules about parts of a pod spec need to know of the whole. Made once a validation.
// Departure: upstream lets an update keep what older servers accepted; here everything stored was checked by these very rules.

import type { Container, EphemeralContainer, PodSpec, Volume } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'

export interface PodScope {
  readonly spec: PodSpec
  /** Of a pod, not of a template. */
  readonly isPod: boolean
  /** '' for templates. */
  readonly podName: string
  /** Made by a kubelet for a static pod. */
  readonly isMirror: boolean
  /** Those found valid, by name. */
  readonly volumes: ReadonlyMap<string, Volume>
  /** Names of spec.resourceClaims. */
  readonly claims: ReadonlySet<string>
  readonly errors: FieldError[]
}

export type AnyContainer = Container | EphemeralContainer

/** All containers with their paths: first init containers, then containers, then ephemeral ones. */
export function visitContainers(
  spec: PodSpec,
  path: string,
  visit: (container: AnyContainer, path: string) => void,
): void {
  const { initContainers, containers, ephemeralContainers } = spec
  if (initContainers !== undefined) visitList(initContainers, `${path}.initContainers`, visit)
  visitList(containers, `${path}.containers`, visit)
  if (ephemeralContainers !== undefined) visitList(ephemeralContainers, `${path}.ephemeralContainers`, visit)
}

function visitList(
  containers: readonly AnyContainer[],
  path: string,
  visit: (container: AnyContainer, path: string) => void,
): void {
  for (const [index, container] of containers.entries()) visit(container, `${path}[${index}]`)
}

export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always'
}

/** Not said means the node's user namespace. */
export function usesHostUsers({ hostUsers }: PodSpec): boolean {
  return hostUsers !== false
}
