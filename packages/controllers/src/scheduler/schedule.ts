// One scheduling decision: filter the nodes, rate those that fit, take the best. Pure but for the tie-breaking draw.
// Source: kube-scheduler schedule_one.go.

import type { PersistentVolumeClaim, Pod } from '@podwire/apiserver'
import type { Random } from '@podwire/engine'
import type { ClusterState, NodeState } from './cluster-state.ts'
import type { Objection, PluginName } from './filters.ts'
import { failureText, NO_NODES, preFilterText } from './failure-text.ts'
import { objectionTo } from './nominated.ts'
import type { PodInfo } from './pod-info.ts'
import type { PodSelector } from './pod-selector.ts'
import { type Budget, type Preemption, preempt } from './preemption.ts'
import { type Prepared, prepare } from './prepared.ts'
import { SCORES } from './scores.ts'

export type Decision =
  | { readonly kind: 'bind'; readonly node: string; readonly nextStart: number }
  | {
      readonly kind: 'unschedulable'
      readonly message: string
      /** Set when the eviction of some pods would make room. */
      readonly preemption: Preemption | undefined
      /** A nomination made earlier stays: its victims are still going. */
      readonly keepsNomination: boolean
      /** Whose objections they were: what else changes is no reason to try again. None: there are no nodes. */
      readonly rejectors: ReadonlySet<PluginName>
      readonly nextStart: number
    }

/** Other objects a decision may depend on, asked for when it does. */
export interface Surroundings {
  /** Picks the pods a Service or a controller counts this one among; undefined: none does. */
  defaultSelector(pod: Pod): PodSelector | undefined
  claim(namespace: string | undefined, name: string): PersistentVolumeClaim | undefined
  /** Asked for only when pods may have to be evicted. */
  budgets(): readonly Budget[]
}

/** Clusters up to this size are searched whole; larger ones until enough nodes fit. */
const MIN_FEASIBLE_NODES = 100

/**
 * @param start where the search begins: it moves on so that all nodes get their turn
 */
export function schedule(
  info: PodInfo,
  state: ClusterState,
  random: Random,
  start: number,
  surroundings: Surroundings,
): Decision {
  const nodes = state.nodes()
  const nothing = { kind: 'unschedulable', preemption: undefined, keepsNomination: false } as const
  if (nodes.length === 0) return { ...nothing, message: NO_NODES, rejectors: new Set(), nextStart: 0 }
  const problem = problemOf(info, surroundings)
  if (problem !== undefined) {
    const message = preFilterText(nodes.length, problem.text)
    return { ...nothing, keepsNomination: true, message, rejectors: new Set([problem.plugin]), nextStart: start }
  }
  const prepared = prepare(info, state, (pod) => surroundings.defaultSelector(pod))
  // Room was made for it there: when it fits, nothing else is looked at.
  const nominated = state.node(info.pod.status?.nominatedNodeName ?? '')
  if (nominated !== undefined && objectionTo(info, nominated, prepared, state) === undefined) {
    return { kind: 'bind', node: nominated.name, nextStart: start }
  }
  const { feasible, objections, nextStart } = search(info, state, prepared, start)
  const [only] = feasible
  if (only === undefined) {
    const { preemption, text, keepsNomination } = preempt(info, state, objections, () => surroundings.budgets())
    const rejectors = new Set(objections.map(({ plugin }) => plugin))
    const message = failureText(objections, text)
    return { kind: 'unschedulable', message, preemption, keepsNomination, rejectors, nextStart }
  }
  const best = feasible.length === 1 ? only : pickBest(info, feasible, prepared, random)
  return { kind: 'bind', node: best.name, nextStart }
}

interface Search {
  readonly feasible: readonly NodeState[]
  readonly objections: readonly Rejection[]
  readonly nextStart: number
}

type Rejection = Objection & { readonly node: NodeState }

function search(info: PodInfo, state: ClusterState, prepared: Prepared, start: number): Search {
  const nodes = state.nodes()
  const feasible: NodeState[] = []
  const objections: Rejection[] = []
  const look = (node: NodeState): void => {
    const objection = objectionTo(info, node, prepared, state)
    if (objection === undefined) feasible.push(node)
    else objections.push({ ...objection, node })
  }
  if (info.namedNodes !== undefined) {
    const named = info.namedNodes.flatMap((name) => state.node(name) ?? [])
    for (const node of named) look(node)
    if (feasible.length === 0) {
      for (const node of nodes) if (!named.includes(node)) objections.push({ ...NOT_NAMED, node })
    }
    return { feasible, objections, nextStart: start }
  }
  const enough = feasibleNodesWanted(nodes.length)
  let looked = 0
  while (looked < nodes.length && feasible.length < enough) {
    const node = nodes[(start + looked++) % nodes.length]
    if (node !== undefined) look(node)
  }
  return { feasible, objections, nextStart: (start + looked) % nodes.length }
}

/** Nodes that are not even looked at, because the pod names others. */
const NOT_NAMED: Objection = {
  plugin: 'NodeAffinity',
  reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
  preemptionMayHelp: false,
}

/** 50 % of the nodes, a percent less per 125 nodes, at least 5 %. */
function feasibleNodesWanted(nodes: number): number {
  if (nodes < MIN_FEASIBLE_NODES) return nodes
  const percent = Math.max(5, 50 - Math.floor(nodes / 125))
  return Math.max(MIN_FEASIBLE_NODES, Math.floor((nodes * percent) / 100))
}

function pickBest(info: PodInfo, nodes: readonly NodeState[], prepared: Prepared, random: Random): NodeState {
  const totals = nodes.map(() => 0)
  for (const { rate, weight } of SCORES) {
    const scores = rate(info, nodes, prepared)
    if (scores === undefined) continue
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] ?? 0) + weight * (scores[i] ?? 0)
  }
  const highest = Math.max(...totals)
  return random.pick(nodes.filter((_, index) => totals[index] === highest))
}

/** What is wrong before any node is looked at. */
function problemOf(
  info: PodInfo,
  surroundings: Surroundings,
): { readonly plugin: PluginName; readonly text: string } | undefined {
  if (info.namedNodes?.length === 0) return { plugin: 'NodeAffinity', text: 'pod affinity terms conflict' }
  const text = claimProblem(info, surroundings)
  return text === undefined ? undefined : { plugin: 'VolumeBinding', text }
}

/** Volumes are not simulated: a claim that nobody bound by hand stays unbound, and the pod waits for it. */
function claimProblem({ pod }: PodInfo, surroundings: Surroundings): string | undefined {
  const claims: PersistentVolumeClaim[] = []
  for (const volume of pod.spec.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName
    if (name === undefined) continue
    const claim = surroundings.claim(pod.metadata.namespace, name)
    if (claim === undefined) return `persistentvolumeclaim ${JSON.stringify(name)} not found`
    claims.push(claim)
  }
  for (const { metadata, spec, status } of claims) {
    const name = JSON.stringify(metadata.name)
    if (status?.phase === 'Lost') {
      return `persistentvolumeclaim ${name} bound to non-existent persistentvolume ${JSON.stringify(spec.volumeName ?? '')}`
    }
    if (metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim ${name} is being deleted`
  }
  const unbound = claims.some(({ spec }) => (spec.volumeName ?? '') === '')
  return unbound ? 'pod has unbound immediate PersistentVolumeClaims' : undefined
}
