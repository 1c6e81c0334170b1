// The scheduler's scores: every plugin gives each node that fits 0 to 100, times its weight. Pure.
// Source: kube-scheduler framework/plugins.

import type { NodeState } from './cluster-state.ts'
import { isTolerated, termMatches } from './node-rules.ts'
import type { PodInfo } from './pod-info.ts'
import type { Prepared } from './prepared.ts'

const MAX = 100

export interface Score {
  readonly plugin: string
  readonly weight: number
  /** One score from 0 to 100 a node, in the nodes' order; undefined: the plugin has nothing to say about this pod. */
  rate(info: PodInfo, nodes: readonly NodeState[], prepared: Prepared): readonly number[] | undefined
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
    const intolerable = nodes.map(({ node: { spec } }) => {
      let count = 0
      for (const taint of spec.taints ?? []) {
        if (taint.effect === 'PreferNoSchedule' && !isTolerated(taint, pod.spec.tolerations)) count++
      }
      return count
    })
    return normalized(intolerable, true)
  },
}

const nodeAffinity: Score = {
  plugin: 'NodeAffinity',
  weight: 2,
  rate: ({ pod }, nodes) => {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    if (preferred.length === 0) return undefined
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

/** How even cpu and memory of a node are used when this much comes on top: 100 is the same share of both. */
function balance(node: NodeState, cpu: number, memory: number): number {
  const cpus = node.allocatable.get('cpu') ?? 0
  const bytes = node.allocatable.get('memory') ?? 0
  if (cpus === 0 || bytes === 0) return MAX
  const cpuShare = Math.min(1, ((node.requested.get('cpu') ?? 0) + cpu) / cpus)
  const memoryShare = Math.min(1, ((node.requested.get('memory') ?? 0) + memory) / bytes)
  return Math.floor((1 - Math.abs(cpuShare - memoryShare) / 2) * MAX)
}

/** What the pod does to the balance; a pod that asks for neither does nothing. */
const balancedAllocation: Score = {
  plugin: 'NodeResourcesBalancedAllocation',
  weight: 1,
  rate: ({ requests }, nodes) => {
    const cpu = requests.get('cpu') ?? 0
    const memory = requests.get('memory') ?? 0
    if (cpu === 0 && memory === 0) return undefined
    const half = MAX / 2
    return nodes.map((node) => half + Math.floor((half + balance(node, cpu, memory) - balance(node, 0, 0)) / 2))
  },
}

const podTopologySpread: Score = {
  plugin: 'PodTopologySpread',
  weight: 2,
  rate: (_, nodes, prepared) => {
    const { constraints, needsAllKeys } = prepared.softSpread()
    if (constraints.length === 0) return undefined
    const isRated = (node: NodeState): boolean =>
      !needsAllKeys || constraints.every(({ topologyKey }) => node.topology(topologyKey) !== undefined)
    const rated = needsAllKeys ? nodes.filter(isRated) : nodes
    const raw = rated.map(() => 0)
    for (const { topologyKey, maxSkew, domains } of constraints) {
      // What few domains hold weighs less: the more domains among the nodes in question, the more a pod counts.
      const weight = Math.log(domainsAmong(rated, topologyKey) + 2)
      for (let i = 0; i < rated.length; i++) {
        const domain = rated[i]?.topology(topologyKey)
        if (domain !== undefined) raw[i] = (raw[i] ?? 0) + (domains.get(domain) ?? 0) * weight + (maxSkew - 1)
      }
    }
    const scores = spreadScores(raw)
    if (rated === nodes) return scores
    let next = 0
    return nodes.map((node) => (isRated(node) ? (scores[next++] ?? 0) : 0))
  },
}

/** Turned round: the fewer, the better. */
function spreadScores(raw: readonly number[]): readonly number[] {
  const rounded = raw.map(Math.round)
  const max = Math.max(0, ...rounded)
  const min = Math.min(...rounded)
  return rounded.map((score) => (max === 0 ? MAX : Math.floor((MAX * (max + min - score)) / max)))
}

function domainsAmong(nodes: readonly NodeState[], topologyKey: string): number {
  if (topologyKey === 'kubernetes.io/hostname') return nodes.length
  return new Set(nodes.map((node) => node.topology(topologyKey))).size
}

const interPodAffinity: Score = {
  plugin: 'InterPodAffinity',
  weight: 2,
  rate: (_, nodes, prepared) => {
    const wishes = prepared.wishes()
    if (wishes.length === 0) return undefined
    const raw = nodes.map((node) => {
      let sum = 0
      for (const { topologyKey, domains, weight } of wishes) {
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

const MEGABYTE = 2 ** 20
const SMALL_IMAGE = 23 * MEGABYTE
const LARGE_IMAGE = 1000 * MEGABYTE

/** Images that are there already, by size; one that few nodes have counts less, so that a node does not draw everything. */
const imageLocality: Score = {
  plugin: 'ImageLocality',
  weight: 1,
  rate: ({ pod }, nodes, { imageSpread }) => {
    if (nodes.every(({ images }) => images.size === 0)) return undefined
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
    const names = containers.map(({ image = '' }) => withTag(image))
    const large = LARGE_IMAGE * containers.length
    return nodes.map(({ images }) => {
      let sum = 0
      for (const name of names) sum += Math.floor((images.get(name) ?? 0) * imageSpread(name))
      const kept = Math.min(large, Math.max(SMALL_IMAGE, sum))
      return Math.floor((MAX * (kept - SMALL_IMAGE)) / (large - SMALL_IMAGE))
    })
  },
}

function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}

export const SCORES: readonly Score[] = [
  taintToleration,
  nodeAffinity,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity,
  balancedAllocation,
  imageLocality,
]
