// The EndpointSlice controller's shell: Services, pods, nodes and slices → queue (one key a Service) → slice writes.
// Source: kubernetes pkg/controller/endpointslice/endpointslice_controller.go.

import {
  createWorkQueue,
  type EndpointSlice,
  endpointSlices,
  type EventRecorder,
  type Informer,
  type InformerChange,
  isNamespaceTerminating,
  isNotFound,
  type Node,
  nodes,
  pods,
  services,
  type Service,
  StatusError,
} from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { endpointsLatency } from '../manager/latency.ts'
import { selectsPods } from '../services/selector-index.ts'
import { ServiceMembers } from '../services/service-members.ts'
import { TriggerTimes } from '../services/trigger-time.ts'
import { ZONE_LABEL } from './endpoint.ts'
import { SLICE_CONTROLLER } from './metadata.ts'
import { reconcileSlices, type SliceWrites } from './reconcile.ts'
import { SliceCache } from './slice-cache.ts'
import { TopologyMode } from './topology-mode.ts'
import { EndpointMemory, type WantedEndpoints } from './wanted-endpoints.ts'

const NAME = 'endpoint-slice-controller'

export const endpointSliceController: ControllerDefinition = {
  name: 'endpointslice-controller',
  start: (context) => new EndpointSliceController(context),
}

interface Refusal {
  readonly error: StatusError
  readonly text: string
}

class EndpointSliceController implements RunningController {
  readonly #context: ControllerContext
  readonly #members: ServiceMembers
  readonly #slices: SliceCache
  readonly #nodes: Informer<Node>
  readonly #events: EventRecorder
  readonly #triggerTimes = new TriggerTimes()
  readonly #memory = new Map<string, EndpointMemory>()
  /** Services with pods on nodes that do not exist (yet). */
  readonly #incomplete = new Set<string>()
  readonly #topology: TopologyMode
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers } = context
    this.#context = context
    this.#events = context.recorder(NAME)
    this.#queue = createWorkQueue({
      engine,
      name: NAME,
      latency: endpointsLatency,
      retryBaseUs: SECOND,
      process: (key) => this.#sync(key),
    })
    this.#nodes = informers.informer(nodes)
    this.#topology = new TopologyMode(this.#nodes, this.#events, (key) => this.#queue.add(key))
    this.#nodes.onChange((change) => this.#nodeChanged(change))
    this.#slices = new SliceCache(informers.informer(endpointSlices), SLICE_CONTROLLER, (key) =>
      // Somebody else touched a slice: the repair waits a second, as upstream, to let a series of edits end.
      this.#queue.addAfter(key, SECOND),
    )
    this.#members = new ServiceMembers(informers.informer(services), informers.informer(pods), {
      serviceChanged: (key) => this.#queue.add(key),
      podChanged: (key) => this.#queue.add(key),
    })
  }

  stop(): void {
    this.#queue.stop()
  }

  #nodeChanged(change: InformerChange<Node>): void {
    const zone = (node: Node | undefined): string | undefined => node?.metadata.labels?.[ZONE_LABEL]
    if (change.type === 'updated' && zone(change.old) === zone(change.object)) return
    if (change.type === 'added') {
      for (const key of this.#incomplete) this.#queue.add(key)
      return
    }
    // A zone moved or a node went away: only Services with endpoints there are concerned.
    const name = change.object.metadata.name
    for (const key of this.#memory.keys()) {
      if ([...this.#members.pods(key).values()].some((pod) => pod.spec.nodeName === name)) this.#queue.add(key)
    }
  }

  #sync(key: string): void {
    const service = this.#members.service(key)
    if (service === undefined) {
      this.#triggerTimes.forget(key)
      this.#memory.delete(key)
      this.#incomplete.delete(key)
      this.#topology.forget(key)
      return
    }
    if (!selectsPods(service)) return
    const members = this.#members.pods(key)
    const memory = this.#memory.get(key) ?? new EndpointMemory()
    this.#memory.set(key, memory)
    const wanted = memory.compute(service, members, (name) => this.#nodes.get(undefined, name))
    const triggerTime = this.#triggerTimes.next(key, service, members)
    const writes = reconcileSlices(service, wanted, this.#slices.of(key), triggerTime, this.#topology.shares())
    this.#topology.report(key, service, wanted, writes.outcomes)
    const refusal = this.#write(key, writes)
    this.#report(key, service, wanted, refusal)
    if (refusal !== undefined) throw refusal.error
  }

  /** The first write that is refused ends them. */
  #write(key: string, writes: SliceWrites): Refusal | undefined {
    const { client } = this.#context
    let what = 'create EndpointSlice'
    try {
      for (const slice of writes.create) this.#slices.wrote(client.create(endpointSlices, slice))
      for (const slice of writes.update) {
        what = `update ${slice.metadata.name} EndpointSlice`
        this.#update(slice)
      }
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined
      if (!(error instanceof StatusError)) throw error
      return { error, text: `failed to ${what} for Service ${key}: ${error.message}` }
    }
    for (const slice of writes.delete) {
      try {
        client.delete(endpointSlices, slice.metadata, { preconditions: { uid: slice.metadata.uid } })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      this.#slices.removed(slice)
    }
    return undefined
  }

  #update(slice: EndpointSlice): void {
    try {
      this.#slices.wrote(this.#context.client.update(endpointSlices, slice))
    } catch (error) {
      // Gone meanwhile: forget it, the next sync makes another one.
      if (isNotFound(error)) this.#slices.removed(slice)
      throw error
    }
  }

  /** Pods on unknown nodes are left out with a warning; they are looked at again when a node appears. */
  #report(key: string, service: Service, wanted: WantedEndpoints, refusal: Refusal | undefined): void {
    if (wanted.lost.length > 0) this.#incomplete.add(key)
    else this.#incomplete.delete(key)
    const errors = wanted.lost.map(
      (pod) => `skipping Pod ${pod.metadata.name} for Service ${key}: Node ${pod.spec.nodeName ?? ''} Not Found`,
    )
    if (refusal !== undefined) errors.push(refusal.text)
    if (errors.length === 0) return
    const text = errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`
    const message = `Error updating Endpoint Slices for Service ${key}: ${text}`
    this.#events.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message)
  }
}
