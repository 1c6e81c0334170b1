// Which changes of nodes and pods are a reason to look at waiting pods again. Pure.
// Source: kube-scheduler eventhandlers.go, framework/plugins (EventsToRegister).

import type { Node, Pod } from '@podwire/apiserver'
import { isPodDeleting } from '../objects/pod-state.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'

/** A pod newly placed (or relabelled) matters only to those that choose by other pods. */
export function wantsCompany(pod: Pod): boolean {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  const near = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const apart = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return near.length + apart.length > 0 || (pod.spec.topologySpreadConstraints ?? []).length > 0
}

/** What can turn "does not fit" into "fits" on a node. */
export function mayAdmitMore(old: Node, node: Node): boolean {
  return (
    old.spec.unschedulable !== node.spec.unschedulable ||
    !semanticEqual(old.spec.taints, node.spec.taints) ||
    !semanticEqual(old.metadata.labels, node.metadata.labels) ||
    !semanticEqual(old.status?.allocatable, node.status?.allocatable)
  )
}

/** The pod takes the same room and counts for the same selectors. */
export function samePlace(old: Pod, pod: Pod): boolean {
  return (
    isPodDeleting(old) === isPodDeleting(pod) &&
    semanticEqual(old.metadata.labels, pod.metadata.labels) &&
    semanticEqual(old.metadata.ownerReferences, pod.metadata.ownerReferences) &&
    semanticEqual(old.spec.containers, pod.spec.containers)
  )
}

export function sameWishes(old: Pod, pod: Pod): boolean {
  return semanticEqual(old.spec, pod.spec) && semanticEqual(old.metadata.labels, pod.metadata.labels)
}
