// How one container is ended: Killing event, preStop, its turn (sidecars wait for the containers that need them), SIGTERM, and SIGKILL
// when the grace period is over. What the hook and the wait took is taken from the grace period, of which two seconds are always
// left. Source: kubernetes pkg/kubelet/kuberuntime (killContainer, termination order).

import { SECOND, type Engine, type Microseconds, type ScheduledTask } from '@podwire/engine'
import type { RunningContainer } from '../container/index.ts'
import type { ContainerSlot } from './container-slot.ts'
import { runLifecycleHook } from './lifecycle-hook.ts'
import type { PodWorker } from './pod-worker.ts'
import { probeTarget } from './probes/probe-target.ts'

/** What a container gets between SIGTERM and SIGKILL even when nothing of the grace period is left. */
const LEAST_GRACE: Microseconds = 2 * SECOND

export interface StopOptions {
  /** Of the Killing event. */
  readonly message: string
  readonly graceUs: Microseconds
  /** Is it this container's turn to be signalled? Asked after the hook, and at each proceed(); default: always. */
  readonly mayGo?: () => boolean
}

export class ContainerStop {
  readonly #worker: PodWorker
  readonly #slot: ContainerSlot
  readonly #running: RunningContainer
  readonly #mayGo: () => boolean
  #deadlineUs: Microseconds
  #phase: 'preStop' | 'waiting' | 'signalled' | 'over' = 'preStop'
  /** The end of the grace period, and what it means in this phase. */
  #timer: ScheduledTask | undefined

  /** Begins to end a container that runs; one that is being ended already goes on as it was. */
  static begin(worker: PodWorker, slot: ContainerSlot, options: StopOptions): void {
    const { running } = slot
    if (running === undefined || slot.stop !== undefined || slot.unseenExit !== undefined) return
    slot.stop = new ContainerStop(worker, slot, running, options)
    worker.event('Normal', 'Killing', options.message, slot)
    slot.stop.#preStop(options.graceUs)
  }

  private constructor(worker: PodWorker, slot: ContainerSlot, running: RunningContainer, options: StopOptions) {
    this.#worker = worker
    this.#slot = slot
    this.#running = running
    this.#mayGo = options.mayGo ?? (() => true)
    this.#deadlineUs = this.#engine.clock.now() + options.graceUs
  }

  get #engine(): Engine {
    return this.#worker.runtime.engine
  }

  /** Signals the container if it waited for its turn and that has come. */
  proceed(): void {
    if (this.#phase === 'waiting' && this.#mayGo()) this.#signal()
  }

  /** A later deletion may only shorten the grace period. */
  shorten(graceUs: Microseconds): void {
    const deadlineUs = this.#engine.clock.now() + graceUs
    if (deadlineUs >= this.#deadlineUs) return
    this.#deadlineUs = deadlineUs
    this.#setTimer()
  }

  /** The container has ended. */
  over(): void {
    this.#phase = 'over'
    this.#engine.cancel(this.#timer)
  }

  #preStop(graceUs: Microseconds): void {
    const hook = this.#slot.record.spec.lifecycle?.preStop
    if (hook === undefined) return this.#wait()
    this.#setTimer()
    this.#engine.touchAsync()
    void runLifecycleHook(hook, probeTarget(this.#worker, this.#slot), graceUs).then((problem) => {
      this.#hookEnded(problem !== undefined)
    })
  }

  #hookEnded(failed: boolean): void {
    if (this.#phase !== 'preStop') return
    if (failed) this.#worker.event('Warning', 'FailedPreStopHook', 'PreStopHook failed', this.#slot)
    this.#wait()
  }

  #wait(): void {
    this.#phase = 'waiting'
    if (this.#mayGo()) this.#signal()
    else this.#setTimer()
  }

  #signal(): void {
    this.#phase = 'signalled'
    this.#engine.cancel(this.#timer)
    const running = this.#running
    running.signal(running.image.stopSignal ?? 'SIGTERM')
    if (running.exitCode === undefined) this.#setTimer()
  }

  #setTimer(): void {
    if (this.#phase === 'over') return
    this.#engine.cancel(this.#timer)
    const left = this.#deadlineUs - this.#engine.clock.now()
    const delayUs = this.#phase === 'signalled' ? Math.max(LEAST_GRACE, left) : left
    this.#timer = this.#engine.schedule(delayUs, 'container grace period', () => this.#timeIsUp())
  }

  #timeIsUp(): void {
    if (this.#phase === 'signalled') this.#running.signal('SIGKILL')
    else if (this.#phase === 'waiting') this.#signal()
    else this.#hookEnded(true)
  }
}
