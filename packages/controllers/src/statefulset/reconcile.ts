// The core of the StatefulSet controller: the next step towards the wanted ordinals and revision. One action at a time when
// ordered, all that is possible when parallel; updates go one by one in both (1.36 has MaxUnavailableStatefulSet off: kubernetes
// pull request 137904). Pure. Source: kubernetes pkg/controller/statefulset/stateful_set_control.go, stateful_set_utils.go.

import type { Pod, StatefulSet } from '@podwire/apiserver'
import { isPodAvailable, isPodDeleting, isPodTerminal } from '../objects/pod-state.ts'
import { missingIdentity, revisionOf } from './identity.ts'
import { firstOrdinal, isWantedOrdinal, ordinalOf } from './ordinals.ts'

export interface StatefulView {
  readonly set: StatefulSet
  readonly pods: readonly Pod[]
  readonly currentRevision: string
  readonly updateRevision: string
  readonly nowMs: number
}

interface Creation {
  readonly ordinal: number
  readonly revision: string
}

export interface StatefulPlan {
  readonly create: readonly Creation[]
  readonly delete: readonly Pod[]
  /** Pods that lost labels of their identity. */
  readonly relabel: readonly { readonly pod: Pod; readonly labels: Readonly<Record<string, string>> }[]
}

interface Slots {
  /** The pods of the wanted ordinals, lowest first. */
  readonly wanted: readonly (Pod | undefined)[]
  /** Pods of other ordinals, highest first. */
  readonly condemned: readonly Pod[]
}

interface Draft {
  readonly create: Creation[]
  readonly delete: Pod[]
  readonly relabel: { pod: Pod; labels: Readonly<Record<string, string>> }[]
}

export function planStatefulPods(view: StatefulView): StatefulPlan {
  const plan: Draft = { create: [], delete: [], relabel: [] }
  const slots = sortIntoSlots(view)
  const ordered = view.set.spec.podManagementPolicy !== 'Parallel'
  // Each stage goes on only when the one before it has nothing to wait for.
  if (fillSlots(view, slots, ordered, plan) && scaleDown(view, slots, ordered, plan)) rollingUpdate(view, slots, plan)
  return plan
}

function sortIntoSlots({ set, pods }: StatefulView): Slots {
  const start = firstOrdinal(set)
  const replicas = set.spec.replicas ?? 1
  const wanted: (Pod | undefined)[] = Array.from({ length: replicas }, () => undefined)
  const condemned: { pod: Pod; ordinal: number }[] = []
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod)
    if (ordinal === undefined) continue
    if (isWantedOrdinal(set, ordinal)) wanted[ordinal - start] = pod
    else condemned.push({ pod, ordinal })
  }
  return { wanted, condemned: condemned.sort((a, b) => b.ordinal - a.ordinal).map(({ pod }) => pod) }
}

/** Running, ready for minReadySeconds and not on its way out. */
function isServing(pod: Pod | undefined, view: StatefulView): pod is Pod {
  if (pod === undefined || isPodDeleting(pod)) return false
  return pod.status?.phase === 'Running' && isPodAvailable(pod, view.set.spec.minReadySeconds ?? 0, view.nowMs)
}

function fillSlots(view: StatefulView, { wanted }: Slots, ordered: boolean, plan: Draft): boolean {
  const start = firstOrdinal(view.set)
  for (const [index, pod] of wanted.entries()) {
    if (pod === undefined) {
      plan.create.push({ ordinal: start + index, revision: revisionFor(view, index) })
      if (ordered) return false
      continue
    }
    if (isPodTerminal(pod)) {
      // The next sync after its removal makes the new one.
      if (!isPodDeleting(pod)) plan.delete.push(pod)
      if (ordered) return false
      continue
    }
    if (ordered && !isServing(pod, view)) return false
    const labels = isPodDeleting(pod) ? undefined : missingIdentity(pod, start + index)
    if (labels !== undefined) plan.relabel.push({ pod, labels })
  }
  return true
}

/** Below the partition a pod is made as it was; without one, where the update has not come yet. */
function revisionFor({ set, currentRevision, updateRevision }: StatefulView, index: number): string {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {}
  if (type === 'OnDelete') return updateRevision
  const kept = rollingUpdate === undefined ? (set.status?.currentReplicas ?? 0) : (rollingUpdate.partition ?? 0)
  return index < kept ? currentRevision : updateRevision
}

function scaleDown(view: StatefulView, { wanted, condemned }: Slots, ordered: boolean, plan: Draft): boolean {
  if (!ordered) {
    plan.delete.push(...condemned.filter((pod) => !isPodDeleting(pod)))
    return true
  }
  const [highest] = condemned
  if (highest === undefined) return true
  const unavailable = (pod: Pod | undefined): boolean => !isServing(pod, view)
  const firstUnavailable = wanted.find(unavailable) ?? [...condemned].reverse().find(unavailable)
  // One at a time, and only while everything else works; a broken one may go first if nothing below it is broken.
  if (!isPodDeleting(highest) && (isServing(highest, view) || highest === firstUnavailable)) plan.delete.push(highest)
  return false
}

/** One at a time, the highest ordinal first; what is broken above holds up those below. */
function rollingUpdate(view: StatefulView, { wanted }: Slots, plan: Draft): void {
  const { updateStrategy } = view.set.spec
  if (updateStrategy?.type === 'OnDelete') return
  for (const pod of wanted.slice(updateStrategy?.rollingUpdate?.partition ?? 0).reverse()) {
    if (pod === undefined || plan.delete.includes(pod)) return
    if (revisionOf(pod) !== view.updateRevision && !isPodDeleting(pod)) {
      plan.delete.push(pod)
      return
    }
    if (!isServing(pod, view)) return
  }
}
