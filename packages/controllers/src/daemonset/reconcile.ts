// The core of the DaemonSet controller: which nodes need a pod, which pods have to go, what a rolling update replaces, and
// the status. Pure. Source: kubernetes pkg/controller/daemon/daemon_controller.go, update.go.

import type { DaemonSet, Node, Pod } from '@podwire/apiserver'
import { scaledAmount } from '../objects/int-or-percent.ts'
import { compareCreation } from '../objects/order.ts'
import { isPodAvailable, isPodDeleting, isPodReady } from '../objects/pod-state.ts'
import { GENERATION_LABEL, HASH_LABEL, type Placement, targetNode, templateGeneration } from './placement.ts'

export interface DaemonView {
  readonly daemonSet: DaemonSet
  readonly nodes: readonly Node[]
  readonly placement: (node: Node) => Placement
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>
  /** The present template's hash. */
  readonly hash: string
  readonly nowMs: number
}

export interface DaemonPlan {
  readonly create: readonly string[]
  readonly delete: readonly Pod[]
  /** Finished pods, each with its node: deleted, a failed one after a back-off. */
  readonly finished: readonly { readonly pod: Pod; readonly node: string }[]
}

/** By node; oldest first on each. */
export function groupByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const groups = new Map<string, Pod[]>()
  for (const pod of pods) {
    const node = targetNode(pod)
    if (node === undefined) continue
    const group = groups.get(node)
    if (group === undefined) groups.set(node, [pod])
    else group.push(pod)
  }
  for (const group of groups.values()) if (group.length > 1) group.sort(compareScheduledThenAge)
  return groups
}

function compareScheduledThenAge(a: Pod, b: Pod): number {
  const placed = (pod: Pod): number => ((pod.spec.nodeName ?? '') === '' ? 1 : 0)
  return placed(a) - placed(b) || compareCreation(a, b)
}

export function isUpdated(pod: Pod, view: Pick<DaemonView, 'daemonSet' | 'hash'>): boolean {
  const labels = pod.metadata.labels ?? {}
  const generation = templateGeneration(view.daemonSet)
  return labels[HASH_LABEL] === view.hash || (generation !== undefined && labels[GENERATION_LABEL] === generation)
}

export function planDaemonPods(view: DaemonView): DaemonPlan {
  const create: string[] = []
  const surplus: Pod[] = []
  const finished: { pod: Pod; node: string }[] = []
  const known = new Set<string>()
  for (const node of view.nodes) {
    const { name } = node.metadata
    known.add(name)
    const { run, stay } = view.placement(node)
    const present = view.podsByNode.get(name) ?? []
    if (present.length === 0) {
      if (run) create.push(name)
      continue
    }
    const living = present.filter((pod) => !isPodDeleting(pod))
    if (!stay) {
      surplus.push(...living)
      continue
    }
    const working: Pod[] = []
    for (const pod of living) {
      const phase = pod.status?.phase
      if (phase === 'Failed' || phase === 'Succeeded') finished.push({ pod, node: name })
      else working.push(pod)
    }
    surplus.push(...surplusOnNode(working, view))
  }
  for (const [name, present] of view.podsByNode) {
    if (known.has(name)) continue
    // Waiting for a node that is gone; bound ones are the pod garbage collector's.
    surplus.push(...present.filter((pod) => (pod.spec.nodeName ?? '') === '' && !isPodDeleting(pod)))
  }
  return { create, delete: surplus, finished }
}

function surplusOnNode(working: readonly Pod[], view: DaemonView): readonly Pod[] {
  if (working.length <= 1) return []
  if (maxSurge(view) === 0) return working.slice(1)
  const present = working.find((pod) => isUpdated(pod, view))
  const old = working.find((pod) => !isUpdated(pod, view))
  const surplus = working.filter((pod) => pod !== present && pod !== old)
  if (present === undefined || old === undefined) return surplus
  // The new pod takes over as soon as the old one does not work or the new one does.
  const minReadySeconds = view.daemonSet.spec.minReadySeconds ?? 0
  if (!isPodReady(old) || isPodAvailable(present, minReadySeconds, view.nowMs)) surplus.push(old)
  return surplus
}

