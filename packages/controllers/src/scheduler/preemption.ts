// Making room: which less important pods would have to go, on which node, so that a pod fits. Tries it out on the cluster state
// and puts everything back. Source: kube-scheduler plugins/defaultpreemption, framework/preemption. Departure: candidate
// nodes are looked at in order, not from a random start.

import type { Pod } from '@podwire/apiserver'
import { isPodDeleting } from '../objects/pod-state.ts'
import type { ClusterState, NodeState } from './cluster-state.ts'
import { noVictimsText } from './failure-text.ts'
import { type Objection, objectionOf } from './filters.ts'
import type { PodInfo } from './pod-info.ts'
import { prepare } from './prepared.ts'

/** A disruption budget as preemption sees it. */
export interface Budget {
  readonly disruptionsAllowed: number
  selects(pod: Pod): boolean
}

export interface Preemption {
  readonly node: string
  readonly victims: readonly Pod[]
}

interface Candidate extends Preemption {
  /** Victims whose budget allows no further disruption. */
  readonly violations: number
}

export interface PreemptionOutcome {
  readonly preemption: Preemption | undefined
  /** What the failure message says about it; undefined: nothing, because room is being made. */
  readonly text: string | undefined
  readonly keepsNomination: boolean
}

/** As many candidates as are looked for at least; above that, a tenth of the nodes. */
const MIN_CANDIDATES = 100

const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0
const startOf = (pod: Pod): string => pod.status?.startTime ?? pod.metadata.creationTimestamp

export function preempt(
  info: PodInfo,
  state: ClusterState,
  objections: readonly (Objection & { readonly node: NodeState })[],
  budgets: () => readonly Budget[],
): PreemptionOutcome {
  const none = { preemption: undefined, keepsNomination: false }
  const refusal = notEligible(info, state)
  if (refusal !== undefined) return { ...none, ...refusal }
  const candidates: Candidate[] = []
  const enough = Math.max(MIN_CANDIDATES, Math.floor(objections.length / 10))
  let known: readonly Budget[] | undefined
  for (const { node, preemptionMayHelp } of objections) {
    if (!preemptionMayHelp || candidates.length >= enough) continue
    if (!node.hasBelow(priorityOf(info.pod))) continue
    const lower = [...node.pods.values()].filter(({ pod }) => priorityOf(pod) < priorityOf(info.pod))
    const candidate = tryOut(info, state, node, lower, (known ??= budgets()))
    if (candidate !== undefined) candidates.push(candidate)
  }
  const preemption = best(candidates)
  return { ...none, preemption, text: preemption === undefined ? noVictimsText(objections) : undefined }
}

function notEligible(
  { pod }: PodInfo,
  state: ClusterState,
): { readonly text: string; readonly keepsNomination: boolean } | undefined {
  if (pod.spec.preemptionPolicy === 'Never') {
    return { text: 'not eligible due to preemptionPolicy=Never.', keepsNomination: false }
  }
  const nominated = state.node(pod.status?.nominatedNodeName ?? '')
  for (const { pod: other } of nominated?.pods.values() ?? []) {
    if (!isPodDeleting(other) || priorityOf(other) >= priorityOf(pod)) continue
    return { text: 'not eligible due to a terminating pod on the nominated node.', keepsNomination: true }
  }
  return undefined
}

/** Takes all less important pods away, then gives back, the most important first, whatever leaves room enough. */
function tryOut(
  info: PodInfo,
  state: ClusterState,
  node: NodeState,
  lower: readonly PodInfo[],
  budgets: readonly Budget[],
): Candidate | undefined {
  const fits = (): boolean => objectionOf(info, node, prepare(info, state)) === undefined
  const victims: Pod[] = []
  let violations = 0
  for (const { pod } of lower) state.remove(pod.metadata.uid)
  const possible = fits()
  if (possible) {
    const { violating, others } = splitByBudget(lower, budgets)
    for (const other of [...violating, ...others]) {
      state.place(other, node.name)
      if (fits()) continue
      state.remove(other.pod.metadata.uid)
      victims.push(other.pod)
      if (violating.includes(other)) violations++
    }
  }
  for (const other of lower) state.place(other, node.name)
  return possible && victims.length > 0 ? { node: node.name, victims, violations } : undefined
}

function splitByBudget(
  lower: readonly PodInfo[],
  budgets: readonly Budget[],
): { readonly violating: readonly PodInfo[]; readonly others: readonly PodInfo[] } {
  const left = budgets.map(({ disruptionsAllowed }) => disruptionsAllowed)
  const violating: PodInfo[] = []
  const others: PodInfo[] = []
  const important = [...lower].sort((a, b) => compareImportance(a.pod, b.pod))
  for (const other of important) {
    let violates = false
    for (const [index, budget] of budgets.entries()) {
      if (!budget.selects(other.pod)) continue
      const allowed = left[index] ?? 0
      if (allowed <= 0) violates = true
      left[index] = allowed - 1
    }
    if (violates) violating.push(other)
    else others.push(other)
  }
  return { violating, others }
}

/** Higher priority first, then longer running, then by name. */
function compareImportance(a: Pod, b: Pod): number {
  if (priorityOf(a) !== priorityOf(b)) return priorityOf(b) - priorityOf(a)
  const [aStart, bStart] = [`${startOf(a)} ${a.metadata.name}`, `${startOf(b)} ${b.metadata.name}`]
  return aStart < bStart ? -1 : aStart > bStart ? 1 : 0
}

/** Fewest broken budgets, least important top victim, smallest sum, fewest victims, youngest top victims, first. */
function best(candidates: readonly Candidate[]): Candidate | undefined {
  let chosen: Candidate | undefined
  for (const candidate of candidates) if (chosen === undefined || compare(candidate, chosen) < 0) chosen = candidate
  return chosen
}

function compare(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate): number => Math.max(...victims.map(priorityOf))
  // Shifted so that many negative priorities do not look cheaper than few.
  const sum = ({ victims }: Candidate): number => victims.reduce((total, pod) => total + priorityOf(pod) + 2 ** 31, 0)
  const order =
    a.violations - b.violations || highest(a) - highest(b) || sum(a) - sum(b) || a.victims.length - b.victims.length
  if (order !== 0) return order
  const earliest = (candidate: Candidate): string =>
    candidate.victims
      .filter((pod) => priorityOf(pod) === highest(candidate))
      .map(startOf)
      .reduce((first, start) => (start < first ? start : first))
  const [aStart, bStart] = [earliest(a), earliest(b)]
  return aStart > bStart ? -1 : aStart < bStart ? 1 : 0
}
