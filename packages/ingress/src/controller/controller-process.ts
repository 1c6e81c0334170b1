// What every ingress controller does, whatever it makes of its Ingresses: follows Ingresses, IngressClasses, Services and
// EndpointSlices by informers, keeps those of its class, takes changes in at most once an interval, writes statuses. What it
// routes by is the core's business. It owns no sockets: the pod it runs in carries the messages.

import {
  createInformerFactory,
  endpointSlices,
  ingressClasses,
  ingresses,
  objectKey,
  pods,
  secrets,
  services,
  createEventRecorder,
  type Client,
  type EndpointSlice,
  type EventRecorder,
  type Ingress,
  type InformerChange,
  type InformerFactory,
  type KubeObject,
  type Secret,
  type Service,
} from '@podwire/apiserver'
import type { Engine, Microseconds, ScheduledTask } from '@podwire/engine'
import type { IngressClasses } from '../routing/index.ts'
import { addressesOf, type StatusSource } from './status-source.ts'
import { StatusWriter } from './status-writer.ts'
import { ingressReloaded, ingressSynced } from './topics.ts'

/** Why a part of an Ingress has no effect; becomes a Warning event. */
export interface ControllerWarning {
  readonly reason: string
  readonly message: string
}

export interface SyncResult {
  /** Hosts whose routes were built again. */
  readonly hosts: readonly string[]
  /** The proxy runs with another configuration now. */
  readonly changed: boolean
}

/** What differs between controllers. Changes wait in the core until `sync`. */
export interface ControllerCore {
  isOurs(ingress: Ingress, classes: IngressClasses): boolean
  put(ingress: Ingress): readonly ControllerWarning[]
  remove(key: string): void
  /** @returns what the Service's owner should be told */
  putService(service: Service): readonly ControllerWarning[] | void
  removeService(service: Service): void
  putSlice(slice: EndpointSlice): void
  removeSlice(slice: EndpointSlice): void
  sync(): SyncResult
  /** An Ingress came or changed. */
  seen?(ingress: Ingress, recorder: EventRecorder): void
  /** @returns whether that calls for a sync */
  secretChanged?(secret: Secret, isGone: boolean): boolean
  reloaded?(recorder: EventRecorder): void
}

export interface ProcessOptions {
  readonly engine: Engine
  readonly client: Client
  /** Names the process in traces and tasks: the pod. */
  readonly name: string
  /** Of its events: `nginx-ingress-controller`. */
  readonly component: string
  /** Shares a view with others; default: informers of its own. */
  readonly informers?: InformerFactory | undefined
  /** Only Ingresses, Services and slices of this namespace. */
  readonly watchNamespace?: string | undefined
  readonly syncIntervalUs: Microseconds
  readonly statusIntervalUs: Microseconds
  readonly status: StatusSource
  readonly isLeader?: (() => boolean) | undefined
  /** The proxy starts anew with another configuration. */
  readonly onReload?: (() => void) | undefined
}

export class ControllerProcess {
  readonly informers: InformerFactory
  readonly #options: ProcessOptions
  readonly #core: ControllerCore
  readonly #recorder: EventRecorder
  readonly #status: StatusWriter
  /** Ours, by namespace/name. */
  readonly #owned = new Map<string, Ingress>()
  #classes: IngressClasses | undefined
  #sync: ScheduledTask | undefined
  #nextSyncUs: Microseconds = 0
  #reloads = 0
  #stopped = false

