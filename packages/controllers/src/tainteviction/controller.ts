// Deletes pods that do not (or no longer) tolerate their node's NoExecute taints. Source: kubernetes pkg/controller/tainteviction.

import {
  type Client,
  createWorkQueue,
  type EventRecorder,
  type Informer,
  type InformerChange,
  isNotFound,
  type Node,
  nodes,
  objectKey,
  type Pod,
  pods,
} from '@podwire/apiserver'
import { type Engine, type Microseconds, MILLISECOND, SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { nodeKeys, withCondition } from '../objects/pod-state.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { noExecuteTaints, toleratedSeconds } from './reconcile.ts'

export const taintEvictionController: ControllerDefinition = {
  name: 'taint-eviction-controller',
  start: (context) => new TaintEvictionController(context),
}

/** The eviction happened; the pod is remembered until it is gone or the taints are. */
const DONE = 'done'

class TaintEvictionController implements RunningController {
  readonly #engine: Engine
  readonly #client: Client
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>
  readonly #events: EventRecorder
  readonly #queue: ReturnType<typeof createWorkQueue>
  readonly #evictions: ReturnType<typeof createWorkQueue>
  /** When each pod has to go, by key; pods that may stay are not there. */
  readonly #planned = new Map<string, Microseconds | typeof DONE>()

  constructor(context: ControllerContext) {
    const { engine, client, informers } = context
    this.#engine = engine
    this.#client = client
    this.#events = context.recorder('taint-eviction-controller')
    this.#queue = createWorkQueue({
      engine,
      name: 'taint-eviction-controller',
      latency: (random) => random.uniform(1, 20) * MILLISECOND,
      process: (key) => this.#look(key),
    })
    this.#evictions = createWorkQueue({
      engine,
      name: 'taint-eviction-controller: evictions',
      process: (key) => this.#comeDue(key),
    })
    this.#nodes = informers.informer(nodes)
    this.#pods = informers.informer(pods)
    this.#pods.addIndex('node', nodeKeys)
    this.#nodes.onChange((change) => this.#nodeChanged(change))
    this.#pods.onChange(({ type, object, old }) => {
      if (type === 'deleted') this.#cancel(objectKey(object), object)
      else if ((old === undefined || !sameStay(old, object)) && this.#taintsOf(object).length > 0) {
        this.#queue.add(objectKey(object))
      }
    })
  }

  stop(): void {
    this.#queue.stop()
    this.#evictions.stop()
  }

  /** A node that is gone changes nothing: what is planned for its pods happens. */
  #nodeChanged({ type, object, old }: InformerChange<Node>): void {
    if (type === 'deleted') return
    const taints = noExecuteTaints(object.spec.taints)
    if (type === 'updated' && semanticEqual(taints, noExecuteTaints(old.spec.taints))) return
    for (const pod of this.#pods.byIndex('node', object.metadata.name)) {
      const key = objectKey(pod)
      if (taints.length > 0 || this.#planned.has(key)) this.#queue.add(key)
    }
  }

  #taintsOf(pod: Pod): ReturnType<typeof noExecuteTaints> {
    const { nodeName } = pod.spec
    return nodeName === undefined ? [] : noExecuteTaints(this.#nodes.get(undefined, nodeName)?.spec.taints)
  }

  #find(key: string): Pod | undefined {
    return this.#pods.byKey(key)
  }

  #look(key: string): void {
    const pod = this.#find(key)
    if (pod === undefined) return
    const taints = this.#taintsOf(pod)
    const seconds = taints.length === 0 ? Infinity : toleratedSeconds(pod, taints)
    if (seconds === undefined || seconds === Infinity) this.#cancel(key, pod)
    // An eviction that is planned keeps its moment, even when the taints now leave less time.
    if (seconds === Infinity || this.#planned.has(key)) return
    this.#planned.set(key, this.#engine.clock.now() + (seconds ?? 0) * SECOND)
    if ((seconds ?? 0) > 0) this.#evictions.addAfter(key, (seconds ?? 0) * SECOND, 'background')
    else this.#comeDue(key)
  }

  #cancel(key: string, pod: Pod): void {
    const planned = this.#planned.get(key)
    this.#planned.delete(key)
    if (planned === undefined || planned === DONE) return
    this.#events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
  }

  #comeDue(key: string): void {
    const dueUs = this.#planned.get(key)
    const pod = this.#find(key)
    if (pod === undefined || dueUs === undefined || dueUs === DONE) return
    const leftUs = dueUs - this.#engine.clock.now()
    // Planned anew meanwhile: this is the earlier alarm.
    if (leftUs > 0) this.#evictions.addAfter(key, leftUs, 'background')
    else this.#evict(key, pod)
  }

  #evict(key: string, pod: Pod): void {
    this.#events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
    try {
      this.#client.modify(
        pods,
        pod.metadata,
        (draft) => {
          const disruption = {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'DeletionByTaintManager',
            message: 'Taint manager: deleting due to NoExecute taint',
          }
          const conditions = withCondition(draft, disruption, this.#engine.clock.timestamp())
          draft.status = { ...draft.status, conditions: [...conditions] }
        },
        { subresource: 'status' },
      )
      this.#client.delete(pods, pod.metadata, { preconditions: { uid: pod.metadata.uid } })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    this.#planned.set(key, DONE)
  }
}

/** Nothing changed that decides how long the pod may stay. */
function sameStay(old: Pod, pod: Pod): boolean {
  return old.spec.nodeName === pod.spec.nodeName && semanticEqual(old.spec.tolerations, pod.spec.tolerations)
}
