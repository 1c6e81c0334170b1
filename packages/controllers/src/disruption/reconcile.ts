// The core of the disruption controller: how many pods a budget expects, wants healthy, has healthy, and may lose. Pure.
// Source: kubernetes pkg/controller/disruption/disruption.go.

import type { Condition, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '@podwire/apiserver'
import { scaledAmount } from '../objects/int-or-percent.ts'
import { isPodDeleting, isPodReady } from '../objects/pod-state.ts'

/** An eviction that was allowed and has not led to a deletion by then is forgotten. */
export const DELETION_TIMEOUT_MS = 120_000

export interface BudgetInput {
  readonly budget: PodDisruptionBudget
  /** The pods it selects. */
  readonly pods: readonly Pod[]
  /** spec.replicas of the pods' controllers, each controller once; undefined: a pod has none that says. */
  readonly scale: number | undefined
  readonly nowMs: number
}

export interface BudgetOutcome {
  readonly status: PodDisruptionBudgetStatus
  /** When an entry of disruptedPods runs out; undefined: there is none. */
  readonly recheckMs: number | undefined
  /** Pods whose eviction was allowed and that are still there. */
  readonly overdue: readonly Pod[]
}

export function budgetStatus(input: BudgetInput, timestamp: string): BudgetOutcome {
  const { budget, pods } = input
  const { expected, desired } = expectation(input)
  const { disrupted, recheckMs, overdue } = stillDisrupted(input)
  const healthy = pods.filter(
    (pod) => !isPodDeleting(pod) && !disrupted.has(pod.metadata.name) && isPodReady(pod),
  ).length
  const allowed = expected <= 0 || healthy - desired <= 0 ? 0 : healthy - desired
  const status: PodDisruptionBudgetStatus = {
    ...(budget.metadata.generation === undefined ? {} : { observedGeneration: budget.metadata.generation }),
    ...(disrupted.size > 0 ? { disruptedPods: Object.fromEntries(disrupted) } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [disruptionAllowed(budget, allowed, timestamp)],
  }
  return { status, recheckMs, overdue }
}

/** A percentage and maxUnavailable count what the controllers want; a plain minimum counts the pods there are. */
function expectation({ budget, pods, scale }: BudgetInput): { readonly expected: number; readonly desired: number } {
  const { minAvailable, maxUnavailable } = budget.spec
  if (maxUnavailable !== undefined) {
    const expected = scale ?? 0
    return { expected, desired: Math.max(0, expected - scaledAmount(maxUnavailable, expected, 'up')) }
  }
  if (typeof minAvailable === 'string') {
    const expected = scale ?? 0
    return { expected, desired: scaledAmount(minAvailable, expected, 'up') }
  }
  return { expected: pods.length, desired: minAvailable ?? 0 }
}

function stillDisrupted({ budget, pods, nowMs }: BudgetInput): {
  readonly disrupted: ReadonlyMap<string, string>
  readonly recheckMs: number | undefined
  readonly overdue: readonly Pod[]
} {
  const overdue: Pod[] = []
  const disrupted = new Map<string, string>()
  let recheckMs: number | undefined
  const known = new Map(Object.entries(budget.status?.disruptedPods ?? {}))
  if (known.size === 0) return { disrupted, recheckMs, overdue }
  for (const pod of pods) {
    const since = known.get(pod.metadata.name)
    if (since === undefined || isPodDeleting(pod)) continue
    const untilMs = Date.parse(since) + DELETION_TIMEOUT_MS
    if (untilMs <= nowMs) {
      overdue.push(pod)
      continue
    }
    disrupted.set(pod.metadata.name, since)
    recheckMs = Math.min(recheckMs ?? Infinity, untilMs)
  }
  return { disrupted, recheckMs, overdue }
}

function disruptionAllowed(budget: PodDisruptionBudget, allowed: number, timestamp: string): Condition {
  const status = allowed > 0 ? 'True' : 'False'
  const reason = allowed > 0 ? 'SufficientPods' : 'InsufficientPods'
  const known = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed')
  const { generation } = budget.metadata
  return {
    type: 'DisruptionAllowed',
    status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    lastTransitionTime: known?.status === status ? known.lastTransitionTime : timestamp,
    reason,
    message: '',
  }
}
