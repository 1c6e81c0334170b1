// What a terminating namespace says about itself, and how long the next look at it waits. Pure.
// Source: kubernetes pkg/controller/namespace/deletion/{namespaced_resources_deleter,status_condition_utils}.go.

import type { KubeObject, NamespaceCondition } from '@podwire/apiserver'
import { compareText } from '../objects/order.ts'

/** What is left of one kind after everything was told to go. */
export interface Remaining {
  /** e.g. `configmaps.` or `deployments.apps`: resource, dot, group. */
  readonly groupResource: string
  readonly count: number
  /** Finalizer → how many objects wait for it. */
  readonly finalizers: ReadonlyMap<string, number>
}

export function remainingOf(resource: string, group: string, objects: readonly KubeObject[]): Remaining {
  const finalizers = new Map<string, number>()
  for (const object of objects) {
    for (const finalizer of object.metadata.finalizers ?? []) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
    }
  }
  return { groupResource: `${resource}.${group}`, count: objects.length, finalizers }
}

export function terminationConditions(
  current: readonly NamespaceCondition[] | undefined,
  remaining: readonly Remaining[],
  timestamp: string,
): readonly NamespaceCondition[] {
  const contents = remaining
    .filter(({ count }) => count > 0)
    .map(({ groupResource, count }) => `${groupResource} has ${count} resource instances`)
    .sort(compareText)
  const waiting = new Map<string, number>()
  for (const { finalizers } of remaining) {
    for (const [finalizer, count] of finalizers) waiting.set(finalizer, (waiting.get(finalizer) ?? 0) + count)
  }
  const finalizers = [...waiting]
    .map(([finalizer, count]) => `${finalizer} in ${count} resource instances`)
    .sort(compareText)
  return [
    ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'],
    ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    ['NamespaceDeletionContentFailure', 'False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    contents.length > 0
      ? ['NamespaceContentRemaining', 'True', 'SomeResourcesRemain', `Some resources are remaining: ${contents.join(', ')}`]
      : ['NamespaceContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed'],
    finalizers.length > 0
      ? ['NamespaceFinalizersRemaining', 'True', 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${finalizers.join(', ')}`]
      : ['NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
  ].map(([type = '', status = '', reason = '', message = '']) => {
    const known = current?.find((condition) => condition.type === type)
    const lastTransitionTime =
      known?.status === status && known.lastTransitionTime !== undefined ? known.lastTransitionTime : timestamp
    return { type, status, reason, message, lastTransitionTime }
  })
}

/** Seconds until the longest-living of the remaining pods has to be gone. */
export function longestGraceSeconds(objects: readonly KubeObject[]): number {
  let longest = 0
  for (const { metadata } of objects) longest = Math.max(longest, metadata.deletionGracePeriodSeconds ?? 0)
  return longest
}

/** How long to wait before looking again at what takes about `seconds`. At most 15 s, so that an early end is noticed. */
export function nextLookSeconds(seconds: number): number {
  return Math.min(15, Math.floor(seconds / 2) + 1)
}

/** What a finalizer of an object is expected to take. */
export const FINALIZER_ESTIMATE_SECONDS = 15
