// The graceful end of a pod: preStop hooks and SIGTERM to all containers at once (sidecars after the main ones), SIGKILL when
// the grace period runs out, then the sandbox, the final status and the removal of the object.
// Source: kubernetes pkg/kubelet/kuberuntime (killContainer, termination order) and pkg/kubelet/kubelet_pods.go.

import { isConflict, isNotFound, isUnreachable, pods } from '@podwire/apiserver'
import { SECOND, type Microseconds } from '@podwire/engine'
import type { ContainerSlot } from './container-slot.ts'
import { ContainerStop } from './container-stop.ts'
import type { PodWorker } from './pod-worker.ts'

/** Pods are synced again after this, whatever failed. */
const RETRY: Microseconds = 10 * SECOND

export class PodTermination {
  readonly #worker: PodWorker
  readonly #onGone: () => void
  #deadlineUs: Microseconds
  #stopped = false

  constructor(worker: PodWorker, graceUs: Microseconds, onGone: () => void) {
    this.#worker = worker
    this.#onGone = onGone
    this.#deadlineUs = worker.runtime.engine.clock.now() + graceUs
  }

  start(): void {
    const { engine, timing, random } = this.#worker.runtime
    engine.schedule(timing.noticeDeletion(random), 'kubelet pod termination', () => this.#killAll())
  }

  /** A later deletion may only shorten the grace period. */
  shorten(graceUs: Microseconds): void {
    const { engine } = this.#worker.runtime
    const deadlineUs = engine.clock.now() + graceUs
    if (deadlineUs >= this.#deadlineUs) return
    this.#deadlineUs = deadlineUs
    for (const { stop } of this.#worker.slots) stop?.shorten(graceUs)
  }

  /** A container ended, or the status has to be brought up to date. */
  look(): void {
    for (const slot of this.#worker.slots) this.#worker.settleExit(slot)
    this.#continue()
  }

  #killAll(): void {
    for (const slot of this.#worker.slots) {
      this.#worker.settleExit(slot)
      // Readiness is watched to the end; the others would only restart what is being ended.
      for (const probe of slot.probes) if (probe.kind !== 'readiness') probe.stop()
    }
    this.#continue()
  }

  #continue(): void {
    if (this.#stopped) return
    const { slots, runtime } = this.#worker
    const running = slots.filter((slot) => slot.running !== undefined)
    // Debug containers are ended like main ones.
    const graceUs = Math.max(0, this.#deadlineUs - runtime.engine.clock.now())
    for (const slot of running) {
      const message = `Stopping container ${slot.name}`
      ContainerStop.begin(this.#worker, slot, { message, graceUs, mayGo: () => this.#isTurnOf(slot) })
    }
    // One that ended may have been waited for.
    for (const { stop } of running) stop?.proceed()
    if (running.length > 0) return
    this.#stopped = true
    const { engine, timing, random } = runtime
    engine.schedule(timing.stopSandbox(random), 'kubelet sandbox stop', () => this.#stopSandbox())
  }

  /** A sidecar waits for the main containers and for sidecars declared after it, which may need it to the end. */
  #isTurnOf(slot: ContainerSlot): boolean {
    if (slot.record.role !== 'sidecar') return true
    const { slots } = this.#worker
    const after = slots.slice(slots.indexOf(slot) + 1)
    const waitedFor = after.filter(({ record: { role } }) => role === 'main' || role === 'sidecar')
    return waitedFor.every(({ running, unseenExit }) => running === undefined || unseenExit !== undefined)
  }

  #stopSandbox(): void {
    const worker = this.#worker
    const { engine, timing, random } = worker.runtime
    worker.releaseSandbox()
    for (const slot of worker.slots) slot.stopProbes()
    worker.publish()
    if (worker.objectGone) {
      this.#onGone()
      return
    }
    if (worker.pod.metadata.deletionTimestamp === undefined) {
      // Ended by the kubelet itself (a deadline): the object stays, Failed.
      worker.stage = 'finished'
      return
    }
    engine.schedule(timing.removePod(random), 'kubelet pod removal', () => this.#remove())
  }

  #remove(): void {
    const { runtime, pod, objectGone } = this.#worker
    if (objectGone) {
      this.#onGone()
      return
    }
    const { namespace, name, uid } = pod.metadata
    try {
      runtime.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
    } catch (error) {
      if (isUnreachable(error)) {
        runtime.engine.schedule(RETRY, 'kubelet pod removal', () => this.#remove(), 'background')
        return
      }
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
    this.#onGone()
  }
}
