// Whether a node takes a pod that was bound to it, with or without the scheduler: OS, resources, node affinity, host ports and NoExecute
// taints, in upstream's order. The first objection is the reason. Pure.
// Source: kubernetes pkg/kubelet/lifecycle/predicate.go, pkg/scheduler (AdmissionCheck), pkg/kubelet/preemption.
// Departure: kubelets preempt no running pods for critical ones; such a pod is rejected as where nobody could be preempted.

import type { Node, Pod } from '@podwire/apiserver'
import { amountsOf, isTolerated, nodeIsSelected, type Amounts } from '@podwire/controllers'
import type { NodeUsage } from './node-usage.ts'
import type { Rejection } from './reject-pod.ts'

const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000

/** @param isStatic from the node's own manifests: taints do not keep it away */
export function objectionTo(
  pod: Pod,
  requests: Amounts,
  node: Node,
  usage: NodeUsage,
  isStatic: boolean,
): Rejection | undefined {
  // Since 1.36 a node that comes back keeps what ran on it before, whatever became of its labels and taints.
  const ranBefore = pod.status?.startTime !== undefined
  return (
    osObjection(pod) ??
    resourceObjection(pod, requests, node, usage, isStatic) ??
    (ranBefore ? undefined : affinityObjection(pod, node)) ??
    (usage.hostPorts.isFree(pod)
      ? undefined
      : failed('NodePorts', "node(s) didn't have free ports for the requested pod ports")) ??
    (isStatic || ranBefore ? undefined : taintObjection(pod, node))
  )
}

const failed = (predicate: string, why: string): Rejection => ({
  reason: predicate,
  message: `Predicate ${predicate} failed: ${why}`,
})

function osObjection({ metadata, spec }: Pod): Rejection | undefined {
  if ((metadata.labels?.['kubernetes.io/os'] ?? 'linux') !== 'linux') {
    const message = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label"
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message }
  }
  if (spec.os === undefined || spec.os.name === 'linux') return undefined
  return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" }
}

interface Shortage {
  readonly resource: string
  readonly requested: number
  readonly used: number
  readonly capacity: number
}

function resourceObjection(
  pod: Pod,
  requests: Amounts,
  node: Node,
  usage: NodeUsage,
  isStatic: boolean,
): Rejection | undefined {
  const [first, ...rest] = shortages(requests, node, usage)
  if (first === undefined) return undefined
  if (!isStatic && (pod.spec.priority ?? 0) < SYSTEM_CRITICAL_PRIORITY) {
    const { resource, requested, used, capacity } = first
    const message = `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`
    return { reason: `OutOf${resource}`, message }
  }
  const missing = [first, ...rest].map(
    ({ resource, requested, used, capacity }) => `(res: ${resource}, q: ${requested - (capacity - used)}), `,
  )
  return {
    reason: 'UnexpectedAdmissionError',
    message:
      'Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: ' +
      `no set of running pods found to reclaim resources: [${missing.join('')}]`,
  }
}

/** cpu in thousandths, as messages have it. Resources the node does not know are somebody else's to count. */
function shortages(requests: Amounts, node: Node, usage: NodeUsage): readonly Shortage[] {
  const allocatable = allocatableOf(node)
  const found: Shortage[] = []
  const pods = allocatable.get('pods') ?? 0
  if (usage.pods + 1 > pods) found.push({ resource: 'pods', requested: 1, used: usage.pods, capacity: pods })
  for (const resource of inOrder(requests)) {
    const requested = requests.get(resource) ?? 0
    const capacity = allocatable.get(resource)
    const used = usage.used(resource)
    if (requested === 0 || (capacity === undefined && resource.includes('/'))) continue
    if (requested > (capacity ?? 0) - used) found.push({ resource, requested, used, capacity: capacity ?? 0 })
  }
  return found
}

const FIRST = ['cpu', 'memory', 'ephemeral-storage']

function inOrder(requests: Amounts): readonly string[] {
  if (requests.size === 0) return []
  return [...FIRST.filter((one) => requests.has(one)), ...[...requests.keys()].filter((one) => !FIRST.includes(one))]
}

const known = new WeakMap<object, Amounts>()

/** Stored objects never change, so what was read from one holds. */
function allocatableOf({ status }: Node): Amounts {
  const quantities = status?.allocatable
  if (quantities === undefined) return new Map()
  let amounts = known.get(quantities)
  if (amounts === undefined) known.set(quantities, (amounts = amountsOf(quantities)))
  return amounts
}

function affinityObjection(pod: Pod, node: Node): Rejection | undefined {
  return nodeIsSelected(pod, node)
    ? undefined
    : failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
}

function taintObjection(pod: Pod, node: Node): Rejection | undefined {
  const taint = (node.spec.taints ?? []).find(
    (one) => one.effect === 'NoExecute' && !isTolerated(one, pod.spec.tolerations),
  )
  return taint === undefined ? undefined : failed('TaintToleration', "node(s) had taints that the pod didn't tolerate")
}
