// The scheduler's scores: every plugin gives each node that fits 0 to 100, times its weight. Pure.
// Source: kube-scheduler framework/plugins. Departures: ImageLocality gives nothing (every node has every image here), and
// InterPodAffinity counts the pod's own preferences, not those of pods placed before.

import type { NodeState } from './cluster-state.ts'
import { isTolerated, termMatches } from './node-rules.ts'
import type { PodInfo } from './pod-info.ts'
import type { Prepared } from './prepared.ts'
import { domainCounts } from './topology.ts'

const MAX = 100

export interface Score {
  readonly plugin: string
  readonly weight: number
  /** One score from 0 to 100 a node, in the nodes' order. */
  rate(info: PodInfo, nodes: readonly NodeState[], prepared: Prepared): readonly number[]
}

/** Raw scores scaled so that the highest is 100. */
function normalized(raw: readonly number[], reverse: boolean): readonly number[] {
  const max = Math.max(0, ...raw)
  if (max === 0) return raw.map(() => (reverse ? MAX : 0))
  return raw.map((score) => {
    const scaled = Math.floor((score * MAX) / max)
    return reverse ? MAX - scaled : scaled
  })
}

const taintToleration: Score = {
  plugin: 'TaintToleration',
  weight: 3,
  rate: ({ pod }, nodes) => {
    const intolerable = nodes.map(
      ({ node }) =>
        (node.spec.taints ?? []).filter(
          (taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, pod.spec.tolerations),
        ).length,
    )
    return normalized(intolerable, true)
  },
}

const nodeAffinity: Score = {
  plugin: 'NodeAffinity',
  weight: 2,
  rate: ({ pod }, nodes) => {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    if (preferred.length === 0) return nodes.map(() => 0)
    const raw = nodes.map(({ node }) => {
      let sum = 0
      for (const { preference, weight } of preferred) if (termMatches(preference, node)) sum += weight
      return sum
    })
    return normalized(raw, false)
  },
}

/** LeastAllocated: the mean free share of cpu and memory. */
const nodeResourcesFit: Score = {
  plugin: 'NodeResourcesFit',
  weight: 1,
  rate: ({ scoring }, nodes) =>
    nodes.map((node) => {
      let sum = 0
      let resources = 0
      for (const resource of ['cpu', 'memory']) {
        const allocatable = node.allocatable.get(resource) ?? 0
        if (allocatable === 0) continue
        resources++
        const used = (node.scoring.get(resource) ?? 0) + (scoring.get(resource) ?? 0)
        if (used <= allocatable) sum += Math.floor(((allocatable - used) * MAX) / allocatable)
      }
      return resources === 0 ? 0 : Math.floor(sum / resources)
    }),
}

const balancedAllocation: Score = {
  plugin: 'NodeResourcesBalancedAllocation',
  weight: 1,
  rate: ({ scoring }, nodes) =>
    nodes.map((node) => {
      const share = (resource: string): number => {
        const allocatable = node.allocatable.get(resource) ?? 0
        const used = (node.scoring.get(resource) ?? 0) + (scoring.get(resource) ?? 0)
        return allocatable === 0 ? 1 : Math.min(1, used / allocatable)
      }
      return Math.floor((1 - Math.abs(share('cpu') - share('memory')) / 2) * MAX)
    }),
}

const podTopologySpread: Score = {
  plugin: 'PodTopologySpread',
  weight: 2,
  rate: (_, nodes, { softSpread }) => {
    if (softSpread.length === 0) return nodes.map(() => 0)
    const raw = nodes.map(() => 0)
    for (const { topologyKey, maxSkew, counts } of softSpread) {
      const domains = domainCounts(nodes, topologyKey, counts)
      const weight = Math.log(domains.size + 2)
      nodes.forEach((node, index) => {
        const domain = node.topology(topologyKey)
        const count = domain === undefined ? 0 : (domains.get(domain) ?? 0)
        raw[index] = (raw[index] ?? 0) + count * weight + (maxSkew - 1)
      })
    }
    const rounded = raw.map(Math.round)
    const max = Math.max(...rounded)
    const min = Math.min(...rounded)
    return rounded.map((score) => (max === 0 ? MAX : Math.floor((MAX * (max + min - score)) / max)))
  },
}

const interPodAffinity: Score = {
  plugin: 'InterPodAffinity',
  weight: 2,
  rate: (_, nodes, { preferred }) => {
    if (preferred.length === 0) return nodes.map(() => 0)
    const raw = nodes.map((node) => {
      let sum = 0
      for (const { topologyKey, domains, weight } of preferred) {
        const domain = node.topology(topologyKey)
        if (domain !== undefined) sum += weight * (domains.get(domain) ?? 0)
      }
      return sum
    })
    const max = Math.max(...raw)
    const min = Math.min(...raw)
    return raw.map((score) => (max === min ? 0 : Math.floor((MAX * (score - min)) / (max - min))))
  },
}

export const SCORES: readonly Score[] = [
  taintToleration,
  nodeAffinity,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity,
  balancedAllocation,
]
