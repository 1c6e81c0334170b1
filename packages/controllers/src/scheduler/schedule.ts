// One scheduling decision: filter the nodes, rate those that fit, take the best. Pure but for the tie-breaking draw.
// Source: kube-scheduler schedule_one.go.

import type { Random } from '@podwire/engine'
import type { ClusterState, NodeState } from './cluster-state.ts'
import { FILTERS, type Objection } from './filters.ts'
import { failureText, NO_NODES, preFilterText } from './failure-text.ts'
import type { PodInfo } from './pod-info.ts'
import { type Prepared, prepare } from './prepared.ts'
import { SCORES } from './scores.ts'

export type Decision =
  | { readonly kind: 'bind'; readonly node: string; readonly nextStart: number }
  | {
      readonly kind: 'unschedulable'
      readonly message: string
      readonly objections: readonly Objection[]
      readonly nextStart: number
    }

/** Clusters up to this size are searched whole; larger ones until enough nodes fit. */
const MIN_FEASIBLE_NODES = 100

/** @param start where the search begins: it moves on so that all nodes get their turn */
export function schedule(info: PodInfo, state: ClusterState, random: Random, start: number): Decision {
  const nodes = state.nodes()
  if (nodes.length === 0) return unschedulable(NO_NODES, [], 0)
  const claim = missingClaim(info)
  if (claim !== undefined) return unschedulable(preFilterText(nodes.length, claim), [], start)
  const prepared = prepare(info, state)
  const enough = feasibleNodesWanted(nodes.length)
  const feasible: NodeState[] = []
  const objections: Objection[] = []
  let looked = 0
  while (looked < nodes.length && feasible.length < enough) {
    const node = nodes[(start + looked++) % nodes.length]
    if (node === undefined) continue
    const objection = firstObjection(info, node, prepared)
    if (objection === undefined) feasible.push(node)
    else objections.push(objection)
  }
  const nextStart = (start + looked) % nodes.length
  const [only] = feasible
  if (only === undefined) {
    const never = info.pod.spec.preemptionPolicy === 'Never'
    return unschedulable(failureText(objections, never), objections, nextStart)
  }
  const best = feasible.length === 1 ? only : pickBest(info, feasible, prepared, random)
  return { kind: 'bind', node: best.name, nextStart }
}

function unschedulable(message: string, objections: readonly Objection[], nextStart: number): Decision {
  return { kind: 'unschedulable', message, objections, nextStart }
}

function firstObjection(info: PodInfo, node: NodeState, prepared: Prepared): Objection | undefined {
  for (const filter of FILTERS) {
    const objection = filter.check(info, node, prepared)
    if (objection !== undefined) return objection
  }
  return undefined
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
    rate(info, nodes, prepared).forEach((score, index) => {
      totals[index] = (totals[index] ?? 0) + weight * score
    })
  }
  const highest = Math.max(...totals)
  return random.pick(nodes.filter((_, index) => totals[index] === highest))
}

/** The API serves no PersistentVolumeClaims, so a pod that names one waits for something that does not exist. */
function missingClaim({ pod }: PodInfo): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const claim = volume.persistentVolumeClaim?.claimName
    if (claim !== undefined) return `persistentvolumeclaim "${claim}" not found`
  }
  return undefined
}
