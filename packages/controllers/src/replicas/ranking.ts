// Which pods go first when pods are taken away. Source: kubernetes pkg/controller/controller_utils.go
// (ActivePodsWithRanks for replicas, ActivePods for a Job's pods). Departure: upstream's last resort between equals is random, here it is the pod's name.

import { compareText } from '@podwire/engine'
import type { Pod } from '@podwire/apiserver'
import { isPodReady, readySinceMs } from '../objects/pod-state.ts'
import { timestampMs } from '../objects/timestamp-ms.ts'

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

/** Pending goes before Unknown, Unknown before Running. */
const PHASE_ORDER: ReadonlyMap<string, number> = new Map([
  ['Pending', 0],
  ['Unknown', 1],
  ['Running', 2],
])

interface RankedPod {
  readonly pod: Pod
  readonly unassigned: boolean
  readonly phase: number
  readonly ready: boolean
  readonly deletionCost: number
  /** Active pods of the same owner's replica sets on this pod's node. */
  readonly neighbours: number
  readonly readySinceMs: number
  /** Of the container that restarted most; between equals the sidecars decide. */
  readonly restarts: number
  readonly sidecarRestarts: number
  readonly createdMs: number
}

/** `pods` in the order in which they should be deleted. */
export function rankForDeletion(pods: readonly Pod[], related: readonly Pod[], nowMs: number): readonly Pod[] {
  const perNode = new Map<string, number>()
  for (const pod of related) {
    const node = pod.spec.nodeName ?? ''
    perNode.set(node, (perNode.get(node) ?? 0) + 1)
  }
  const ranked = pods.map((pod) => rank(pod, perNode))
  return ranked.sort((a, b) => compareRanks(a, b, nowMs)).map((entry) => entry.pod)
}

/** A Job's pods in the order in which they should be deleted: ages are compared exactly, and nobody sets a cost. */
export function rankPlainly(pods: readonly Pod[]): readonly Pod[] {
  const ranked = pods.map((pod) => rank(pod, new Map()))
  return ranked.sort(comparePlainly).map((entry) => entry.pod)
}

function comparePlainly(a: RankedPod, b: RankedPod): number {
  return (
    Number(b.unassigned) - Number(a.unassigned) ||
    a.phase - b.phase ||
    Number(a.ready) - Number(b.ready) ||
    (a.ready ? b.readySinceMs - a.readySinceMs : 0) ||
    b.restarts - a.restarts ||
    b.sidecarRestarts - a.sidecarRestarts ||
    b.createdMs - a.createdMs ||
    compareText(a.pod.metadata.name, b.pod.metadata.name)
  )
}

function rank(pod: Pod, perNode: ReadonlyMap<string, number>): RankedPod {
  const node = pod.spec.nodeName ?? ''
  const cost = pod.metadata.annotations?.[DELETION_COST] ?? ''
  return {
    pod,
    unassigned: node === '',
    phase: PHASE_ORDER.get(pod.status?.phase ?? '') ?? 1,
    ready: isPodReady(pod),
    // As Go reads an int32, without leading zeros; the API server admits nothing else.
    deletionCost: /^(0|-\d+|[1-9]\d*)$/.test(cost) ? Number(cost) : 0,
    neighbours: perNode.get(node) ?? 0,
    readySinceMs: readySinceMs(pod) ?? 0,
    restarts: mostRestarts(pod.status?.containerStatuses),
    sidecarRestarts: sidecarRestarts(pod),
    createdMs: timestampMs(pod.metadata.creationTimestamp),
  }
}

function mostRestarts(statuses: readonly { readonly restartCount: number }[] | undefined): number {
  let most = 0
  for (const { restartCount } of statuses ?? []) most = Math.max(most, restartCount)
  return most
}

function sidecarRestarts({ spec, status }: Pod): number {
  const sidecars = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always')
  if (sidecars === undefined || sidecars.length === 0) return 0
  const names = new Set(sidecars.map(({ name }) => name))
  return mostRestarts(status?.initContainerStatuses?.filter(({ name }) => names.has(name)))
}

function compareRanks(a: RankedPod, b: RankedPod, nowMs: number): number {
  return (
    Number(b.unassigned) - Number(a.unassigned) ||
    a.phase - b.phase ||
    Number(a.ready) - Number(b.ready) ||
    a.deletionCost - b.deletionCost ||
    b.neighbours - a.neighbours ||
    (a.ready ? compareAges(a, b, a.readySinceMs, b.readySinceMs, nowMs) : 0) ||
    b.restarts - a.restarts ||
    b.sidecarRestarts - a.sidecarRestarts ||
    compareAges(a, b, a.createdMs, b.createdMs, nowMs) ||
    compareText(a.pod.metadata.name, b.pod.metadata.name)
  )
}

/** Younger first, ages compared by their power of two; the same power: by uid. */
function compareAges(a: RankedPod, b: RankedPod, aMs: number, bMs: number, nowMs: number): number {
  if (aMs === bMs) return 0
  return ageBucket(nowMs - aMs) - ageBucket(nowMs - bMs) || compareText(a.pod.metadata.uid, b.pod.metadata.uid)
}

function ageBucket(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6))
}
