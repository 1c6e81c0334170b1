// What the pods of a node ask for is not more than the node has, and they are not more than it takes. Who binds past the scheduler is
// refused by the kubelet (the pod is Failed then, and counts no more). Source: kube-scheduler noderesources/fit.go, kubelet
// lifecycle/predicate.go. Only nodes whose pods have changed are looked at.

import { nodes, type Pod } from '@podwire/apiserver'
import { amountsOf, podRequests } from '@podwire/controllers'
import type { Cluster } from '../sdk/cluster.ts'
import type { Invariant } from './invariant.ts'
import { PodGroups } from './pod-groups.ts'

export const nodesAreNotOvercommitted: Invariant = {
  name: 'nodes-are-not-overcommitted',
  watch(cluster, changes) {
    const groups = new PodGroups(({ spec }) => spec.nodeName)
    return () => [...groups.follow(changes)].flatMap((node) => problemsOf(cluster, node, groups.of(node)))
  },
}

function problemsOf({ client, composition }: Cluster, node: string, own: readonly Pod[]): readonly string[] {
  const allocatable = client.find(nodes, { name: node })?.status?.allocatable
  // Where no kubelet runs nobody refuses.
  if (allocatable === undefined || !composition.kubelets.has(node)) return []
  const running = own.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
  const asked = new Map([['pods', running.length]])
  for (const pod of running) {
    for (const [resource, amount] of podRequests(pod)) asked.set(resource, (asked.get(resource) ?? 0) + amount)
  }
  const has = amountsOf(allocatable)
  return [...asked].flatMap(([resource, amount]) => {
    const most = has.get(resource) ?? 0
    return amount <= most ? [] : [`the pods of ${node} ask for ${amount} of ${resource}, and it has ${most}`]
  })
}
