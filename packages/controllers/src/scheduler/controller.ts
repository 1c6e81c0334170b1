// kube-scheduler's shell: pods and nodes → cluster state and queue → decision → binding, or FailedScheduling and back-off.
// Source: kube-scheduler scheduler.go, eventhandlers.go, schedule_one.go. A waiting pod that a change may help is tried at once
// (SchedulerPopFromBackoffQ); errors, and having no nodes, are waited for. Departure: at once also while other pods are active.

import {
  type Client,
  createEventSeriesRecorder,
  createInformerFactory,
  type EventSeriesRecorder,
  type InformerChange,
  isConflict,
  isNotFound,
  isUnreachable,
  namespaces,
  type NewObject,
  type Node,
  nodes,
  objectKey,
  type Pod,
  pods,
} from '@podwire/apiserver'
import { type Engine, MINUTE, type Random, type ScheduledTask } from '@podwire/engine'
import type { RunningController } from '../manager/controller.ts'
import { schedulerLatency } from '../manager/latency.ts'
import { isPodDeleting, isPodTerminal } from '../objects/pod-state.ts'
import { sameMap } from '../objects/semantic-equal.ts'
import { type Change, mayHelp, sameForPods, samePlace, sameWishes } from './changes.ts'
import { ClusterState } from './cluster-state.ts'
import { clearNomination, evictVictims, writeFailure } from './eviction.ts'
import { type PodInfo, podInfo } from './pod-info.ts'
import { type Decision, schedule, type Surroundings } from './schedule.ts'
import { type Rejected, SchedulingQueue } from './scheduling-queue.ts'
import { namesClaim, watchSurroundings } from './surroundings.ts'

export interface SchedulerOptions {
  readonly engine: Engine
  readonly client: Client
  /** Which pods it takes: those with this spec.schedulerName. Default `default-scheduler`. */
  readonly schedulerName?: string
  /** The machine it runs on, as its events say. Default `localhost`. */
  readonly host?: string
}

const DEFAULT_SCHEDULER = 'default-scheduler'
/** A waiting pod is tried again even when nothing that could help was seen. */
const FLUSH_US = 5 * MINUTE

export function startScheduler(options: SchedulerOptions): RunningController {
  return new Scheduler(options)
}

class Scheduler implements RunningController {
  readonly #engine: Engine
  readonly #client: Client
  readonly #name: string
  readonly #random: Random
  readonly #events: EventSeriesRecorder
  readonly #state: ClusterState
  readonly #queue = new SchedulingQueue()
  readonly #wakes = new Map<string, ScheduledTask>()
  readonly #tasks = new Set<ScheduledTask>()
  readonly #surroundings: Surroundings
  readonly #stopInformers: () => void
  #start = 0
  #stopped = false

