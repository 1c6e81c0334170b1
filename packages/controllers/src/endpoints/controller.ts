// The Endpoints controller's shell: Services and pods → queue (one key a Service) → one Endpoints object each.
// Source: kubernetes pkg/controller/endpoint/endpoints_controller.go. A large object is written less often: encoding, sending
// and storing it takes real controllers longer too, and every write carries all addresses.

import {
  createWorkQueue,
  endpoints,
  type Endpoints,
  type EventRecorder,
  type InformerChange,
  isNamespaceTerminating,
  isNotFound,
  objectKey,
  pods,
  type Service,
  services,
  StatusError,
} from '@podwire/apiserver'
import { MICROSECOND, type Random } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { endpointsLatency } from '../manager/latency.ts'
import { selectsPods } from '../services/selector-index.ts'
import { ServiceMembers } from '../services/service-members.ts'
import { TriggerTimes } from '../services/trigger-time.ts'
import { ENDPOINT_CONTROLLER, ENDPOINTS_MANAGED_BY, reconcileEndpoints } from './reconcile.ts'

/** How much later a Service is synced for each pod it has: 200 ms at 1,000 pods. */
const DELAY_PER_POD_US = 200 * MICROSECOND

export const endpointsController: ControllerDefinition = {
  name: 'endpoints-controller',
  start: (context) => new EndpointsController(context),
}

class EndpointsController implements RunningController {
  readonly #context: ControllerContext
  readonly #random: Random
  readonly #members: ServiceMembers
  readonly #endpoints: FreshView<Endpoints>
  readonly #events: EventRecorder
  readonly #triggerTimes = new TriggerTimes()
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers } = context
    this.#context = context
    this.#random = context.random.fork('endpoints')
    this.#events = context.recorder('endpoint-controller')
    this.#queue = createWorkQueue({ engine, name: 'endpoint-controller', process: (key) => this.#sync(key) })
    const informer = informers.informer(endpoints)
    this.#endpoints = new FreshView(informer)
    informer.onChange((change) => this.#endpointsChanged(change))
    this.#members = new ServiceMembers(informers.informer(services), informers.informer(pods), {
      serviceChanged: (key) => this.#queue.addAfter(key, endpointsLatency(this.#random)),
      podChanged: (key) => this.#podChanged(key),
    })
  }

  stop(): void {
    this.#queue.stop()
  }

  #podChanged(key: string): void {
    const size = this.#members.pods(key).size
    this.#queue.addAfter(key, endpointsLatency(this.#random) + size * DELAY_PER_POD_US)
  }

  /** Deleted by hand: made again. Edits stay until something else happens to the Service. */
  #endpointsChanged(change: InformerChange<Endpoints>): void {
    const managed = change.object.metadata.labels?.[ENDPOINTS_MANAGED_BY] === ENDPOINT_CONTROLLER
    const orphaned = change.type === 'added' && managed && this.#serviceIsGone(change.object)
    if (change.type === 'deleted' || orphaned) {
      this.#queue.addAfter(objectKey(change.object), endpointsLatency(this.#random))
    }
  }

  #serviceIsGone({ metadata }: Endpoints): boolean {
    return this.#context.informers.informer(services).get(metadata.namespace, metadata.name) === undefined
  }

  #sync(key: string): void {
    const service = this.#members.service(key)
    const current = this.#endpoints.byKey(key)
    if (service === undefined) {
      this.#triggerTimes.forget(key)
      if (current?.metadata.labels?.[ENDPOINTS_MANAGED_BY] === ENDPOINT_CONTROLLER) this.#remove(current)
      return
    }
    if (!selectsPods(service)) return
    const members = this.#members.pods(key)
    const write = reconcileEndpoints(service, members, current, this.#triggerTimes.next(key, service, members))
    if (write === undefined) return
    const { client } = this.#context
    try {
      this.#endpoints.wrote(
        write.verb === 'create' ? client.create(endpoints, write.object) : client.update(endpoints, write.object),
      )
    } catch (error) {
      if (isNamespaceTerminating(error)) return
      if (error instanceof StatusError) {
        const [reason, what] =
          write.verb === 'create'
            ? (['FailedToCreateEndpoint', 'create endpoint for service'] as const)
            : (['FailedToUpdateEndpoint', 'update endpoint'] as const)
        const about = current ?? unwritten(service)
        this.#events.event(about, 'Warning', reason, `Failed to ${what} ${key}: ${error.message}`)
      }
      throw error
    }
  }

  #remove(current: Endpoints): void {
    try {
      this.#context.client.delete(endpoints, current.metadata)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    this.#endpoints.removed(current)
  }
}

/** What the event of a failed creation is about: upstream's object has no namespace yet, so that goes to `default`. */
function unwritten({ metadata: { name, creationTimestamp } }: Service): Endpoints {
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, uid: '', resourceVersion: '', creationTimestamp } }
}
