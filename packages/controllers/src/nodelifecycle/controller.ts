// Node lifecycle: taints by condition at once, Unknown conditions for silent nodes, NoExecute taints one node after the other.
// Source: kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go. Departures: a node of the simulation is watched
// for silence from its Lease's first renewal on (or when heartbeats are modelled), one with a kubelet from outside from its
// beginning.

import {
  createWorkQueue,
  type EventRecorder,
  type Informer,
  type InformerChange,
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
import { nodeKeys } from '../objects/pod-state.ts'
import { GRACE_PERIOD_US, graceUs, MONITOR_PERIOD_US, unknownConditions, unreadyConditions } from './health.ts'
import { reconciledLabels } from './node-labels.ts'
import { needsEvictionTaint, readyStatus, swapsEvictionTaint, wantedTaints } from './taints.ts'
import { ZoneHealth, zoneOf } from './zone-state.ts'

const LEASE_NAMESPACE = 'kube-node-lease'
/** A zone that is held back is looked at again. */
const ZONE_RECHECK_US: Microseconds = 5 * SECOND

export const nodeLifecycleController: ControllerDefinition = {
  name: 'node-lifecycle-controller',
  start: (context) => new NodeLifecycleController(context),
}

/** Somebody else plays this node's kubelet, and renews its Lease for as long as the node lives. */
function hasKubeletOutside({ metadata }: Node): boolean {
  return metadata.labels?.['podwire.dev/external-kubelet'] === 'true'
}

/** A kubelet that renews no Lease says so in its status. */
function heartbeatOf({ status }: Node): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime
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
  readonly #zones = new ZoneHealth()

  constructor(context: ControllerContext) {
    const { engine, informers } = context
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
    this.#pods.addIndex('node', nodeKeys)
    this.#nodes = informers.informer(nodes)
    this.#nodes.onChange((change) => this.#nodeChanged(change))
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

  #nodeChanged(change: InformerChange<Node>): void {
    const { object: node, type } = change
    const { name } = node.metadata
    const before = this.#zones.allDisrupted
    if (type === 'deleted') {
      this.#zones.remove(name)
      this.#heardUs.delete(name)
      this.#events.event(node, 'Normal', 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`)
    } else {
      this.#zones.set(node)
      this.#taintQueue.add(name)
    }
    if (type === 'added') {
      this.#events.event(node, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`)
      if (this.#context.settings.nodeHeartbeatUs !== undefined || hasKubeletOutside(node)) this.#heard(name)
    }
    const isWatched = this.#heardUs.has(name)
    if (type === 'updated' && isWatched && heartbeatOf(node) !== heartbeatOf(change.old)) this.#heard(name)
    if (this.#zones.allDisrupted !== before) this.#lookAtAll()
  }

  /** When all nodes are lost the fault is more likely here: taints that evict go. When one comes back, time starts anew. */
  #lookAtAll(): void {
    const nowUs = this.#context.engine.clock.now()
    for (const { metadata } of this.#nodes.list()) {
      this.#taintQueue.add(metadata.name)
      const watched = this.#heardUs.has(metadata.name)
      if (!this.#zones.allDisrupted && watched) this.#heardUs.set(metadata.name, nowUs)
    }
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
    if (nowUs - lastUs < graceUs(node)) {
      this.#healthQueue.addAfter(name, lastUs + graceUs(node) - nowUs, 'background')
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
    const turn = this.#evictionTurn(node, nowUs)
    const labels = reconciledLabels(node.metadata.labels)
    const taints = wantedTaints(node, turn.evict, engine.clock.timestamp())
    if (taints !== undefined || labels !== undefined) {
      const { taints: _, ...spec } = node.spec
      const next = taints ?? node.spec.taints ?? []
      try {
        client.update(nodes, {
          ...node,
          metadata: labels === undefined ? node.metadata : { ...node.metadata, labels },
          spec: next.length === 0 ? spec : { ...spec, taints: next },
        })
      } catch (error) {
        if (isConflict(error)) throw new RetryLater()
        if (!isNotFound(error)) throw error
      }
    }
    if (turn.nextUs !== undefined) this.#nextEvictionUs.set(zoneOf(node), turn.nextUs)
    if (turn.retryUs !== undefined) this.#taintQueue.addAfter(name, turn.retryUs, turn.kind)
  }

  /** Whether a node that is down loses its pods now, when the next one of its zone may, and when to look at this one again. */
  #evictionTurn(node: Node, nowUs: Microseconds): EvictionTurn {
    if (this.#zones.allDisrupted) return { evict: 'never' }
    if (!needsEvictionTaint(node)) return { evict: 'later' }
    if (swapsEvictionTaint(node)) return { evict: 'now' }
    const intervalUs = this.#zones.evictionIntervalUs(zoneOf(node))
    if (intervalUs === undefined) return { evict: 'later', retryUs: ZONE_RECHECK_US, kind: 'background' }
    const dueUs = this.#nextEvictionUs.get(zoneOf(node)) ?? 0
    if (dueUs <= nowUs) return { evict: 'now', nextUs: nowUs + intervalUs }
    return { evict: 'later', retryUs: dueUs - nowUs }
  }
}

interface EvictionTurn {
  readonly evict: 'now' | 'later' | 'never'
  readonly nextUs?: Microseconds
  readonly retryUs?: Microseconds
  /** Settling does not wait for a zone that is held back. */
  readonly kind?: 'background'
}
