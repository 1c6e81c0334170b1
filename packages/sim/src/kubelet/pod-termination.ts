// The graceful end of a pod: preStop hooks and SIGTERM to all containers at once (sidecars after the main ones), SIGKILL when
// the grace period runs out, then the sandbox, the final status and the removal of the object.
// Source: kubernetes pkg/kubelet/kuberuntime (killContainer, termination order) and pkg/kubelet/kubelet_pods.go.

import { isConflict, isNotFound, pods } from '@podwire/apiserver'
import { SECOND, type Microseconds } from '@podwire/engine'
import type { ContainerSlot } from './container-slot.ts'
import { runLifecycleHook } from './lifecycle-hook.ts'
import type { PodWorker } from './pod-worker.ts'
import { probeTarget } from './probes/probe-target.ts'

/** What a container gets between SIGTERM and SIGKILL even when preStop used up the grace period. */
const LEAST_GRACE: Microseconds = 2 * SECOND

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

  /** Ends one container: Killing event, preStop, signal, and SIGKILL in the end. */
  static stopContainer(worker: PodWorker, slot: ContainerSlot, message: string, graceUs: Microseconds): void {
    if (slot.running === undefined || slot.stopping || slot.unseenExit !== undefined) return
    slot.stopping = true
    worker.event('Normal', 'Killing', message, slot)
    const { engine } = worker.runtime
    const deadlineUs = engine.clock.now() + graceUs
    const { running } = slot
    const signal = (): void => {
      const left = Math.max(LEAST_GRACE, deadlineUs - engine.clock.now())
      running.signal(running.image.stopSignal ?? 'SIGTERM')
      if (running.exitCode !== undefined) return
      slot.killTimer = engine.schedule(left, 'container grace period', () => running.signal('SIGKILL'))
    }
    preStop(worker, slot, graceUs, signal)
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
    for (const slot of this.#worker.slots) {
      if (slot.killTimer?.pending !== true) continue
      engine.cancel(slot.killTimer)
      const { running } = slot
      slot.killTimer = engine.schedule(Math.max(LEAST_GRACE, graceUs), 'container grace period', () =>
        running?.signal('SIGKILL'),
      )
    }
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
    const mains = running.filter((slot) => slot.record.role !== 'sidecar')
    // Sidecars go one by one, last declared first, when all main containers are done.
    const turn = mains.length > 0 ? mains : running.slice(-1)
    const graceUs = Math.max(0, this.#deadlineUs - runtime.engine.clock.now())
    for (const slot of turn) {
      PodTermination.stopContainer(this.#worker, slot, `Stopping container ${slot.name}`, graceUs)
    }
    if (running.length > 0) return
    this.#stopped = true
    const { engine, timing, random } = runtime
    engine.schedule(timing.stopSandbox(random), 'kubelet sandbox stop', () => this.#stopSandbox())
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
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
    this.#onGone()
  }
}

function preStop(worker: PodWorker, slot: ContainerSlot, graceUs: Microseconds, then: () => void): void {
  const hook = slot.record.spec.lifecycle?.preStop
  if (hook === undefined) {
    then()
    return
  }
  const { engine } = worker.runtime
  let done = false
  const finish = (problem: string | undefined): void => {
    if (done) return
    done = true
    engine.cancel(timer)
    if (problem !== undefined) worker.event('Warning', 'FailedPreStopHook', 'PreStopHook failed', slot)
    then()
  }
  const timer = engine.schedule(graceUs, 'preStop', () => finish('grace period ran out'))
  engine.touchAsync()
  void runLifecycleHook(hook, probeTarget(worker, slot), graceUs).then(finish)
}
