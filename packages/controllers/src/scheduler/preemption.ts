// Making room: which less important pods would have to go, on which node, so that a pod fits. Tries it out on the cluster state
// and puts everything back. Source: kube-scheduler plugins/defaultpreemption, framework/preemption. Departure: candidate
// nodes are looked at in order, not from a random start.

import type { Pod } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'
import { isPodDeleting, podCondition } from '../objects/pod-state.ts'
import type { ClusterState, NodeState } from './cluster-state.ts'
import { NO_VICTIMS, noCandidateText, NOT_HELPFUL } from './failure-text.ts'
import type { Objection } from './filters.ts'
import { objectionTo } from './nominated.ts'
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
/** A pod that has not started counts as one that starts right now. Later than every time as text. */
const NOT_STARTED = '~'
const startOf = (pod: Pod): string => pod.status?.startTime ?? NOT_STARTED

export function preempt(
  info: PodInfo,
  state: ClusterState,
  objections: readonly (Objection & { readonly node: NodeState })[],
  budgets: () => readonly Budget[],
): PreemptionOutcome {
  const none = { preemption: undefined, keepsNomination: false }
  const refusal = notEligible(info, state, objections)
  // Who may not try changes nothing.
  if (refusal !== undefined) return { ...none, text: refusal, keepsNomination: true }
  const candidates: Candidate[] = []
  const failures: (readonly string[])[] = []
  const hopeful = objections.filter(({ preemptionMayHelp }) => preemptionMayHelp).length
  const enough = Math.max(MIN_CANDIDATES, Math.floor(hopeful / 10))
  let known: readonly Budget[] | undefined
  for (const { node, preemptionMayHelp } of objections) {
    if (candidates.length >= enough) break
    const attempt = preemptionMayHelp
      ? tryOut(info, state, node, () => (known ??= budgets()))
      : { reasons: [NOT_HELPFUL], candidate: undefined }
    if (attempt.candidate === undefined) failures.push(attempt.reasons)
    else candidates.push(attempt.candidate)
  }
  const preemption = best(candidates)
  return { ...none, preemption, text: preemption === undefined ? noCandidateText(failures) : undefined }
}

function notEligible(
  { pod }: PodInfo,
  state: ClusterState,
  objections: readonly (Objection & { readonly node: NodeState })[],
): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const nominated = state.node(pod.status?.nominatedNodeName ?? '')
  const lost = objections.some(({ node, preemptionMayHelp }) => node === nominated && !preemptionMayHelp)
  if (nominated === undefined || lost) return undefined
  for (const { pod: other } of nominated.pods.values()) {
    if (!isBeingPreempted(other) || priorityOf(other) >= priorityOf(pod)) continue
    return 'not eligible due to a terminating pod on the nominated node.'
  }
  return undefined
}

function isBeingPreempted(pod: Pod): boolean {
  const disruption = podCondition(pod, 'DisruptionTarget')
  return isPodDeleting(pod) && disruption?.status === 'True' && disruption.reason === 'PreemptionByScheduler'
}

interface Attempt {
  readonly candidate: Candidate | undefined
  /** What is in the way of a node that is no candidate. */
  readonly reasons: readonly string[]
}

/** Takes all less important pods away, then gives back, the most important first, whatever leaves room enough. */
function tryOut(info: PodInfo, state: ClusterState, node: NodeState, budgets: () => readonly Budget[]): Attempt {
  if (!node.hasBelow(priorityOf(info.pod))) return { candidate: undefined, reasons: [NO_VICTIMS] }
  const lower = [...node.pods.values()].filter(({ pod }) => priorityOf(pod) < priorityOf(info.pod))
  const objection = (): Objection | undefined => objectionTo(info, node, prepare(info, state), state)
  const victims: Pod[] = []
  let violations = 0
  for (const { pod } of lower) state.remove(pod.metadata.uid)
  const remaining = objection()
  if (remaining === undefined) {
    const { violating, others } = splitByBudget(lower, budgets())
    for (const other of [...violating, ...others]) {
      state.place(other, node.name)
      if (objection() === undefined) continue
      state.remove(other.pod.metadata.uid)
      victims.push(other.pod)
      if (violating.includes(other)) violations++
    }
  }
  // Back as it was, in the order it was.
  for (const { pod } of lower) state.remove(pod.metadata.uid)
  for (const other of lower) state.place(other, node.name)
  if (remaining !== undefined) return { candidate: undefined, reasons: remaining.reasons }
  if (victims.length > 0) return { candidate: { node: node.name, victims, violations }, reasons: [] }
  return { candidate: undefined, reasons: [`expected at least one victim pod on node ${JSON.stringify(node.name)}`] }
}

function splitByBudget(
  lower: readonly PodInfo[],
  budgets: readonly Budget[],
): { readonly violating: readonly PodInfo[]; readonly others: readonly PodInfo[] } {
  const left = budgets.map(({ disruptionsAllowed }) => disruptionsAllowed)
  const violating: PodInfo[] = []
  const others: PodInfo[] = []
  for (const other of byImportance(lower)) {
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

/**
 * Higher priority first, then longer running. "Right now" is asked for anew in each comparison, so of the pods that have not
 * started the one placed last comes first.
 */
function byImportance(pods: readonly PodInfo[]): readonly PodInfo[] {
  const places = pods.map((info, place) => ({ info, place, start: startOf(info.pod) }))
  places.sort((a, b) => {
    const order = priorityOf(b.info.pod) - priorityOf(a.info.pod) || compareText(a.start, b.start)
    return order || (a.start === NOT_STARTED ? b.place - a.place : a.place - b.place)
  })
  return places.map(({ info }) => info)
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
