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
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    const containers: readonly AnyContainer[] | undefined = spec[list]
    if (containers === undefined) continue
    for (const [index, container] of containers.entries()) visit(container, `${path}.${list}[${index}]`)
  }
}

export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always'
}

/** Not said means the node's user namespace. */
export function usesHostUsers({ hostUsers }: PodSpec): boolean {
  return hostUsers !== false
}
