// Node lifecycle: taints by condition at once, Unknown conditions for silent nodes, NoExecute taints one node after the other.
// Source: kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go. Departures: a node of the simulation is watched
// for silence from its Lease's first renewal on (or when heartbeats are modelled), one with a kubelet from outside from its
// beginning; zones of more than 50 nodes are not slowed down further.

import {
  createWorkQueue,
  type EventRecorder,
  type Informer,
  isConflict,
  isNotFound,
  leases,
  type Node,
  nodes,
  type Pod,
  pods,
  RetryLater,
} from '@podwire/apiserver'
import { MILLISECOND, type Microseconds, SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { GRACE_PERIOD_US, MONITOR_PERIOD_US, unknownConditions, unreadyConditions } from './health.ts'
import { needsEvictionTaint, readyStatus, wantedTaints } from './taints.ts'

const LEASE_NAMESPACE = 'kube-node-lease'
/** 0.1 node a second and zone. */
const EVICTION_INTERVAL_US = 10 * SECOND
const ZONE = 'topology.kubernetes.io/zone'

export const nodeLifecycleController: ControllerDefinition = {
  name: 'node-lifecycle-controller',
  start: (context) => new NodeLifecycleController(context),
}

/** Somebody else plays this node's kubelet, and renews its Lease for as long as the node lives. */
function hasKubeletOutside({ metadata }: Node): boolean {
  return metadata.labels?.['podwire.dev/external-kubelet'] === 'true'
}

class NodeLifecycleController implements RunningController {
  readonly #context: ControllerContext
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>
  readonly #events: EventRecorder
  readonly #taintQueue: ReturnType<typeof createWorkQueue>
  readonly #healthQueue: ReturnType<typeof createWorkQueue>
  readonly #heardUs = new Map<string, Microseconds>()
  /** When the next node of a zone may get its NoExecute taint. */
  readonly #nextEvictionUs = new Map<string, Microseconds>()

  constructor(context: ControllerContext) {
    const { engine, informers, settings } = context
    this.#context = context
    this.#events = context.recorder('node-controller')
    this.#taintQueue = createWorkQueue({
      engine,
      name: 'node-lifecycle-controller: taints',
      latency: (random) => random.uniform(1, 20) * MILLISECOND,
      process: (name) => this.#taint(name),
    })
    this.#healthQueue = createWorkQueue({
      engine,
      name: 'node-lifecycle-controller: heartbeats',
      process: (name) => this.#check(name),
    })
    this.#pods = informers.informer(pods)
    this.#pods.addIndex('node', (pod) => (pod.spec.nodeName === undefined ? [] : [pod.spec.nodeName]))
    this.#nodes = informers.informer(nodes)
    this.#nodes.onChange((change) => {
      const { name } = change.object.metadata
      if (change.type === 'deleted') this.#heardUs.delete(name)
      else this.#taintQueue.add(name)
      const reports = settings.nodeHeartbeatUs !== undefined || hasKubeletOutside(change.object)
      if (change.type === 'added' && reports) this.#heard(name)
    })
    informers.informer(leases).onChange((change) => {
      const { namespace, name } = change.object.metadata
      if (namespace !== LEASE_NAMESPACE || change.type !== 'updated') return
      if (change.old.spec?.renewTime !== change.object.spec?.renewTime) this.#heard(name)
    })
  }

  stop(): void {
    this.#taintQueue.stop()
    this.#healthQueue.stop()
  }

  #heard(name: string): void {
    const watched = this.#heardUs.has(name)
    this.#heardUs.set(name, this.#context.engine.clock.now())
    // One look a grace period is enough: it finds the newest heartbeat.
    if (!watched) this.#healthQueue.addAfter(name, GRACE_PERIOD_US, 'background')
  }

  #check(name: string): void {
    const { engine, client, settings } = this.#context
    const node = this.#nodes.get(undefined, name)
    const heardUs = this.#heardUs.get(name)
    // A node that went away and came back under its name is watched from its own first heartbeat on.
    if (node === undefined || heardUs === undefined) return
    const nowUs = engine.clock.now()
    const lastUs = Math.max(heardUs, settings.nodeHeartbeatUs?.(name) ?? 0)
    if (nowUs - lastUs < GRACE_PERIOD_US) {
      this.#healthQueue.addAfter(name, lastUs + GRACE_PERIOD_US - nowUs, 'background')
      return
    }
    this.#healthQueue.addAfter(name, MONITOR_PERIOD_US, 'background')
    if (readyStatus(node) === 'Unknown') return
    const wasReady = readyStatus(node) === 'True'
    try {
      client.modify(
        nodes,
        { name },
        (draft) => {
          draft.status = { ...draft.status, conditions: [...unknownConditions(node, engine.clock.timestamp())] }
        },
        { subresource: 'status' },
      )
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
    if (!wasReady) return
    this.#events.event(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`)
    for (const pod of this.#pods.byIndex('node', name)) this.#markUnready(pod)
  }

  #markUnready(pod: Pod): void {
    const { client, engine } = this.#context
    const live = client.find(pods, pod.metadata)
    const conditions = live === undefined ? undefined : unreadyConditions(live, engine.clock.timestamp())
    if (live === undefined || conditions === undefined) return
    client.update(pods, { ...live, status: { ...live.status, conditions } }, { subresource: 'status' })
    this.#events.event(live, 'Warning', 'NodeNotReady', 'Node is not ready')
  }

  #taint(name: string): void {
    const { client, engine } = this.#context
    const node = client.find(nodes, { name })
    if (node === undefined) return
    const nowUs = engine.clock.now()
    const zone = node.metadata.labels?.[ZONE] ?? ''
    const nextUs = this.#nextEvictionUs.get(zone) ?? 0
    const evicts = needsEvictionTaint(node) && this.#someNodeIsReady()
    const mayEvict = evicts && nextUs <= nowUs
    const taints = wantedTaints(node, mayEvict, engine.clock.timestamp())
    if (taints !== undefined) {
      const { taints: _, ...spec } = node.spec
      try {
        client.update(nodes, { ...node, spec: taints.length === 0 ? spec : { ...spec, taints } })
      } catch (error) {
        if (isConflict(error)) throw new RetryLater()
        if (!isNotFound(error)) throw error
      }
    }
    if (mayEvict) this.#nextEvictionUs.set(zone, nowUs + EVICTION_INTERVAL_US)
    else if (evicts) this.#taintQueue.addAfter(name, nextUs - nowUs)
  }

  /** When every node is lost, the fault is more likely here: nobody is evicted. */
  #someNodeIsReady(): boolean {
    return this.#nodes.list().some((node) => readyStatus(node) === 'True')
  }
}
