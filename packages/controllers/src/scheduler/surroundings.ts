// What the scheduler watches besides pods and nodes: claims its pods name, budgets its evictions would touch.

import {
  type InformerFactory,
  matchesLabelSelector,
  persistentVolumeClaims,
  type Pod,
  podDisruptionBudgets,
} from '@podwire/apiserver'
import type { Surroundings } from './schedule.ts'

/** @param onClaim called when a claim appeared or changed */
export function watchSurroundings(informers: InformerFactory, onClaim: () => void): Surroundings {
  const claims = informers.informer(persistentVolumeClaims)
  const budgets = informers.informer(podDisruptionBudgets)
  claims.onChange(({ type }) => {
    if (type !== 'deleted') onClaim()
  })
  return {
    claim: (namespace, name) => claims.get(namespace, name),
    budgets: () =>
      budgets.list().map(({ metadata, spec, status }) => ({
        disruptionsAllowed: status?.disruptionsAllowed ?? 0,
        selects: (pod) =>
          pod.metadata.namespace === metadata.namespace &&
          spec.selector !== undefined &&
          matchesLabelSelector(spec.selector, pod.metadata.labels ?? {}),
      })),
  }
}

export function namesClaim(pod: Pod): boolean {
  return (pod.spec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)
}
