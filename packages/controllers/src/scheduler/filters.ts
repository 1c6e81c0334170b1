// The scheduler's filters, in upstream's order. The first plugin that objects to a node ends it for that node; a plugin may
// name several reasons. Pure. Source: kube-scheduler framework/plugins/<plugin>.

import type { PodInfo } from './pod-info.ts'
import type { NodeState } from './cluster-state.ts'
import type { Prepared } from './prepared.ts'
import { isTolerated, nodeIsSelected } from './node-rules.ts'
import { portsConflict } from './requests.ts'

export interface Objection {
  /** Who objects. */
  readonly plugin: PluginName
  readonly reasons: readonly string[]
  /** False: no eviction of other pods could make this node fit. */
  readonly preemptionMayHelp: boolean
}

export type PluginName =
  | 'NodeUnschedulable'
  | 'TaintToleration'
  | 'NodeAffinity'
  | 'NodePorts'
  | 'NodeResourcesFit'
  | 'VolumeBinding'
  | 'PodTopologySpread'
  | 'InterPodAffinity'

interface Filter {
  check(info: PodInfo, node: NodeState, prepared: Prepared): Objection | undefined
}

const CORDON_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

const hopeless = (plugin: PluginName, reason: string): Objection => ({
  ...{ plugin, reasons: [reason] },
  preemptionMayHelp: false,
})
const crowded = (plugin: PluginName, reason: string): Objection => ({
  ...{ plugin, reasons: [reason] },
  preemptionMayHelp: true,
})

const nodeUnschedulable: Filter = {
  check: ({ pod }, { node }) =>
    node.spec.unschedulable === true && !isTolerated(CORDON_TAINT, pod.spec.tolerations)
      ? hopeless('NodeUnschedulable', 'node(s) were unschedulable')
      : undefined,
}

const taintToleration: Filter = {
  check: ({ pod }, { node }) => {
    for (const taint of node.spec.taints ?? []) {
      if (taint.effect === 'PreferNoSchedule' || isTolerated(taint, pod.spec.tolerations)) continue
      return hopeless('TaintToleration', 'node(s) had untolerated taint(s)')
    }
    return undefined
  },
}

const nodeAffinity: Filter = {
  check: ({ pod }, { node }) =>
    nodeIsSelected(pod, node)
      ? undefined
      : hopeless('NodeAffinity', "node(s) didn't match Pod's node affinity/selector"),
}

const nodePorts: Filter = {
  check: ({ ports }, node) =>
    ports.some((port) => node.ports.some((taken) => portsConflict(port, taken)))
      ? crowded('NodePorts', "node(s) didn't have free ports for the requested pod ports")
      : undefined,
}

const nodeResourcesFit: Filter = {
  check: ({ requests }, node) => {
    const reasons: string[] = []
    let preemptionMayHelp = true
    if (node.pods.size + 1 > (node.allocatable.get('pods') ?? 0)) reasons.push('Too many pods')
    for (const [resource, amount] of requests) {
      if (amount === 0) continue
      const allocatable = node.allocatable.get(resource) ?? 0
      if (amount <= allocatable - (node.requested.get(resource) ?? 0)) continue
      reasons.push(`Insufficient ${resource}`)
      if (amount > allocatable) preemptionMayHelp = false
    }
    return reasons.length === 0 ? undefined : { plugin: 'NodeResourcesFit', reasons, preemptionMayHelp }
  },
}

const podTopologySpread: Filter = {
  check: (_, node, { spread }) => {
    for (const { topologyKey, maxSkew, self, domains, minimum } of spread) {
      const domain = node.topology(topologyKey)
      const reason = "node(s) didn't match pod topology spread constraints"
      if (domain === undefined) return hopeless('PodTopologySpread', `${reason} (missing required label)`)
      if ((domains.get(domain) ?? 0) + self - minimum > maxSkew) return crowded('PodTopologySpread', reason)
    }
    return undefined
  },
}

const interPodAffinity: Filter = {
  check: (_, node, { affinity, antiAffinity, keptOut }) => {
    const inDomain = ({
      topologyKey,
      domains,
    }: {
      topologyKey: string
      domains: ReadonlyMap<string, number>
    }): boolean => {
      const domain = node.topology(topologyKey)
      return domain !== undefined && (domains.get(domain) ?? 0) > 0
    }
    const labelled = affinity.terms.every(({ topologyKey }) => node.topology(topologyKey) !== undefined)
    if (!labelled || !(affinity.firstOfItsKind || affinity.terms.every(inDomain))) {
      return hopeless('InterPodAffinity', "node(s) didn't match pod affinity rules")
    }
    if (antiAffinity.some(inDomain)) return crowded('InterPodAffinity', "node(s) didn't match pod anti-affinity rules")
    if (keptOut.some(inDomain))
      return crowded('InterPodAffinity', "node(s) didn't satisfy existing pods anti-affinity rules")
    return undefined
  },
}

const FILTERS: readonly Filter[] = [
  nodeUnschedulable,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity,
]

/** What the first filter that objects says; undefined: the node fits. */
export function objectionOf(info: PodInfo, node: NodeState, prepared: Prepared): Objection | undefined {
  for (const filter of FILTERS) {
    const objection = filter.check(info, node, prepared)
    if (objection !== undefined) return objection
  }
  return undefined
}
