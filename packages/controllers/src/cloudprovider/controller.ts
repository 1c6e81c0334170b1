// The service controller of a cloud-controller-manager: Services of type LoadBalancer → balancers of the cloud, and their
// addresses in the Services' status. A finalizer keeps a Service until its balancer is gone.
// Source: kubernetes staging/src/k8s.io/cloud-provider/controllers/service/controller.go.

import {
  type Client,
  createEventRecorder,
  createInformerFactory,
  createWorkQueue,
  type EventRecorder,
  type Informer,
  type InformerFactory,
  type Node,
  nodes,
  objectKey,
  RetryLater,
  type Service,
  services,
  splitObjectKey,
} from '@podwire/apiserver'
import { type Engine, SECOND } from '@podwire/engine'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { CloudError, type CloudLoadBalancers, type LoadBalancerIngress } from './cloud-load-balancers.ts'
import {
  CLEANUP_FINALIZER,
  hasCleanupFinalizer,
  isBalancedTo,
  needsCleanup,
  needsUpdate,
  wantsLoadBalancer,
} from './service-lb.ts'

export interface ServiceControllerOptions {
  readonly engine: Engine
  readonly client: Client
  readonly cloud: CloudLoadBalancers
}

export function startServiceController(options: ServiceControllerOptions): () => void {
  const controller = new ServiceController(options)
  return () => controller.stop()
}

/** What a pass over the nodes is for. */
const NODES = '*nodes'

class ServiceController {
  readonly #options: ServiceControllerOptions
  readonly #informers: InformerFactory
  readonly #events: EventRecorder
  readonly #services: Informer<Service>
  readonly #nodes: Informer<Node>
  readonly #queue: ReturnType<typeof createWorkQueue>
  /** Services that have a balancer, as they were when it was ensured. */
  readonly #ensured = new Map<string, Service>()
  #balancedTo: readonly string[] = []

  constructor(options: ServiceControllerOptions) {
    const { engine, client } = options
    this.#options = options
    this.#informers = createInformerFactory({ engine, client, name: 'cloud-controller-manager' })
    this.#events = createEventRecorder({ engine, client, component: 'service-controller' })
    this.#services = this.#informers.informer(services)
    this.#nodes = this.#informers.informer(nodes)
    this.#queue = createWorkQueue({
      engine,
      name: 'service-controller',
      latency: workloadLatency,
      work: workloadWork,
      retryBaseUs: 5 * SECOND,
      retryMaxUs: 300 * SECOND,
      process: (key) => (key === NODES ? this.#syncNodes() : this.#sync(key)),
    })
    this.#services.onChange(({ type, object, old }) => {
      const changed = old === undefined || needsUpdate(old, object) || needsCleanup(object)
      if (changed && (type === 'deleted' || wantsLoadBalancer(object) || needsCleanup(object))) {
        this.#queue.add(objectKey(object))
      }
    })
    this.#nodes.onChange(() => this.#queue.add(NODES))
  }

  stop(): void {
    this.#queue.stop()
    this.#informers.stop()
  }

  #sync(key: string): void {
    const { client, cloud } = this.#options
    const service = client.find(services, splitObjectKey(key))
    if (service === undefined) {
      // The finalizer was taken away by hand: nothing keeps the balancer.
      if (this.#ensured.delete(key)) cloud.delete(key)
      return
    }
    if (needsCleanup(service)) this.#remove(service, key)
    else if (wantsLoadBalancer(service) && service.metadata.deletionTimestamp === undefined) this.#ensure(service, key)
  }

  #ensure(service: Service, key: string): void {
    this.#events.event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer')
    const kept = this.#setFinalizer(service, true)
    const behind = this.#balancedNodes()
    if (behind.length === 0) {
      const message = 'There are no available nodes for LoadBalancer'
      this.#events.event(service, 'Warning', 'UnAvailableLoadBalancer', message)
    }
    const ingress = this.#asked(kept, 'ensure', () => this.#options.cloud.ensure(kept, behind))
    this.#ensured.set(key, kept)
    this.#setStatus(kept, ingress)
    this.#events.event(kept, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer')
  }

  #remove(service: Service, key: string): void {
    if (this.#options.cloud.exists(key)) {
      this.#events.event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer')
      this.#asked(service, 'delete', () => {
        this.#options.cloud.delete(key)
        return []
      })
    }
    this.#ensured.delete(key)
    if (service.metadata.deletionTimestamp === undefined) this.#setStatus(service, [])
    this.#setFinalizer(service, false)
    this.#events.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer')
  }

  /** @throws RetryLater when the cloud refuses */
  #asked(
    service: Service,
    what: 'ensure' | 'delete',
    ask: () => readonly LoadBalancerIngress[],
  ): readonly LoadBalancerIngress[] {
    try {
      return ask()
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      const message = `Error syncing load balancer: failed to ${what} load balancer: ${error.message}`
      this.#events.event(service, 'Warning', 'SyncLoadBalancerFailed', message)
      throw new RetryLater(error.message)
    }
  }

  /** Every balancer learns of a changed set of nodes. */
  #syncNodes(): void {
    const behind = this.#balancedNodes()
    const names = behind.map(({ metadata }) => metadata.name)
    if (semanticEqual(names, this.#balancedTo)) return
    this.#balancedTo = names
    for (const [key, ensured] of this.#ensured) {
      const service = this.#services.byKey(key) ?? ensured
      try {
        this.#options.cloud.update(service, behind)
        this.#events.event(service, 'Normal', 'UpdatedLoadBalancer', 'Updated load balancer with new hosts')
      } catch (error) {
        if (!(error instanceof CloudError)) throw error
        const list = `[${names.slice(0, 5).join(' ')}] [node names limited, total number of nodes: ${names.length}]`
        const message = `Error updating load balancer with new hosts ${list}, error: ${error.message}`
        this.#events.event(service, 'Warning', 'UpdateLoadBalancerFailed', message)
      }
    }
  }

  #balancedNodes(): readonly Node[] {
    return this.#nodes.list().filter(isBalancedTo)
  }

  #setFinalizer(service: Service, wanted: boolean): Service {
    if (hasCleanupFinalizer(service) === wanted) return service
    return this.#options.client.modify(services, service.metadata, (draft) => {
      const others = (draft.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER)
      draft.metadata.finalizers = wanted ? [...others, CLEANUP_FINALIZER] : others
    })
  }

  #setStatus(service: Service, ingress: readonly LoadBalancerIngress[]): void {
    if (semanticEqual(service.status?.loadBalancer?.ingress ?? [], ingress)) return
    const loadBalancer = ingress.length === 0 ? {} : { ingress }
    const status = { ...service.status, loadBalancer }
    this.#options.client.update(services, { ...service, status }, { subresource: 'status' })
  }
}
