// What the scheduler watches besides pods and nodes: claims its pods name, budgets its evictions would touch, and what selects
// its pods.

import {
  type InformerFactory,
  type LabelSelector,
  matchesLabelSelector,
  persistentVolumeClaims,
  type Pod,
  podDisruptionBudgets,
} from '@podwire/apiserver'
import { watchDefaultSelectors } from './default-selector.ts'
import type { Surroundings } from './schedule.ts'

/** @param onClaim called when a claim appeared or changed */
export function watchSurroundings(informers: InformerFactory, onClaim: () => void): Surroundings {
  const claims = informers.informer(persistentVolumeClaims)
  const budgets = informers.informer(podDisruptionBudgets)
  claims.onChange(({ type }) => {
    if (type !== 'deleted') onClaim()
  })
  return {
    defaultSelector: watchDefaultSelectors(informers),
    claim: (namespace, name) => claims.get(namespace, name),
    budgets: () =>
      budgets.list().map(({ metadata, spec, status }) => ({
        disruptionsAllowed: status?.disruptionsAllowed ?? 0,
        selects: (pod) =>
          pod.metadata.namespace === metadata.namespace &&
          // Here an empty selector selects nothing, and a pod the eviction door let through is not counted twice.
          !isEmptySelector(spec.selector) &&
          status?.disruptedPods?.[pod.metadata.name] === undefined &&
          matchesLabelSelector(spec.selector, pod.metadata.labels ?? {}),
      })),
  }
}

function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length === 0
}

export function namesClaim(pod: Pod): boolean {
  return (pod.spec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)
}
