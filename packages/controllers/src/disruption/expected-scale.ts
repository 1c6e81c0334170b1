// How many pods the controllers of some pods want. Source: kubernetes pkg/controller/disruption/disruption.go
// (getExpectedScale and its finders).

import {
  deployments,
  type InformerFactory,
  type OwnerReference,
  type Pod,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '@podwire/apiserver'
import { controllerOf } from '../objects/owner.ts'

export interface ExpectedScale {
  readonly replicas: number
  /** Pods that nobody controls: they cannot be counted on. */
  readonly unmanaged: readonly string[]
  /** Why the number cannot be known; undefined: it is. */
  readonly problem: string | undefined
}

export function expectedScale(informers: InformerFactory, pods: readonly Pod[]): ExpectedScale {
  const scales = new Map<string, number>()
  const unmanaged: string[] = []
  for (const pod of pods) {
    const controller = controllerOf(pod)
    if (controller === undefined) {
      unmanaged.push(pod.metadata.name)
      continue
    }
    if (scales.has(controller.uid)) continue
    const found = scaleOf(informers, pod.metadata.namespace ?? '', controller)
    if (typeof found === 'string') return { replicas: 0, unmanaged, problem: found }
    if (found === undefined) {
      return { replicas: 0, unmanaged, problem: `found no controllers for pod ${JSON.stringify(pod.metadata.name)}` }
    }
    // ReplicaSets of one Deployment share its number.
    scales.set(controller.uid, scales.has(found.uid) ? 0 : found.replicas)
    if (found.uid !== controller.uid) scales.set(found.uid, 0)
  }
  let replicas = 0
  for (const scale of scales.values()) replicas += scale
  return { replicas, unmanaged, problem: undefined }
}

/** Text: why the controller does not say; undefined: there is none. */
function scaleOf(
  informers: InformerFactory,
  namespace: string,
  controller: OwnerReference,
): { readonly uid: string; readonly replicas: number } | string | undefined {
  const { kind, name, uid } = controller
  if (kind === 'ReplicaSet') {
    const replicaSet = informers.informer(replicaSets).get(namespace, name)
    const owner = replicaSet === undefined ? undefined : controllerOf(replicaSet)
    const deployment =
      owner?.kind === 'Deployment' ? informers.informer(deployments).get(namespace, owner.name) : undefined
    if (deployment !== undefined) return { uid: deployment.metadata.uid, replicas: deployment.spec.replicas ?? 1 }
    if (replicaSet !== undefined) return { uid, replicas: replicaSet.spec.replicas ?? 1 }
  } else if (kind === 'ReplicationController') {
    const found = informers.informer(replicationControllers).get(namespace, name)
    if (found !== undefined) return { uid, replicas: found.spec.replicas ?? 1 }
  } else if (kind === 'StatefulSet') {
    const found = informers.informer(statefulSets).get(namespace, name)
    if (found !== undefined) return { uid, replicas: found.spec.replicas ?? 1 }
  } else if (kind === 'DaemonSet' || kind === 'Job') {
    const resource = kind === 'DaemonSet' ? 'daemonsets.apps' : 'jobs.batch'
    return `${resource} does not implement the scale subresource`
  }
  return undefined
}
