// Starts the containers of a pod: image, environment, files, program, postStart hook; one at a time, in the order asked for.
// What fails shows as a waiting reason and is tried again later, as often as the kubelet does.

import { SECOND, type Microseconds, type ScheduledTask, type TaskKind } from '@podwire/engine'
import { formatDuration } from '@podwire/engine'
import { nextRestartCount, type TerminatedState } from '../pod/index.ts'
import { canonicalImageName, imageIdentity, type ImageReference } from '../images/image-name.ts'
import type { Image } from '../images/image.ts'
import { backOffRemaining, nextBackOff } from './back-off.ts'
import { buildContainer } from './build-container.ts'
import { probeTarget } from './probes/probe-target.ts'
import { startProbes } from './probes/start-probes.ts'
import type { ContainerSlot } from './container-slot.ts'
import { decideImage, pullDuration } from './image-pull.ts'
import { runLifecycleHook } from './lifecycle-hook.ts'
import type { PodWorker } from './pod-worker.ts'

// The pod is looked at again no later than this, so long waits are checked in steps.
const LONGEST_LOOK: Microseconds = 60 * SECOND

// A container that may not come back yet shows how it ended before it shows that it has to wait, as in a real cluster.
/** How long a container lives that a fault makes crash. */
const CRASH: Microseconds = SECOND / 10

const EXIT_SHOWN: Microseconds = SECOND

export class ContainerLauncher {
  readonly #worker: PodWorker
  /** The container being started; others wait for it. */
  #starting: ContainerSlot | undefined
  #task: ScheduledTask | undefined

  constructor(worker: PodWorker) {
    this.#worker = worker
  }