  constructor(options: ProcessOptions, core: ControllerCore) {
    const { engine, client, name } = options
    this.#options = options
    this.#core = core
    this.informers = options.informers ?? createInformerFactory({ engine, client, name })
    this.#recorder = createEventRecorder({ engine, client, component: options.component })
    this.#status = new StatusWriter({
      engine,
      client,
      name,
      intervalUs: options.statusIntervalUs,
      owned: () => this.#owned.values(),
      addresses: () => addressesOf(options.status, client),
      isLeader: options.isLeader ?? (() => true),
    })
  }

  /** How often the proxy was given another configuration. */
  get reloads(): number {
    return this.#reloads
  }

  start(): void {
    this.#watch()
    this.#requestSync()
  }

  stop({ removeStatus = false }: { readonly removeStatus?: boolean } = {}): void {
    this.#stopped = true
    this.#options.engine.cancel(this.#sync)
    this.#status.stop()
    if (removeStatus) this.#status.write([])
    if (this.#options.informers === undefined) this.informers.stop()
  }

  #watch(): void {
    const { informers } = this
    // Passwords are read when a request needs them; the view has to be there by then.
    informers.informer(secrets).onChange(({ type, object }) => {
      if (this.#isElsewhere(object)) return
      if (this.#core.secretChanged?.(object, type === 'deleted') === true) this.#requestSync()
    })
    informers.informer(ingressClasses).onChange(() => {
      this.#classes = undefined
      this.#reconsiderAll()
    })
    informers.informer(ingresses).onChange((change) => this.#ingressChanged(change))
    informers.informer(services).onChange(({ type, object }) => {
      if (this.#isElsewhere(object)) return
      if (type === 'deleted') this.#core.removeService(object)
      else this.#tell(object, this.#core.putService(object) ?? [])
      this.#markIf('service', objectKey(object))
      this.#requestSync()
    })
    informers.informer(endpointSlices).onChange(({ type, object }) => {
      if (this.#isElsewhere(object)) return
      if (type === 'deleted') this.#core.removeSlice(object)
      else this.#core.putSlice(object)
      this.#requestSync()
    })
    const { status } = this.#options
    if (status.kind !== 'pods') return
    const fieldSelector = `metadata.namespace=${status.pod.metadata.namespace ?? ''}`
    informers.informer(pods, { fieldSelector }).onChange(() => {
      if (this.#owned.size > 0) this.#status.mark()
    })
  }

  /** The Service whose addresses the Ingresses show is no Ingress's backend: it counts wherever it is. */
  #isElsewhere({ metadata }: KubeObject): boolean {
    const { watchNamespace, status } = this.#options
    if (watchNamespace === undefined || metadata.namespace === watchNamespace) return false
    return status.kind !== 'service' || status.service !== `${metadata.namespace ?? ''}/${metadata.name}`
  }

  #markIf(kind: 'service', key: string): void {
    const { status } = this.#options
    if (status.kind === kind && status.service === key) this.#status.mark()
  }

  #ingressChanged(change: InformerChange<Ingress>): void {
    if (this.#stopped || this.#isElsewhere(change.object)) return
    const { object } = change
    if (change.type === 'deleted' || !this.#isOurs(object)) return this.#drop(object)
    this.#adopt(object)
  }

  /** A class came, went or changed hands: every Ingress may be ours or no longer. */
  #reconsiderAll(): void {
    for (const ingress of this.informers.informer(ingresses).list()) {
      if (this.#isElsewhere(ingress)) continue
      const ours = this.#isOurs(ingress)
      if (ours && !this.#owned.has(objectKey(ingress))) this.#adopt(ingress)
      else if (!ours) this.#drop(ingress)
    }
  }

  #isOurs(ingress: Ingress): boolean {
    this.#classes ??= new Map(
      this.informers
        .informer(ingressClasses)
        .list()
        .map((found) => [found.metadata.name, found]),
    )
    return this.#core.isOurs(ingress, this.#classes)
  }

  #adopt(ingress: Ingress): void {
    const key = objectKey(ingress)
    const known = this.#owned.get(key)
    this.#owned.set(key, ingress)
    this.#core.seen?.(ingress, this.#recorder)
    this.#status.mark(ingress)
    // A change of status alone moves no route and needs no sync.
    if (
      known !== undefined &&
      known.spec === ingress.spec &&
      known.metadata.annotations === ingress.metadata.annotations
    )
      return
    this.#tell(ingress, this.#core.put(ingress))
    this.#requestSync()
  }

  #tell(about: KubeObject, warnings: readonly ControllerWarning[]): void {
    for (const { reason, message } of warnings) this.#recorder.event(about, 'Warning', reason, message)
  }

  #drop(ingress: Ingress): void {
    const key = objectKey(ingress)
    if (!this.#owned.delete(key)) return
    this.#core.remove(key)
    this.#requestSync()
  }

  #requestSync(): void {
    if (this.#sync?.pending === true || this.#stopped) return
    const { engine, name } = this.#options
    const delayUs = Math.max(0, this.#nextSyncUs - engine.clock.now())
    this.#sync = engine.schedule(delayUs, `${name} sync`, () => this.#syncNow())
  }

  #syncNow(): void {
    const { engine, name, syncIntervalUs } = this.#options
    this.#nextSyncUs = engine.clock.now() + syncIntervalUs
    const { hosts, changed } = this.#core.sync()
    const reloaded = changed || this.#reloads === 0
    engine.bus.publish(ingressSynced, { controller: name, hosts, reloaded })
    if (!reloaded) return
    this.#reloads++
    engine.bus.publish(ingressReloaded, { controller: name, generation: this.#reloads })
    this.#options.onReload?.()
    this.#core.reloaded?.(this.#recorder)
  }
}