  constructor(options: SchedulerOptions) {
    const { engine, client, schedulerName = DEFAULT_SCHEDULER } = options
    this.#engine = engine
    this.#client = client
    this.#name = schedulerName
    this.#random = engine.random.fork(`kube-scheduler/${schedulerName}`)
    const { host = 'localhost' } = options
    this.#events = createEventSeriesRecorder({ engine, client, controller: schedulerName, host })
    const informers = createInformerFactory({ engine, client, name: 'kube-scheduler' })
    const stopInformers = (): void => informers.stop()
    this.#stopInformers = stopInformers
    this.#surroundings = watchSurroundings(informers, () => {
      this.#wakeWaiting(({ info, rejectors }) => rejectors.has('VolumeBinding') && namesClaim(info.pod))
    })
    const homes = informers.informer(namespaces)
    this.#state = new ClusterState((namespace) => {
      const home = homes.get(undefined, namespace)
      return home === undefined ? undefined : (home.metadata.labels ?? {})
    })
    homes.onChange(({ type, object, old }) => {
      if (type !== 'updated' || sameMap(object.metadata.labels, old.metadata.labels)) return
      this.#state.namespacesChanged()
    })
    informers.informer(nodes).onChange((change) => this.#nodeChanged(change))
    informers.informer(pods).onChange((change) => this.#podChanged(change))
  }

  stop(): void {
    this.#stopped = true
    this.#stopInformers()
    this.#events.stop()
    for (const task of [...this.#tasks, ...this.#wakes.values()]) this.#engine.cancel(task)
  }

  #nodeChanged(change: InformerChange<Node>): void {
    const node = change.object
    if (change.type === 'deleted') {
      this.#state.removeNode(node.metadata.name)
      this.#happened({ kind: 'node gone', node })
      return
    }
    this.#state.setNode(node)
    const { old } = change
    if (old === undefined || !sameForPods(old, node)) this.#happened({ kind: 'node', old, node })
  }

  #podChanged(change: InformerChange<Pod>): void {
    const pod = change.object
    const { uid } = pod.metadata
    const key = objectKey(pod)
    const nodeName = pod.spec.nodeName ?? ''
    if (change.type === 'deleted' || isPodTerminal(pod)) {
      this.#forget(key)
      this.#state.nominate(uid, undefined)
      const hadRoom = this.#state.placedOn(uid) !== undefined || (pod.status?.nominatedNodeName ?? '') !== ''
      this.#state.remove(uid)
      if (hadRoom) this.#happened({ kind: 'pod gone', pod })
    } else if (nodeName !== '') {
      this.#forget(key)
      this.#state.nominate(uid, undefined)
      const old = this.#state.placedOn(uid) === nodeName ? change.old : undefined
      if (old !== undefined && samePlace(old, pod)) return this.#state.renew(pod)
      this.#state.place(podInfo(pod), nodeName)
      this.#happened({ kind: 'pod', old, pod })
    } else {
      this.#unassigned(key, change)
    }
  }

  #unassigned(key: string, change: InformerChange<Pod>): void {
    const pod = change.object
    const mine = (pod.spec.schedulerName ?? DEFAULT_SCHEDULER) === this.#name
    if (!mine || isPodDeleting(pod) || (pod.spec.schedulingGates ?? []).length > 0) {
      this.#forget(key)
      return
    }
    this.#followNomination(change)
    const waiting = this.#queue.waiting(key)
    if (waiting !== undefined && change.type === 'updated') {
      // Its own status is written after every attempt; only a change of what it asks for is a reason to try again.
      if (sameWishes(change.old, pod)) {
        waiting.info.pod = pod
        return
      }
      if (!mayHelp(waiting, { kind: 'itself', old: change.old, pod })) return this.#queue.refresh(key, podInfo(pod))
    }
    this.#activate(key, pod)
  }

  /** Room is kept for a pod where its status says so, whoever wrote that. */
  #followNomination({ object: pod, old }: InformerChange<Pod>): void {
    const before = old?.status?.nominatedNodeName ?? ''
    const node = pod.status?.nominatedNodeName ?? ''
    if (before === node) return
    this.#state.nominate(pod.metadata.uid, node === '' ? undefined : { info: podInfo(pod), node })
    if (old === undefined || before === '') return
    // Pods no more important than it were kept off as if it had been there.
    const priority = old.spec.priority ?? 0
    this.#wakeWaiting(
      (waiting) =>
        (waiting.info.pod.spec.priority ?? 0) <= priority && mayHelp(waiting, { kind: 'pod gone', pod: old }),
    )
  }

  #forget(key: string): void {
    this.#queue.remove(key)
    this.#engine.cancel(this.#wakes.get(key))
    this.#wakes.delete(key)
  }

  #activate(key: string, pod: Pod): void {
    this.#engine.cancel(this.#wakes.get(key))
    this.#wakes.delete(key)
    if (!this.#queue.activate(key, pod) || this.#stopped) return
    // One turn for each pod that entered: when it comes, the most important waiting pod takes it.
    const task = this.#engine.schedule(schedulerLatency(this.#random), 'kube-scheduler', () => {
      this.#tasks.delete(task)
      this.#scheduleNext()
    })
    this.#tasks.add(task)
  }

  #scheduleNext(): void {
    const next = this.#queue.pop()
    if (next === undefined) return
    const { key, pod } = next
    const info = podInfo(pod)
    const decision = schedule(info, this.#state, this.#random, this.#start, this.#surroundings)
    this.#start = decision.nextStart
    if (decision.kind === 'bind') this.#bind(key, info, decision.node)
    else this.#fail(key, info, decision)
  }

  #bind(key: string, info: PodInfo, nodeName: string): void {
    const { pod } = info
    const { name, namespace = '', uid } = pod.metadata
    // A Binding, written to the pods' subresource of that name.
    const binding = { metadata: { name, namespace, uid }, target: { kind: 'Node', name: nodeName } }
    try {
      this.#client.create(pods, binding as unknown as NewObject<Pod>, { subresource: 'binding' })
    } catch (error) {
      if (isUnreachable(error)) return this.#sleep(key, { info, rejectors: new Set() })
      // Deleted or bound by somebody else meanwhile: the informer tells what became of it.
      if (!isNotFound(error) && !isConflict(error)) throw error
      return
    }
    // The state counts the pod from now on; the informer will say so only later.
    this.#state.place(info, nodeName)
    const note = `Successfully assigned ${key} to ${nodeName}`
    this.#events.event(pod, { type: 'Normal', reason: 'Scheduled', action: 'Binding', note, once: true })
    this.#happened({ kind: 'pod', old: undefined, pod })
  }

  /** Until something changes that may help; whom nothing in particular kept off is tried again after its back-off. */
  #sleep(key: string, rejected: Rejected): void {
    const nowUs = this.#engine.clock.now()
    const readyUs = this.#queue.failed(key, rejected, nowUs)
    this.#wake(key, rejected.rejectors.size === 0 ? readyUs : nowUs + FLUSH_US, 'background')
  }

  #fail(key: string, info: PodInfo, decision: Extract<Decision, { kind: 'unschedulable' }>): void {
    const { pod } = info
    const { message, preemption, rejectors } = decision
    this.#sleep(key, { info, rejectors })
    this.#events.event(pod, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: message })
    if (preemption !== undefined) {
      const { clock } = this.#engine
      const tools = { client: this.#client, clock, events: this.#events, schedulerName: this.#name }
      if (evictVictims(tools, pod, preemption)) this.#dropNominations(preemption.node, pod)
    }
    const kept = decision.keepsNomination ? pod.status?.nominatedNodeName : undefined
    const nominated = preemption?.node ?? kept
    this.#state.nominate(pod.metadata.uid, nominated === undefined ? undefined : { info, node: nominated })
    writeFailure({ client: this.#client, clock: this.#engine.clock }, pod, message, nominated)
  }

  /** Less important pods that wait for room on the node may no longer fit there. */
  #dropNominations(node: string, preemptor: Pod): void {
    for (const { pod } of this.#state.nominatedTo(node)) {
      if ((pod.spec.priority ?? 0) >= (preemptor.spec.priority ?? 0)) continue
      this.#state.nominate(pod.metadata.uid, undefined)
      clearNomination(this.#client, pod)
    }
  }

  #happened(change: Change): void {
    this.#wakeWaiting((waiting) => mayHelp(waiting, change))
  }

  #wakeWaiting(concerns: (waiting: Rejected) => boolean): void {
    for (const waiting of this.#queue.asleep()) {
      if (!concerns(waiting)) continue
      const { key, rejectors, readyUs } = waiting
      this.#queue.awake(key)
      this.#wake(key, rejectors.size === 0 ? readyUs : this.#engine.clock.now(), 'foreground')
    }
  }

  #wake(key: string, timeUs: number, kind: 'foreground' | 'background'): void {
    if (this.#stopped) return
    const planned = this.#wakes.get(key)
    if (planned !== undefined && kind === 'foreground' && planned.kind === kind && planned.timeUs <= timeUs) return
    this.#engine.cancel(planned)
    const delayUs = Math.max(0, timeUs - this.#engine.clock.now())
    const task = this.#engine.schedule(
      delayUs,
      'kube-scheduler: retry',
      () => {
        this.#wakes.delete(key)
        const pod = this.#queue.waiting(key)?.info.pod
        if (pod !== undefined) this.#activate(key, pod)
      },
      kind,
    )
    this.#wakes.set(key, task)
  }
}
