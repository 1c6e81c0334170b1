// Ends and removes pods that nobody will ever finish. Pods of a Node that is gone have 40 seconds until it might be back; the
// others are found at the next look, every 20 seconds. Departure: finished pods stay however many there are (upstream keeps 12,500).
// Source: kubernetes pkg/controller/podgc/gc_controller.go.

import {
  createWorkQueue,
  type Informer,
  isNotFound,
  type Node,
  nodes,
  objectKey,
  type Pod,
  pods,
  splitObjectKey,
} from '@podwire/apiserver'
import { SECOND, type TaskKind } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { isPodDeleting, nodeKeys } from '../objects/pod-state.ts'
import { abandoned, endedStatus, isOutOfService } from './reconcile.ts'

/** How long a node has to be missing after a look found that it is. */
const QUARANTINE_US = 40 * SECOND
const LOOK_EVERY_US = 20 * SECOND

export const podGarbageCollector: ControllerDefinition = {
  name: 'pod-garbage-collector-controller',
  start: (context) => new PodGarbageCollector(context),
}

class PodGarbageCollector implements RunningController {
  readonly #context: ControllerContext
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>
  /** Pods that go at the next look. */
  readonly #queue: ReturnType<typeof createWorkQueue>
  /** Nodes that are missing. */
  readonly #quarantine: ReturnType<typeof createWorkQueue>
  readonly #startUs: number

  constructor(context: ControllerContext) {
    const { engine, informers } = context
    this.#context = context
    this.#startUs = engine.clock.now()
    this.#nodes = informers.informer(nodes)
    this.#pods = informers.informer(pods)
    this.#pods.addIndex('node', nodeKeys)
    this.#queue = createWorkQueue({
      engine,
      name: 'pod-garbage-collector',
      process: (key) => this.#collect(key),
    })
    this.#quarantine = createWorkQueue({
      engine,
      name: 'pod-garbage-collector: quarantine',
      process: (name) => this.#collectFrom(name),
    })
    this.#nodes.onChange(({ type, object }) => {
      if (type !== 'deleted' && !isOutOfService(object)) return
      const { name } = object.metadata
      const here = this.#pods.byIndex('node', name)
      if (type !== 'deleted') for (const pod of here) if (isPodDeleting(pod)) this.#atNextLook(pod)
      if (type === 'deleted' && here.length > 0) this.#isMissing(name, 'foreground')
    })
    this.#pods.onChange(({ type, object, old }) => {
      if (type !== 'deleted') this.#podChanged(object, old)
    })
  }

  stop(): void {
    this.#queue.stop()
    this.#quarantine.stop()
  }

  #podChanged(pod: Pod, old: Pod | undefined): void {
    const { nodeName } = pod.spec
    const isPlaced = nodeName !== old?.spec.nodeName
    const leaves = isPodDeleting(pod) && (old === undefined || !isPodDeleting(old))
    // Nearly all changes are neither.
    if (!isPlaced && !leaves) return
    const node = nodeName === undefined ? undefined : this.#nodes.get(undefined, nodeName)
    if (nodeName !== undefined && node === undefined) {
      if (isPlaced) this.#isMissing(nodeName, 'background')
    } else if (leaves && (node === undefined || isOutOfService(node))) this.#atNextLook(pod)
  }

  #untilNextLook(): number {
    return LOOK_EVERY_US - ((this.#context.engine.clock.now() - this.#startUs) % LOOK_EVERY_US)
  }

  #atNextLook(pod: Pod): void {
    this.#queue.addAfter(objectKey(pod), this.#untilNextLook(), 'background')
  }

  /** Looks come at their own times: that of one that finds out begins the quarantine, that of another ends it. */
  #isMissing(nodeName: string, kind: TaskKind): void {
    this.#quarantine.addAfter(nodeName, this.#untilNextLook() + QUARANTINE_US, kind)
  }

  #collectFrom(nodeName: string): void {
    for (const pod of this.#pods.byIndex('node', nodeName)) this.#collect(objectKey(pod))
  }

  #collect(key: string): void {
    const { client, engine } = this.#context
    const pod = client.find(pods, splitObjectKey(key))
    if (pod === undefined) return
    const { nodeName = '' } = pod.spec
    const found = abandoned(pod, nodeName === '' ? undefined : client.find(nodes, { name: nodeName }))
    if (found === undefined) return
    const status = endedStatus(pod, found, engine.clock.timestamp())
    try {
      if (status !== undefined) client.update(pods, { ...pod, status }, { subresource: 'status' })
      client.delete(pods, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
