// An ingress-nginx controller: follows Ingresses, IngressClasses, Services and EndpointSlices by informers, takes changes in at
// most every 3.3 s (its sync rate limit), and decides about requests. It owns no sockets: the pod it runs in carries the
// messages. Source: ingress-nginx internal/ingress/controller/{nginx,controller}.go, internal/ingress/controller/store.

import {
  createEventRecorder,
  createInformerFactory,
  endpointSlices,
  ingressClasses,
  ingresses,
  objectKey,
  secrets,
  services,
  type Client,
  type EventRecorder,
  type Ingress,
  type InformerChange,
  type InformerFactory,
  type KubeObject,
} from '@podwire/apiserver'
import { SECOND, type Engine, type Microseconds, type Random, type ScheduledTask } from '@podwire/engine'
import type { HttpRequest, Peer } from '../http/message.ts'
import type { Frontend } from '../nginx/index.ts'
import { isSelected, serviceBackend, viewIngress, type Backend } from '../routing/index.ts'
import type { Handled } from './handled.ts'
import { RequestDirector } from './request-director.ts'
import { RoutingState } from './routing-state.ts'
import { addressesOfNodes, addressesOfService } from './status-address.ts'
import { StatusWriter } from './status-writer.ts'
import { ingressReloaded, ingressSynced } from './topics.ts'

export interface IngressControllerOptions {
  readonly engine: Engine
  readonly client: Client
  /** spec.controller of its IngressClasses: `k8s.io/ingress-nginx`. */
  readonly controllerName: string
  /** The legacy annotation's value, and usually its IngressClass's name: `nginx`. */
  readonly ingressClass: string
  readonly random: Random
  /** Names the process in traces and tasks: the pod. Default `ingress-nginx-controller`. */
  readonly name?: string
  /** Shares a view with others; default: informers of its own. */
  readonly informers?: InformerFactory
  /** `--publish-service`: the Service whose addresses the Ingresses show, `namespace/name`. */
  readonly publishService?: string
  /** Without publishService: the addresses of the nodes its pods run on. */
  readonly nodeAddresses?: () => readonly string[]
  /** `--default-backend-service`, `namespace/name`, with the port to use. */
  readonly defaultBackend?: { readonly service: string; readonly port: number | string }
  readonly watchWithoutClass?: boolean
  /** Its pod, for RELOAD events. */
  readonly pod?: KubeObject
  /** Only one of several replicas writes statuses. Default: this one does. */
  readonly isLeader?: () => boolean
  /** Default 3.333 s: `--sync-rate-limit` 0.3 a second. */
  readonly syncIntervalUs?: Microseconds
  /** Default 60 s. */
  readonly statusIntervalUs?: Microseconds
}

export interface IngressController {
  /** What becomes of a request. @param frontend how the client came in; default http on port 80 */
  handle(request: HttpRequest, peer: Peer, frontend?: Frontend): Handled
  /** /etc/nginx/nginx.conf as it is now. */
  nginxConf(): string
  /** How often nginx was given a new configuration. */
  readonly reloads: number
  /** @param options.removeStatus the last replica takes its addresses out of the Ingresses when it goes */
  stop(options?: { readonly removeStatus?: boolean }): void
}

const SYNC_INTERVAL_US = 3_333_333
const STATUS_INTERVAL_US = 60 * SECOND
const HTTP: Frontend = { scheme: 'http', port: 80 }

export function createIngressController(options: IngressControllerOptions): IngressController {
  return new NginxController(options)
}

class NginxController implements IngressController {
  readonly #options: IngressControllerOptions
  readonly #name: string
  readonly #informers: InformerFactory
  readonly #recorder: EventRecorder
  readonly #state: RoutingState
  readonly #director: RequestDirector
  readonly #status: StatusWriter
  /** Ours, by namespace/name. */
  readonly #owned = new Map<string, Ingress>()
  #sync: ScheduledTask | undefined
  #nextSyncUs: Microseconds = 0
  #reloads = 0
  #stopped = false

