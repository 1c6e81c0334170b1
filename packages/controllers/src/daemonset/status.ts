// The DaemonSet status and when it changes by itself. Pure.
// Source: kubernetes pkg/controller/daemon/daemon_controller.go (updateDaemonSetStatus).

import type { DaemonSetStatus } from '@podwire/apiserver'
import { isPodAvailable, isPodReady, readySinceMs } from '../objects/pod-state.ts'
import { type DaemonView, isUpdated } from './reconcile.ts'

export interface DaemonCounts {
  readonly status: DaemonSetStatus
  /** When the next ready pod becomes available; undefined when none waits for minReadySeconds. */
  readonly nextAvailableMs: number | undefined
}

export function countDaemonPods(view: DaemonView, collisionCount: number): DaemonCounts {
  const { daemonSet, nowMs } = view
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0
  let desired = 0
  let current = 0
  let misscheduled = 0
  let ready = 0
  let available = 0
  let updated = 0
  let nextAvailableMs: number | undefined
  for (const node of view.nodes) {
    // The oldest pod of a node stands for it.
    const [pod] = view.podsByNode.get(node.metadata.name) ?? []
    if (!view.placement(node).run) {
      if (pod !== undefined) misscheduled++
      continue
    }
    desired++
    if (pod === undefined) continue
    current++
    if (isUpdated(pod, view)) updated++
    if (!isPodReady(pod)) continue
    ready++
    if (isPodAvailable(pod, minReadySeconds, nowMs)) available++
    else {
      const atMs = (readySinceMs(pod) ?? nowMs) + minReadySeconds * 1000
      nextAvailableMs = nextAvailableMs === undefined ? atMs : Math.min(nextAvailableMs, atMs)
    }
  }
  const unavailable = desired - available
  const status: DaemonSetStatus = {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    ...(daemonSet.metadata.generation === undefined ? {} : { observedGeneration: daemonSet.metadata.generation }),
    ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
    ...(available > 0 ? { numberAvailable: available } : {}),
    ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
    ...(collisionCount > 0 ? { collisionCount } : {}),
    ...(daemonSet.status?.conditions === undefined ? {} : { conditions: daemonSet.status.conditions }),
  }
  return { status, nextAvailableMs }
}