  /** Begins to start a container. @returns whether its waiting reason changed */
  start(slot: ContainerSlot): boolean {
    if (this.#starting !== undefined || slot.running !== undefined || slot.retry?.pending === true) return false
    const waiting = this.#restartWait(slot)
    if (waiting !== undefined) return waiting
    const { runtime } = this.#worker
    const { spec } = slot.record
    const decision = decideImage(spec, runtime.images, runtime.presentImages)
    if (decision.kind === 'refused') {
      this.#worker.event('Warning', decision.event, decision.message, slot)
      this.#worker.event('Warning', 'Failed', `Error: ${decision.reason}`, slot)
      return this.#wait(slot, decision.reason, decision.message)
    }
    if (decision.kind === 'missing') return this.#failPull(slot, decision.cause)
    const { timing, random, engine } = runtime
    let pullUs = 0
    if (decision.kind === 'pull') {
      pullUs = decision.known ? timing.checkImage(random) : this.#download(canonicalImageName(decision.reference))
      this.#worker.event('Normal', 'Pulling', `Pulling image "${spec.image ?? ''}"`, slot)
    }
    this.#starting = slot
    const { image, reference } = decision
    this.#task = engine.schedule(pullUs + timing.startContainer(random), 'kubelet container start', () => {
      this.#pulled(slot, reference, pullUs)
      this.#launch(slot, image, reference)
    })
    return false
  }

  /** How long it takes until the node has an image: one download serves all pods that wait for it. */
  #download(name: string): Microseconds {
    const { engine, pulls, timing, random } = this.#worker.runtime
    const now = engine.clock.now()
    const underWay = pulls.get(name)
    if (underWay !== undefined && underWay > now) return underWay - now
    const pullUs = Math.round(timing.pullImage(random))
    pulls.set(name, now + pullUs)
    return pullUs
  }

  /** Begins the probes of a container the kubelet has just seen running. */
  watch(slot: ContainerSlot): void {
    if (slot.running !== undefined && slot.unseenExit === undefined && slot.probes.length === 0)
      startProbes(this.#worker, slot)
  }

  /** The pod is going away: nothing more is started. */
  cancel(): void {
    const { engine } = this.#worker.runtime
    engine.cancel(this.#task)
    this.#starting = undefined
    for (const slot of this.#worker.slots) engine.cancel(slot.retry)
  }

  /** CrashLoopBackOff: undefined when the container may start now, else whether its status changed. */
  #restartWait(slot: ContainerSlot): boolean | undefined {
    const { record } = slot
    const ended = record.state.kind === 'terminated' ? record.state : record.last
    if (ended === undefined) return undefined
    if (record.state.kind === 'waiting' && record.state.reason !== 'CrashLoopBackOff') return undefined
    const { runtime, pod } = this.#worker
    const now = runtime.engine.clock.now()
    const remaining = backOffRemaining(slot.restartBackOff, slot.finishedUs, now)
    if (remaining <= 0) {
      slot.restartBackOff = nextBackOff(slot.restartBackOff, now)
      return undefined
    }
    if (record.state.kind === 'terminated' && now - slot.finishedUs < EXIT_SHOWN) {
      this.#retryAfter(slot, EXIT_SHOWN, 'foreground')
      return false
    }
    const { namespace = '', name, uid } = pod.metadata
    const target = `container=${slot.name} pod=${name}_${namespace}(${uid})`
    const delay = formatDuration(slot.restartBackOff?.delayUs ?? 0)
    this.#worker.event(
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${slot.name} in pod ${name}_${namespace}(${uid})`,
      slot,
    )
    // The first look comes up to half as late again as the wait is long, in steps of at most a minute.
    this.#retryAfter(slot, Math.min(remaining, LONGEST_LOOK) * runtime.random.uniform(1, 1.5))
    if (record.state.kind === 'waiting') return false
    slot.record = {
      ...record,
      last: ended,
      state: { kind: 'waiting', reason: 'CrashLoopBackOff', message: `back-off ${delay} restarting failed ${target}` },
    }
    return true
  }

  #pulled(slot: ContainerSlot, reference: ImageReference, pullUs: Microseconds): void {
    const { runtime } = this.#worker
    const text = slot.record.spec.image ?? ''
    slot.pullBackOff = undefined
    if (pullUs === 0) {
      this.#worker.event(
        'Normal',
        'Pulled',
        `Container image "${text}" already present on machine and can be accessed by the pod`,
        slot,
      )
      return
    }
    runtime.presentImages.add(canonicalImageName(reference))
    const took = pullDuration(pullUs)
    // Sizes are not simulated; the text has the place for one.
    const message = `Successfully pulled image "${text}" in ${took} (${took} including waiting). Image size: 0 bytes.`
    this.#worker.event('Normal', 'Pulled', message, slot)
  }

  #launch(slot: ContainerSlot, image: Image, reference: ImageReference): void {
    this.#starting = undefined
    this.#task = undefined
    const worker = this.#worker
    const { runtime } = worker
    const built = buildContainer(worker, slot, image)
    if ('error' in built) {
      worker.event('Warning', 'Failed', `Error: ${built.error}`, slot)
      if (this.#wait(slot, 'CreateContainerConfigError', built.error)) worker.publish()
      return
    }
    const { record } = slot
    const ended = endOf(slot)
    slot.replaced = undefined
    slot.previousLog = slot.log
    slot.log = built.container.log
    slot.running = built.container
    slot.startedUs = runtime.engine.clock.now()
    slot.record = {
      ...record,
      last: ended,
      restartCount: nextRestartCount(record),
      containerID: built.containerID,
      ...imageIdentity(reference),
      state: { kind: 'running', startedAt: runtime.engine.clock.timestamp() },
      started: record.spec.startupProbe === undefined,
      ready: record.spec.startupProbe === undefined && record.spec.readinessProbe === undefined,
    }
    worker.event('Normal', 'Created', 'Container created', slot)
    worker.event('Normal', 'Started', 'Container started', slot)
    built.container.start()
    this.#crash(slot)
    worker.noticeSoon()
    this.#postStart(slot)
  }

  /** A fault: it ends a moment after it began. */
  #crash({ name, running }: ContainerSlot): void {
    const { faults, engine } = this.#worker.runtime
    const { namespace = '', name: pod } = this.#worker.pod.metadata
    const exitCode = faults.exitAtStart(`${namespace}/${pod}`, name)
    if (exitCode !== undefined) engine.schedule(CRASH, 'container crash', () => running?.exit(exitCode))
  }

  /** The hook holds back the containers after this one. */
  #postStart(slot: ContainerSlot): void {
    const hook = slot.record.spec.lifecycle?.postStart
    if (hook === undefined) {
      // Further main containers follow at once; what waits for this one's exit or start waits in nextSteps.
      this.#worker.resume()
      return
    }
    this.#starting = slot
    const { engine } = this.#worker.runtime
    engine.touchAsync()
    void runLifecycleHook(hook, probeTarget(this.#worker, slot), Number.MAX_SAFE_INTEGER).then((problem) => {
      if (this.#starting !== slot) return
      this.#starting = undefined
      if (problem !== undefined) {
        this.#worker.event('Warning', 'FailedPostStartHook', 'PostStartHook failed', slot)
        this.#worker.stopContainer(slot, 'FailedPostStartHook')
      }
      this.#worker.resume()
    })
  }

  #failPull(slot: ContainerSlot, cause: string): boolean {
    const { runtime } = this.#worker
    const now = runtime.engine.clock.now()
    const text = slot.record.spec.image ?? ''
    const remaining = backOffRemaining(slot.pullBackOff, slot.pullFailedUs, now)
    if (remaining > 0) {
      this.#worker.event('Normal', 'BackOff', `Back-off pulling image "${text}"`, slot)
      this.#worker.event('Warning', 'Failed', 'Error: ImagePullBackOff', slot)
      this.#retryAfter(slot, Math.min(remaining, LONGEST_LOOK) * runtime.random.uniform(1, 1.5))
      return this.#say(slot, 'ImagePullBackOff', `Back-off pulling image "${text}": ErrImagePull: ${cause}`)
    }
    this.#worker.event('Normal', 'Pulling', `Pulling image "${text}"`, slot)
    this.#worker.event('Warning', 'Failed', `Failed to pull image "${text}": ${cause}`, slot)
    this.#worker.event('Warning', 'Failed', 'Error: ErrImagePull', slot)
    slot.pullBackOff = nextBackOff(slot.pullBackOff, now)
    slot.pullFailedUs = now
    this.#retryAfter(slot, runtime.timing.retry(runtime.random))
    return this.#say(slot, 'ErrImagePull', cause)
  }

  #wait(slot: ContainerSlot, reason: string, message: string): boolean {
    const { timing, random } = this.#worker.runtime
    this.#retryAfter(slot, timing.retry(random))
    return this.#say(slot, reason, message)
  }

  #say(slot: ContainerSlot, reason: string, message: string): boolean {
    const { state } = slot.record
    if (state.kind === 'waiting' && state.reason === reason && state.message === message) return false
    slot.record = { ...slot.record, last: endOf(slot), state: { kind: 'waiting', reason, message } }
    slot.replaced = undefined
    return true
  }

  /** Retries repeat for ever: nobody has to wait for them. */
  #retryAfter(slot: ContainerSlot, delayUs: Microseconds, kind: TaskKind = 'background'): void {
    const { engine } = this.#worker.runtime
    slot.retry = engine.schedule(delayUs, 'kubelet retry', () => this.#worker.resume(), kind)
  }
}

/** How the run before the coming one ended. */
function endOf({ record, replaced }: ContainerSlot): TerminatedState | undefined {
  if (typeof replaced === 'object') return replaced
  return record.state.kind === 'terminated' ? record.state : record.last
}