  constructor(options: IngressControllerOptions) {
    const { engine, client } = options
    this.#options = options
    this.#name = options.name ?? 'ingress-nginx-controller'
    this.#informers = options.informers ?? createInformerFactory({ engine, client, name: this.#name })
    this.#recorder = createEventRecorder({ engine, client, component: 'nginx-ingress-controller' })
    this.#state = new RoutingState(fallbackOf(options))
    this.#director = new RequestDirector(this.#state, engine.clock, options.random, (namespace, name) =>
      this.#informers.informer(secrets).get(namespace, name),
    )
    this.#status = new StatusWriter({
      engine,
      client,
      name: this.#name,
      intervalUs: options.statusIntervalUs ?? STATUS_INTERVAL_US,
      owned: () => this.#owned.values(),
      addresses: () => this.#addresses(),
      isLeader: options.isLeader ?? (() => true),
    })
    this.#watch()
    this.#requestSync()
  }

  get reloads(): number {
    return this.#reloads
  }

  handle(request: HttpRequest, peer: Peer, frontend: Frontend = HTTP): Handled {
    return this.#director.handle(request, peer, frontend)
  }

  nginxConf(): string {
    return this.#state.nginxConf()
  }

  stop({ removeStatus = false }: { readonly removeStatus?: boolean } = {}): void {
    this.#stopped = true
    this.#options.engine.cancel(this.#sync)
    this.#status.stop()
    if (removeStatus) this.#status.write([])
    if (this.#options.informers === undefined) this.#informers.stop()
  }

  #watch(): void {
    const informers = this.#informers
    // Passwords are read when a request needs them; the view has to be there by then.
    informers.informer(secrets)
    informers.informer(ingressClasses).onChange(() => this.#reconsiderAll())
    informers.informer(ingresses).onChange((change) => this.#ingressChanged(change))
    informers.informer(services).onChange(({ type, object }) => {
      if (type === 'deleted') this.#state.removeService(object)
      else this.#state.putService(object)
      if (objectKey(object) === this.#options.publishService) this.#status.mark()
      this.#requestSync()
    })
    informers.informer(endpointSlices).onChange(({ type, object }) => {
      if (type === 'deleted') this.#state.removeSlice(object)
      else this.#state.putSlice(object)
      this.#requestSync()
    })
  }

  #ingressChanged(change: InformerChange<Ingress>): void {
    if (this.#stopped) return
    const { object } = change
    if (change.type === 'deleted' || !this.#isOurs(object)) return this.#drop(object)
    this.#adopt(object)
  }

  /** A class came, went or changed hands: every Ingress may be ours or no longer. */
  #reconsiderAll(): void {
    for (const ingress of this.#informers.informer(ingresses).list()) {
      const ours = this.#isOurs(ingress)
      if (ours && !this.#owned.has(objectKey(ingress))) this.#adopt(ingress)
      else if (!ours) this.#drop(ingress)
    }
  }

  #isOurs(ingress: Ingress): boolean {
    const classes = new Map(
      this.#informers
        .informer(ingressClasses)
        .list()
        .map((found) => [found.metadata.name, found]),
    )
    return isSelected(ingress, classes, this.#options)
  }

  #adopt(ingress: Ingress): void {
    const key = objectKey(ingress)
    const known = this.#owned.get(key)
    this.#owned.set(key, ingress)
    this.#recorder.event(ingress, 'Normal', 'Sync', 'Scheduled for sync')
    this.#status.mark()
    // A change of status alone moves no route and needs no sync.
    if (
      known !== undefined &&
      known.spec === ingress.spec &&
      known.metadata.annotations === ingress.metadata.annotations
    )
      return
    const view = viewIngress(ingress)
    for (const { reason, message } of view.warnings) this.#recorder.event(ingress, 'Warning', reason, message)
    this.#state.putIngress(view)
    this.#requestSync()
  }

  #drop(ingress: Ingress): void {
    const key = objectKey(ingress)
    if (!this.#owned.delete(key)) return
    this.#state.removeIngress(key)
    this.#requestSync()
  }

  #requestSync(): void {
    if (this.#sync?.pending === true || this.#stopped) return
    const { engine } = this.#options
    const delayUs = Math.max(0, this.#nextSyncUs - engine.clock.now())
    this.#sync = engine.schedule(delayUs, `${this.#name} sync`, () => this.#syncNow())
  }

  #syncNow(): void {
    const { engine, pod } = this.#options
    this.#nextSyncUs = engine.clock.now() + (this.#options.syncIntervalUs ?? SYNC_INTERVAL_US)
    const { hosts, changed } = this.#state.sync()
    const reloaded = changed || this.#reloads === 0
    engine.bus.publish(ingressSynced, { controller: this.#name, hosts, reloaded })
    if (!reloaded) return
    this.#reloads++
    engine.bus.publish(ingressReloaded, { controller: this.#name, generation: this.#reloads })
    if (pod !== undefined) {
      this.#recorder.event(pod, 'Normal', 'RELOAD', 'NGINX reload triggered due to a change in configuration')
    }
  }

  #addresses(): ReturnType<typeof addressesOfService> {
    const { publishService, nodeAddresses } = this.#options
    if (publishService === undefined) return addressesOfNodes(nodeAddresses?.() ?? [])
    const [namespace, name = ''] = publishService.split('/')
    return addressesOfService(this.#informers.informer(services).get(namespace, name))
  }
}

function fallbackOf({ defaultBackend }: IngressControllerOptions): Backend | undefined {
  if (defaultBackend === undefined) return undefined
  const [namespace = '', name = ''] = defaultBackend.service.split('/')
  return serviceBackend(namespace, name, defaultBackend.port)
}