function desiredCount(view: DaemonView): number {
  let desired = 0
  for (const node of view.nodes) if (view.placement(node).run) desired++
  return desired
}

function maxSurge(view: DaemonView): number {
  const { updateStrategy } = view.daemonSet.spec
  if (updateStrategy?.type === 'OnDelete') return 0
  return scaledAmount(updateStrategy?.rollingUpdate?.maxSurge, desiredCount(view), 'up')
}

/** What a rolling update does next: nodes that get a second pod (surge) or pods that go to make room. */
export function planRollingUpdate(view: DaemonView): Pick<DaemonPlan, 'create' | 'delete'> {
  const surge = maxSurge(view)
  return surge > 0 ? planSurge(view, surge) : planReplacement(view)
}

/** The one new and the one old pod of a node; undefined when there are several of a kind. */
function updatePair(present: readonly Pod[], view: DaemonView): { fresh?: Pod; old?: Pod } | undefined {
  const pair: { fresh?: Pod; old?: Pod } = {}
  for (const pod of present) {
    if (isPodDeleting(pod)) continue
    const side = isUpdated(pod, view) ? 'fresh' : 'old'
    if (pair[side] !== undefined) return undefined
    pair[side] = pod
  }
  return pair
}

function planReplacement(view: DaemonView): Pick<DaemonPlan, 'create' | 'delete'> {
  const { daemonSet, nowMs } = view
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0
  const desired = desiredCount(view)
  const amount = scaledAmount(daemonSet.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired, 'up')
  let unavailable = 0
  const broken: Pod[] = []
  const candidates: Pod[] = []
  for (const present of wantedGroups(view)) {
    const pair = updatePair(present, view)
    if (pair?.old !== undefined && pair.fresh === undefined) {
      if (isPodAvailable(pair.old, minReadySeconds, nowMs)) candidates.push(pair.old)
      else {
        // It serves nobody: replaced at once, whatever the budget.
        broken.push(pair.old)
        unavailable++
      }
    } else if (pair?.fresh === undefined || pair.old !== undefined) unavailable++
    else if (!isPodAvailable(pair.fresh, minReadySeconds, nowMs)) unavailable++
  }
  const room = Math.max(0, Math.max(1, amount) - unavailable)
  return { create: [], delete: [...broken, ...candidates.slice(0, room)] }
}

function planSurge(view: DaemonView, surge: number): Pick<DaemonPlan, 'create' | 'delete'> {
  const { daemonSet, nowMs } = view
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0
  let surging = 0
  const broken: string[] = []
  const candidates: string[] = []
  for (const node of view.nodes) {
    const present = view.podsByNode.get(node.metadata.name) ?? []
    if (present.length === 0) continue
    const pair = updatePair(present, view)
    // Several of a kind are being put right: that counts, too.
    if (pair === undefined) surging++
    const { fresh, old } = pair ?? {}
    if (old === undefined) continue
    if (fresh !== undefined) {
      if (!isPodAvailable(fresh, minReadySeconds, nowMs)) surging++
    } else if (!view.placement(node).run) continue
    else if (isPodAvailable(old, minReadySeconds, nowMs)) candidates.push(node.metadata.name)
    else broken.push(node.metadata.name)
  }
  return { create: [...broken, ...candidates.slice(0, Math.max(0, surge - surging))], delete: [] }
}

/** The pods of each node that has or should have one. */
function* wantedGroups(view: DaemonView): Generator<readonly Pod[]> {
  for (const node of view.nodes) {
    const present = view.podsByNode.get(node.metadata.name)
    if (present !== undefined) yield present
    else if (view.placement(node).run) yield []
  }
}
