// Which pods a running Job needs and which it has too many of; either it creates or it deletes in one look, never both. Pure.
// Source: kubernetes pkg/controller/job/job_controller.go (manageJob, activePodsForRemoval), indexed_job_utils.go.

import type { Job, Pod } from '@podwire/apiserver'
import { isPodDeleting, isPodTerminal } from '../objects/pod-state.ts'
import { rankPlainly } from '../replicas/ranking.ts'
import { countsPerIndex, remainingIndexBackoffMs } from './index-failures.ts'
import { completionIndex, freeIndexes } from './indexes.ts'
import { isIndexed, replacesFailedOnly } from './job-facts.ts'
import type { PlannedPod } from './pod-of-job.ts'
import { hasValidIndex, type Tally } from './tally.ts'

/** Creates or deletes in one sync; the next sync goes on. */
const MAX_PODS_PER_SYNC = 500

export interface Staffing {
  readonly create: readonly PlannedPod[]
  readonly dismiss: readonly Pod[]
  /** Milliseconds until a failed pod may be replaced; undefined: nothing waits for that. */
  readonly waitMs: number | undefined
}

export interface StaffingInput {
  readonly job: Job
  readonly pods: readonly Pod[]
  readonly active: readonly Pod[]
  readonly tally: Tally
  /** What is left of the back-off of the Job as a whole. */
  readonly backoffMs: number
  readonly nowMs: number
}

export const NO_STAFFING: Staffing = { create: [], dismiss: [], waitMs: undefined }

export function planStaffing(input: StaffingInput): Staffing {
  const { job, pods, active, tally, backoffMs } = input
  const wanted = wantedActive(job, tally, active.length)
  const surplus = surplusPods(job, active, active.length - wanted)
  if (surplus.length > 0) return { ...NO_STAFFING, dismiss: surplus.slice(0, MAX_PODS_PER_SYNC) }
  const leaving = pods.filter((pod) => isPodDeleting(pod) && !isPodTerminal(pod))
  const inTheWay = replacesFailedOnly(job) ? leaving : []
  const missing = Math.min(MAX_PODS_PER_SYNC, wanted - active.length - inTheWay.length)
  if (missing <= 0) return NO_STAFFING
  if (!countsPerIndex(job) && backoffMs > 0) return { ...NO_STAFFING, waitMs: backoffMs }
  if (!isIndexed(job)) return { ...NO_STAFFING, create: Array.from({ length: missing }, () => ({ index: undefined })) }
  const busy = new Set([...active, ...inTheWay].map(completionIndex))
  const isTaken = (index: number): boolean =>
    busy.has(index) || tally.completed.has(index) || tally.failedIndexes?.has(index) === true
  return indexedPods(input, freeIndexes(missing, job.spec.completions ?? 0, isTaken))
}

/** An index waits for its own failures only; when all have to wait, until the first one may go on. */
function indexedPods({ tally, nowMs }: StaffingInput, indexes: readonly number[]): Staffing {
  const create: PlannedPod[] = []
  let waitMs = Infinity
  for (const index of indexes) {
    const replaces = tally.awaiting.get(index)
    const leftMs = remainingIndexBackoffMs(replaces, nowMs)
    if (leftMs > 0) waitMs = Math.min(waitMs, leftMs)
    else create.push({ index, replaces })
  }
  return { ...NO_STAFFING, create, waitMs: waitMs === Infinity ? undefined : waitMs }
}

function wantedActive({ spec }: Job, { succeeded }: Tally, active: number): number {
  const { completions, parallelism = 1 } = spec
  // A work queue: once a worker succeeded the others finish, none is added.
  if (completions === undefined) return succeeded > 0 ? active : parallelism
  return Math.max(0, Math.min(parallelism, completions - succeeded))
}

function surplusPods(job: Job, active: readonly Pod[], count: number): readonly Pod[] {
  const misfits = isIndexed(job) ? misplaced(job, active) : []
  if (misfits.length >= count) return misfits
  const others = active.filter((pod) => !misfits.includes(pod))
  return [...misfits, ...rankPlainly(others).slice(0, count - misfits.length)]
}

/** Pods without an index the Job has, and of several pods of one index all but the best. */
function misplaced(job: Job, active: readonly Pod[]): readonly Pod[] {
  const strays = active.filter((pod) => !hasValidIndex(job, pod))
  const byIndex = new Map<number | undefined, Pod[]>()
  for (const pod of active) {
    if (!hasValidIndex(job, pod)) continue
    const index = completionIndex(pod)
    byIndex.set(index, [...(byIndex.get(index) ?? []), pod])
  }
  const twins = [...byIndex.values()].filter((same) => same.length > 1)
  return [...strays, ...twins.flatMap((same) => rankPlainly(same).slice(0, -1))]
}
