// Carries one pod from its binding to its removal: admission, sandbox, containers in order, probes, restarts, the end.
// It reacts to three things only: the pod's object changed, a wait is over, a container ended. What to do next is decided in
// next-steps.ts, what the status says in pod/status.ts; starting and ending containers have files of their own.

import { isConflict, isNotFound, isUnreachable, type Pod, pods } from '@podwire/apiserver'
import { podRequests } from '@podwire/controllers'
import { SECOND, type Microseconds, type ScheduledTask } from '@podwire/engine'
import {
  type ContainerRecord,
  gatesMoved,
  newEphemeralRecord,
  newRecords,
  podStatus,
  PodVolumes,
  type StatusInput,
} from '../pod/index.ts'
import { admissionWarnings } from './admission-warnings.ts'
import { ContainerLauncher } from './container-launcher.ts'
import { ContainerSlot } from './container-slot.ts'
import { ContainerStop } from './container-stop.ts'
import { takeNewImages } from './image-change.ts'
import { nextSteps } from './next-steps.ts'
import { objectionTo } from './node-predicates.ts'
import type { NodeRuntime } from './node-runtime.ts'
import { PodSandbox, PodVolumeSources } from './pod-sandbox.ts'
import { PodTermination } from './pod-termination.ts'
import { rejectPod } from './reject-pod.ts'
import { isMirrorPod } from './static-pods.ts'
import { terminatedState } from './terminated-state.ts'

// Source: kubernetes pkg/util/goroutinemap/exponentialbackoff.
const FIRST_MOUNT_RETRY: Microseconds = 0.5 * SECOND
const LONGEST_MOUNT_RETRY: Microseconds = 122 * SECOND
const PATIENT_MOUNT_TRIES = 4
// Source: kubernetes pkg/kubelet/status (syncPeriod).
const STATUS_PERIOD: Microseconds = 10 * SECOND

export type PodStage = 'new' | 'preparing' | 'active' | 'terminating' | 'finished' | 'gone'

export class PodWorker {
  readonly runtime: NodeRuntime
  /** Containers in the order they start; ephemeral ones join later. */
  readonly slots: ContainerSlot[]
  readonly volumes: PodVolumes
  stage: PodStage = 'new'
  sandbox: PodSandbox | undefined
  /** The API has no such object any more: there is nothing to report to. */
  objectGone = false
  /** When the probing of its containers began: their probes tick from here. */
  ticksSinceUs: Microseconds = 0
  #pod: Pod
  #startTime = ''
  #startedUs: Microseconds = 0
  /** The status keeps them when the sandbox is gone. */
  #podIPs: readonly string[]
  #silent = false
  #mountFailures = 0
  #verdict: StatusInput['verdict']
  readonly #launcher: ContainerLauncher
  #termination: PodTermination | undefined
  /** The next step of preparation, a coming look at containers, the active deadline. */
  #waiting: ScheduledTask | undefined
  #notice: ScheduledTask | undefined
  #deadline: ScheduledTask | undefined
  #unpublished: ScheduledTask | undefined
  readonly #onGone: (worker: PodWorker) => void

  constructor(runtime: NodeRuntime, pod: Pod, onGone: (worker: PodWorker) => void) {
    this.runtime = runtime
    this.#pod = pod
    this.#onGone = onGone
    this.#podIPs = (pod.status?.podIPs ?? []).map(({ ip }) => ip)
    this.slots = newRecords(pod, () => runtime.engine.clock.timestamp()).map((record) => new ContainerSlot(record))
    this.volumes = new PodVolumes(new PodVolumeSources(runtime, this))
    this.#launcher = new ContainerLauncher(this)
  }

  get pod(): Pod {
    return this.#pod
  }

  get podIPs(): readonly string[] {
    return this.#podIPs
  }

  get records(): readonly ContainerRecord[] {
    return this.slots.map((slot) => slot.record)
  }

  slot(container: string): ContainerSlot | undefined {
    return this.slots.find((slot) => slot.name === container)
  }

  /** Takes the pod on. */
  start(): void {
    const { engine, timing, random } = this.runtime
    this.#waiting = engine.schedule(timing.noticePod(random), 'kubelet pod sync', () => this.#admit())
  }

