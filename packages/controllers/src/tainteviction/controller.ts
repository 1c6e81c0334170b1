// Deletes pods that do not (or no longer) tolerate their node's NoExecute taints. Source: kubernetes pkg/controller/tainteviction.

import {
  type Client,
  createWorkQueue,
  type EventRecorder,
  type Informer,
  isNotFound,
  type Node,
  nodes,
  objectKey,
  type Pod,
  pods,
} from '@podwire/apiserver'
import { type Engine, type Microseconds, MILLISECOND, SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { isPodDeleting } from '../objects/pod-state.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { noExecuteTaints, toleratedSeconds } from './reconcile.ts'

export const taintEvictionController: ControllerDefinition = {
  name: 'taint-eviction-controller',
  start: (context) => new TaintEvictionController(context),
}

class TaintEvictionController implements RunningController {
  readonly #engine: Engine
  readonly #client: Client
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>
  readonly #events: EventRecorder
  readonly #queue: ReturnType<typeof createWorkQueue>
  /** When each pod on a tainted node has to go; Infinity: it may stay. */
  readonly #deadlines = new Map<string, Microseconds>()

  constructor(context: ControllerContext) {
    const { engine, client, informers } = context
    this.#engine = engine
    this.#client = client
    this.#events = context.recorder('taint-eviction-controller')
    this.#queue = createWorkQueue({
      engine,
      name: 'taint-eviction-controller',
      latency: (random) => random.uniform(1, 20) * MILLISECOND,
      process: (key) => this.#sync(key),
    })
    this.#nodes = informers.informer(nodes)
    this.#pods = informers.informer(pods)
    this.#pods.addIndex('node', (pod) => (pod.spec.nodeName === undefined ? [] : [pod.spec.nodeName]))
    this.#nodes.onChange((change) => {
      const taints = change.type === 'deleted' ? [] : noExecuteTaints(change.object.spec.taints)
      const before = change.old === undefined ? [] : noExecuteTaints(change.old.spec.taints)
      if (semanticEqual(taints, before)) return
      for (const pod of this.#pods.byIndex('node', change.object.metadata.name)) this.#queue.add(objectKey(pod))
    })
    this.#pods.onChange(({ type, object, old }) => {
      if (type === 'deleted') this.#deadlines.delete(objectKey(object))
      else if (object.spec.nodeName !== old?.spec.nodeName && this.#taintsOf(object).length > 0) {
        this.#queue.add(objectKey(object))
      }
    })
  }

  stop(): void {
    this.#queue.stop()
  }

  #taintsOf(pod: Pod): ReturnType<typeof noExecuteTaints> {
    const { nodeName } = pod.spec
    return nodeName === undefined ? [] : noExecuteTaints(this.#nodes.get(undefined, nodeName)?.spec.taints)
  }

  #sync(key: string): void {
    const slash = key.indexOf('/')
    const pod = this.#pods.get(key.slice(0, slash), key.slice(slash + 1))
    if (pod === undefined || isPodDeleting(pod)) return
    const taints = this.#taintsOf(pod)
    const nowUs = this.#engine.clock.now()
    const planned = this.#deadlines.get(key)
    if (taints.length === 0) {
      if (planned !== undefined && planned !== Infinity) {
        this.#events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
      }
      this.#deadlines.delete(key)
      return
    }
    // An eviction that is planned keeps its moment unless the taints now leave less time.
    const dueUs = Math.min(planned ?? Infinity, nowUs + toleratedSeconds(pod, taints) * SECOND)
    this.#deadlines.set(key, dueUs)
    if (dueUs <= nowUs) this.#evict(key, pod)
    else if (dueUs !== Infinity) this.#queue.addAfter(key, dueUs - nowUs, 'background')
  }

  #evict(key: string, pod: Pod): void {
    this.#events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
    try {
      this.#client.modify(
        pods,
        pod.metadata,
        (draft) => {
          const others = (draft.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
          const disruption = {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'DeletionByTaintManager',
            message: 'Taint manager: deleting due to NoExecute taint',
            lastTransitionTime: this.#engine.clock.timestamp(),
          }
          draft.status = { ...draft.status, conditions: [...others, disruption] }
        },
        { subresource: 'status' },
      )
      this.#client.delete(pods, pod.metadata, { preconditions: { uid: pod.metadata.uid } })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    this.#deadlines.delete(key)
  }
}
