// What a terminating namespace says about itself, and how long the next look at it waits. Pure.
// Source: kubernetes pkg/controller/namespace/deletion/{namespaced_resources_deleter,status_condition_utils}.go.

import { compareText } from '@podwire/engine'
import type { KubeObject, NamespaceCondition } from '@podwire/apiserver'

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

interface Finding {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** What a clean pass finds: nothing in the way of discovering, parsing and deleting. */
const FINE: readonly Finding[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
]

function contentFinding(remaining: readonly Remaining[]): Finding {
  const type = 'NamespaceContentRemaining'
  const contents = remaining
    .filter(({ count }) => count > 0)
    .map(({ groupResource, count }) => `${groupResource} has ${count} resource instances`)
    .sort(compareText)
  if (contents.length === 0) {
    return { type, status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' }
  }
  const message = `Some resources are remaining: ${contents.join(', ')}`
  return { type, status: 'True', reason: 'SomeResourcesRemain', message }
}

function finalizerFinding(remaining: readonly Remaining[]): Finding {
  const type = 'NamespaceFinalizersRemaining'
  const waiting = new Map<string, number>()
  for (const { finalizers } of remaining) {
    for (const [finalizer, count] of finalizers) waiting.set(finalizer, (waiting.get(finalizer) ?? 0) + count)
  }
  const texts = [...waiting].map(([name, count]) => `${name} in ${count} resource instances`).sort(compareText)
  if (texts.length === 0) {
    const message = 'All content-preserving finalizers finished'
    return { type, status: 'False', reason: 'ContentHasNoFinalizers', message }
  }
  const message = `Some content in the namespace has finalizers remaining: ${texts.join(', ')}`
  return { type, status: 'True', reason: 'SomeFinalizersRemain', message }
}

export function terminationConditions(
  current: readonly NamespaceCondition[] | undefined,
  remaining: readonly Remaining[],
  timestamp: string,
): readonly NamespaceCondition[] {
  return [...FINE, contentFinding(remaining), finalizerFinding(remaining)].map((finding) => {
    const known = current?.find((condition) => condition.type === finding.type)
    const unchanged = known?.status === finding.status ? known.lastTransitionTime : undefined
    return { ...finding, lastTransitionTime: unchanged ?? timestamp }
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
