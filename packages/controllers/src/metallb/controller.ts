// MetalLB's controller: Services and the configuration → addresses in their status. One process a cluster; its pod is the switch.
// Source: metallb controller/main.go, internal/k8s/controllers/service_controller.go.

import {
  type Client,
  createEventRecorder,
  createInformerFactory,
  createWorkQueue,
  type EventRecorder,
  type Informer,
  type Namespace,
  namespaces,
  objectKey,
  type Service,
  services,
} from '@podwire/apiserver'
import type { Engine } from '@podwire/engine'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { sameMap, semanticEqual } from '../objects/semantic-equal.ts'
import { Allocator } from './allocator.ts'
import type { AddressPool } from './configuration.ts'
import { watchConfiguration } from './configuration-source.ts'
import { converge } from './converge.ts'
import { annotationPrefix, deprecatedAnnotations, knowsClasses, type MetalLbRelease } from './release.ts'

export interface MetalLbControllerOptions {
  readonly engine: Engine
  readonly client: Client
  readonly namespace: string
  /** `--config` of old releases. */
  readonly configMap: string
  /** `--lb-class`: only Services of this class; without it only those of none. */
  readonly loadBalancerClass?: string
  readonly release: MetalLbRelease
  readonly log: (line: string) => void
}

const EVERYTHING = '*'

export function startMetalLbController(options: MetalLbControllerOptions): () => void {
  const controller = new MetalLbController(options)
  return () => controller.stop()
}

class MetalLbController {
  readonly #options: MetalLbControllerOptions
  readonly #allocator = new Allocator()
  readonly #services: Informer<Service>
  readonly #namespaces: Informer<Namespace>
  readonly #informers: ReturnType<typeof createInformerFactory>
  readonly #events: EventRecorder
  readonly #queue: ReturnType<typeof createWorkQueue>
  #pools: readonly AddressPool[] | undefined

  constructor(options: MetalLbControllerOptions) {
    const { engine, client, namespace, configMap, release, log } = options
    this.#options = options
    this.#informers = createInformerFactory({ engine, client, name: 'metallb-controller' })
    this.#events = createEventRecorder({ engine, client, component: 'metallb-controller' })
    this.#queue = createWorkQueue({
      engine,
      name: 'metallb-controller',
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => (key === EVERYTHING ? this.#syncAll() : this.#sync(key)),
    })
    this.#services = this.#informers.informer(services)
    this.#services.onChange(({ object }) => this.#queue.add(objectKey(object)))
    this.#namespaces = this.#informers.informer(namespaces)
    // Pools may be kept for namespaces by their labels.
    this.#namespaces.onChange(({ object, old }) => {
      if (!sameMap(object.metadata.labels, old?.metadata.labels)) this.#queue.add(EVERYTHING)
    })
    watchConfiguration({
      informers: this.#informers,
      namespace,
      configMap,
      release,
      log,
      onChange: ({ pools }) => {
        this.#pools = pools
        this.#allocator.setPools(pools)
        this.#queue.add(EVERYTHING)
      },
    })
  }

  stop(): void {
    this.#queue.stop()
    this.#informers.stop()
  }

  /** Services that have an address come first: nobody may take it from them. */
  #syncAll(): void {
    const has = ({ status }: Service): number => ((status?.loadBalancer?.ingress ?? []).length > 0 ? 0 : 1)
    const all = this.#services.list().toSorted((a, b) => has(a) - has(b))
    for (const service of all) this.#sync(objectKey(service))
  }

  #sync(key: string): void {
    const pools = this.#pools
    if (pools === undefined) return
    const known = this.#services.byKey(key)
    if (known === undefined) {
      // Somebody may have waited for its address.
      if (this.#allocator.unassign(key)) this.#queue.add(EVERYTHING)
      return
    }
    const service = this.#options.client.find(services, known.metadata)
    if (service === undefined || !this.#isOurs(service)) return
    const had = this.#allocator.poolOf(key) !== undefined
    const { release } = this.#options
    const namespaceLabels = this.#namespaces.byKey(service.metadata.namespace ?? '')?.metadata.labels
    const { addresses, pool, events } = converge(this.#allocator, {
      service,
      namespaceLabels,
      hasPools: pools.length > 0,
      release,
    })
    for (const { type, reason, message } of events) this.#events.event(service, type, reason, message)
    this.#warnAboutAnnotations(service)
    this.#write(service, addresses, pool)
    if (had && pool === undefined) this.#queue.add(EVERYTHING)
  }

  #isOurs({ spec }: Service): boolean {
    const { release, loadBalancerClass } = this.#options
    return !knowsClasses(release) || spec.loadBalancerClass === loadBalancerClass
  }

  #warnAboutAnnotations(service: Service): void {
    if (service.spec.type !== 'LoadBalancer') return
    for (const key of deprecatedAnnotations(service.metadata.annotations, this.#options.release)) {
      this.#events.event(service, 'Warning', 'deprecatedAnnotation', `Service uses deprecated annotation ${key}`)
    }
  }

  #write(service: Service, addresses: readonly string[], pool: string | undefined): void {
    const { client, release } = this.#options
    const key = `${annotationPrefix(release)}/ip-allocated-from-pool`
    const noted = service.metadata.annotations?.[key]
    let written = service
    if (knowsClasses(release) && noted !== pool) {
      written = client.modify(services, service.metadata, (draft) => {
        const annotations: Record<string, string> = { ...draft.metadata.annotations }
        if (pool === undefined) delete annotations[key]
        else annotations[key] = pool
        draft.metadata.annotations = annotations
      })
    }
    const before = (written.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]))
    if (semanticEqual(before, addresses)) return
    const loadBalancer = addresses.length === 0 ? {} : { ingress: addresses.map((ip) => ({ ip })) }
    client.update(services, { ...written, status: { ...written.status, loadBalancer } }, { subresource: 'status' })
  }
}