  /** The pod's object changed; it may have been marked for deletion. */
  update(pod: Pod): void {
    const before = this.#pod
    this.#pod = pod
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#terminate(pod.metadata.deletionGracePeriodSeconds ?? 30)
      return
    }
    const added = pod.spec.ephemeralContainers?.filter(({ name }) => this.slot(name) === undefined)
    if (added !== undefined) for (const spec of added) this.slots.push(new ContainerSlot(newEphemeralRecord(spec)))
    const respecified = pod.metadata.generation !== before.metadata.generation
    if (respecified && this.stage !== 'new') this.#watchDeadline()
    if (this.stage !== 'active' || ((added?.length ?? 0) === 0 && !respecified && !gatesMoved(before, pod))) return
    // Nothing may be written while watchers are told of another write.
    this.runtime.engine.schedule(0, 'kubelet pod update', () => {
      if (this.stage !== 'active') return
      if (respecified) takeNewImages(this)
      this.advance()
      this.publish()
    })
  }

  /** A static pod's mirror: the object is new, the containers are the same. */
  mirrored(pod: Pod): void {
    const isNew = pod.metadata.uid !== this.#pod.metadata.uid
    this.#pod = pod
    // Nothing may be written while watchers are told of another write.
    if (isNew && this.stage !== 'new') this.runtime.engine.schedule(0, 'kubelet mirror status', () => this.publish())
  }

  /** The kubelet stopped: nothing is reported any more. */
  silence(): void {
    this.#silent = true
    for (const slot of this.slots) slot.stopProbes()
  }

  /** The machine is switched off: containers and sandbox are gone, and nobody is told. */
  vanish(): void {
    this.silence()
    this.objectGone = true
    for (const { running, stop } of this.slots) {
      stop?.over()
      running?.signal('SIGKILL')
    }
    this.#forget()
  }

  /** The object is gone: what still runs is ended without further reports. */
  removed(): void {
    if (this.stage === 'gone') return
    this.objectGone = true
    if (this.stage === 'finished' || this.slots.every((slot) => slot.running === undefined)) this.#forget()
    else this.#terminate(1)
  }

  /** Writes the status as it is now, if the object still is. */
  publish(): void {
    if (this.#silent || this.objectGone) return
    const { client, engine, hostIPs } = this.runtime
    const pod = this.#pod
    const status = podStatus({
      pod,
      records: this.records,
      hostIPs,
      podIPs: this.podIPs,
      startTime: this.#startTime,
      sandboxReady: this.sandbox !== undefined,
      terminating: this.#termination !== undefined,
      verdict: this.#verdict,
      now: engine.clock.timestamp(),
    })
    try {
      // The watch brought the newest version already, so there is nothing to conflict with but a different pod.
      this.#pod = client.update(pods, { ...pod, status }, { subresource: 'status' })
    } catch (error) {
      if (isUnreachable(error)) this.#publishLater()
      else if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }

  /** The status manager goes over what it could not write, again and again. */
  #publishLater(): void {
    if (this.#unpublished?.pending === true) return
    const publish = (): void => this.publish()
    this.#unpublished = this.runtime.engine.schedule(STATUS_PERIOD, 'kubelet status', publish, 'background')
  }

  event(type: 'Normal' | 'Warning', reason: string, message: string, slot?: ContainerSlot): void {
    if (this.#silent) return
    this.runtime.events.event(this.#pod, type, reason, message, slot?.fieldPath)
  }

  /** Looks at the containers after the time the kubelet needs to notice. One look serves all that happened before it. */
  noticeSoon(): void {
    if (this.#notice?.pending === true) return
    const { engine, timing, relistPhaseUs } = this.runtime
    // All containers of a node are looked at together, so what happened in between is reported in one moment.
    const sinceLook = (engine.clock.now() + timing.relistPeriod - relistPhaseUs) % timing.relistPeriod
    this.#notice = engine.schedule(timing.relistPeriod - sinceLook, 'kubelet container sync', () => this.#look())
  }

  /** Starts what may be started next. @returns whether that changed what the status says */
  advance(): boolean {
    if (this.stage !== 'active') return false
    const steps = nextSteps(this.#pod, this.records)
    let changed = false
    for (const name of steps.start) {
      const slot = this.slot(name)
      if (slot !== undefined && this.#launcher.start(slot)) changed = true
    }
    for (const slot of this.slots) if (typeof slot.replaced === 'object' && this.#launcher.start(slot)) changed = true
    for (const name of steps.stop) {
      const slot = this.slot(name)
      if (slot !== undefined) this.stopContainer(slot, `Stopping container ${name}`)
    }
    if (steps.finished) this.#finish()
    return changed
  }

  /** Goes on after a wait, and reports when that changed something. */
  resume(): void {
    if (this.advance()) this.publish()
  }

  /** Ends one container; it comes back if its policy says so. */
  stopContainer(slot: ContainerSlot, message: string, graceSeconds?: number): void {
    const grace = graceSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30
    ContainerStop.begin(this, slot, { message, graceUs: grace * SECOND })
  }

  #admit(): void {
    const { engine } = this.runtime
    const phase = this.#pod.status?.phase
    if (phase === 'Succeeded' || phase === 'Failed') {
      this.stage = 'finished'
      return
    }
    const { usage } = this.runtime
    const requests = podRequests(this.#pod)
    const objection = objectionTo(this.#pod, requests, this.runtime.node(), usage, isMirrorPod(this.#pod))
    if (objection !== undefined) {
      this.stage = 'finished'
      rejectPod(this.runtime, this.#pod, objection)
      return
    }
    usage.claim(this.#pod, requests)
    this.stage = 'preparing'
    this.#startTime = this.#pod.status?.startTime ?? engine.clock.timestamp()
    this.publish()
    this.#startedUs = engine.clock.now()
    this.#watchDeadline()
    this.#prepare()
  }

  /** activeDeadlineSeconds counts from the pod's start, and may be set or shortened later. */
  #watchDeadline(): void {
    const { engine } = this.runtime
    engine.cancel(this.#deadline)
    const limit = this.#pod.spec.activeDeadlineSeconds
    if (limit === undefined) return
    const left = this.#startedUs + limit * SECOND - engine.clock.now()
    this.#deadline = engine.schedule(left, 'active deadline', () => this.#exceedDeadline(), 'background')
  }

  #prepare(): void {
    const { engine, timing, random } = this.runtime
    const problem = this.volumes.problem()
    if (problem !== undefined) {
      this.event('Warning', 'FailedMount', problem)
      const delayUs = Math.min(FIRST_MOUNT_RETRY * 2 ** this.#mountFailures++, LONGEST_MOUNT_RETRY)
      // What a pod needs often comes right behind it; after some tries nobody waits for it any more.
      const kind = this.#mountFailures > PATIENT_MOUNT_TRIES ? 'background' : 'foreground'
      this.#waiting = engine.schedule(delayUs, 'kubelet mount retry', () => this.#prepare(), kind)
      return
    }
    this.ticksSinceUs = engine.clock.now()
    this.#waiting = engine.schedule(timing.createSandbox(random), 'kubelet sandbox', () => this.#createSandbox())
  }

  #createSandbox(): void {
    this.#waiting = undefined
    const { engine, timing, random } = this.runtime
    this.sandbox = PodSandbox.create(this.runtime, this)
    if (this.sandbox === undefined) {
      this.event(
        'Warning',
        'FailedCreatePodSandBox',
        'Failed to create pod sandbox: no IP addresses available in range set',
      )
      this.#waiting = engine.schedule(
        timing.retry(random),
        'kubelet sandbox retry',
        () => this.#createSandbox(),
        'background',
      )
      return
    }
    this.#podIPs = this.sandbox.podIPs
    for (const { reason, message } of admissionWarnings(this.#pod, this.runtime.dns, this.runtime.config))
      this.event('Warning', reason, message)
    this.stage = 'active'
    this.resume()
  }

  /** Sees what containers did, reports it, goes on. */
  #look(): void {
    this.#notice = undefined
    if (this.#termination !== undefined) {
      this.#termination.look()
      return
    }
    for (const slot of this.slots) this.settleExit(slot)
    this.advance()
    // A finished pod reports once, when its sandbox is gone.
    if (this.stage !== 'active') return
    this.publish()
    for (const slot of this.slots) this.#launcher.watch(slot)
  }

  /** Turns an exit that nobody saw yet into the container's state. */
  settleExit(slot: ContainerSlot): void {
    const exit = slot.unseenExit
    if (exit === undefined) return
    slot.unseenExit = undefined
    slot.stop?.over()
    slot.stop = undefined
    slot.stopProbes()
    slot.finishedUs = exit.atUs
    const state = terminatedState(slot, exit, this.runtime.engine.clock)
    const unready = { started: false, ready: false }
    slot.record = slot.replaced === undefined ? { ...slot.record, state, ...unready } : { ...slot.record, ...unready }
    if (slot.replaced !== undefined) slot.replaced = state
    slot.running = undefined
  }

  /** Nothing runs and nothing will: the pod is Succeeded or Failed; its sandbox goes. */
  #finish(): void {
    if (this.stage !== 'active') return
    this.stage = 'finished'
    const { engine, timing, random } = this.runtime
    engine.cancel(this.#deadline)
    // Only debug containers may still run.
    for (const { running } of this.slots) running?.signal('SIGKILL')
    this.#waiting = engine.schedule(timing.stopSandbox(random), 'kubelet sandbox stop', () => {
      for (const slot of this.slots) this.settleExit(slot)
      this.releaseSandbox()
      this.publish()
    })
  }

  /** The pod's addresses stop working; the status keeps them. */
  releaseSandbox(): void {
    this.sandbox?.release()
    this.sandbox = undefined
    this.runtime.usage.release(this.#pod)
  }

  #exceedDeadline(): void {
    if (this.stage === 'finished' || this.stage === 'gone' || this.#termination !== undefined) return
    this.#verdict = {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    }
    this.event('Normal', 'DeadlineExceeded', this.#verdict.message)
    this.#terminate(this.#pod.spec.terminationGracePeriodSeconds ?? 30)
  }

  #terminate(graceSeconds: number): void {
    const graceUs: Microseconds = Math.max(1, graceSeconds) * SECOND
    if (this.#termination !== undefined) {
      this.#termination.shorten(graceUs)
      return
    }
    if (this.stage === 'gone') return
    const { engine } = this.runtime
    engine.cancel(this.#waiting)
    engine.cancel(this.#notice)
    engine.cancel(this.#deadline)
    this.#launcher.cancel()
    this.stage = 'terminating'
    this.#termination = new PodTermination(this, graceUs, () => this.#forget())
    this.#termination.start()
  }

  #forget(): void {
    if (this.stage === 'gone') return
    this.stage = 'gone'
    const { engine } = this.runtime
    engine.cancel(this.#waiting)
    engine.cancel(this.#notice)
    engine.cancel(this.#deadline)
    this.#launcher.cancel()
    for (const slot of this.slots) slot.stopProbes()
    this.releaseSandbox()
    this.#onGone(this)
  }
}
