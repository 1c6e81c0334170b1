// The objects cluster DNS answers from, indexed as queries ask: by service name and by address. Putting an object costs the
// same however large the cluster is: a slice is only noted, and read when a query needs it; the address index of slices is
// brought up to date by the first PTR query after a change.

import type { EndpointSlice, Namespace, Pod, Service } from '@podwire/apiserver'
import { serviceKeyOf, viewService, viewSlice, type ServiceView, type SliceView } from './service-view.ts'

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'
const EMPTY: ReadonlyMap<string, IndexedSlice> = new Map()

/** One slice as noted; `view` reads it. */
export class IndexedSlice {
  readonly serviceKey: string
  readonly #slice: EndpointSlice
  #view: SliceView | undefined

  constructor(slice: EndpointSlice) {
    this.#slice = slice
    this.serviceKey = serviceKeyOf(slice.metadata.labels?.[SERVICE_NAME_LABEL] ?? '', slice.metadata.namespace ?? '')
  }

  get view(): SliceView {
    this.#view ??= viewSlice(this.#slice)
    return this.#view
  }
}

interface PodView {
  readonly address: string
  readonly namespace: string
}

export class RecordIndex {
  readonly #namespaces = new Set<string>()
  readonly #services = new Map<string, ServiceView>()
  readonly #slices = new Map<string, IndexedSlice>()
  readonly #slicesByService = new Map<string, Map<string, IndexedSlice>>()
  readonly #servicesByAddress = new Map<string, Set<ServiceView>>()
  readonly #slicesByAddress = new Map<string, Map<string, IndexedSlice>>()
  /** What #slicesByAddress holds of each slice, and which slices it is behind on. */
  readonly #addressesIndexed = new Map<string, readonly string[]>()
  readonly #addressesStale = new Set<string>()
  readonly #pods = new Map<string, PodView>()
  readonly #podsByAddress = new Map<string, Map<string, PodView>>()
  #modifiedS = 0

  /** Seconds since 1970 of the last change of a service or its endpoints: the zone's SOA serial. */
  get modifiedS(): number {
    return this.#modifiedS
  }

  /** Notes when services or endpoints last changed. */
  touch(seconds: number): void {
    this.#modifiedS = seconds
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name)
  }

  service(key: string): ServiceView | undefined {
    return this.#services.get(key)
  }

  /** The slices of a service, in the order they came. */
  slicesOf(key: string): Iterable<IndexedSlice> {
    return (this.#slicesByService.get(key) ?? EMPTY).values()
  }

  servicesAt(address: string): Iterable<ServiceView> {
    return this.#servicesByAddress.get(address) ?? []
  }

  /** Slices with a ready endpoint of this address. */
  slicesAt(address: string): Iterable<IndexedSlice> {
    this.#refreshAddresses()
    return (this.#slicesByAddress.get(address) ?? EMPTY).values()
  }

  hasPodAt(address: string, namespace: string): boolean {
    for (const pod of this.#podsByAddress.get(address)?.values() ?? []) if (pod.namespace === namespace) return true
    return false
  }

  /** The namespace of the pod with this address. */
  podNamespace(address: string): string | undefined {
    for (const pod of this.#podsByAddress.get(address)?.values() ?? []) return pod.namespace
    return undefined
  }

  putNamespace(namespace: Namespace): void {
    this.#namespaces.add(namespace.metadata.name)
  }

  removeNamespace(namespace: Namespace): void {
    this.#namespaces.delete(namespace.metadata.name)
  }

  putService(service: Service): void {
    const view = viewService(service)
    const key = serviceKeyOf(view.name, view.namespace)
    const old = this.#services.get(key)
    this.#services.set(key, view)
    this.#moveAddresses(old, view)
  }

  removeService(service: Service): void {
    const key = serviceKeyOf(service.metadata.name, service.metadata.namespace ?? '')
    const view = this.#services.get(key)
    if (view === undefined) return
    this.#services.delete(key)
    this.#moveAddresses(view, undefined)
  }

  /** From those of one view to those of another. What both have stays in place (see `put`). */
  #moveAddresses(old: ServiceView | undefined, view: ServiceView | undefined): void {
    if (view !== undefined) {
      for (const address of view.clusterIps) {
        const services = this.#servicesByAddress.get(address)
        if (services === undefined) this.#servicesByAddress.set(address, new Set([view]))
        else services.add(view)
      }
    }
    for (const address of old?.clusterIps ?? []) {
      const services = this.#servicesByAddress.get(address)
      if (old !== undefined) services?.delete(old)
      if (services?.size === 0) this.#servicesByAddress.delete(address)
    }
  }

  putSlice(slice: EndpointSlice): void {
    const key = sliceKeyOf(slice)
    const indexed = new IndexedSlice(slice)
    const old = this.#slices.get(key)
    if (old !== undefined && old.serviceKey !== indexed.serviceKey) this.#detach(key, old)
    this.#slices.set(key, indexed)
    put(this.#slicesByService, indexed.serviceKey, key, indexed)
    this.#addressesStale.add(key)
  }

  removeSlice(slice: EndpointSlice): void {
    const key = sliceKeyOf(slice)
    const old = this.#slices.get(key)
    if (old === undefined) return
    this.#slices.delete(key)
    this.#detach(key, old)
    this.#addressesStale.add(key)
  }

  /** Terminating pods and pods without an address are not known to DNS. */
  putPod(pod: Pod): void {
    const address = pod.status?.podIP
    if (address === undefined || address === '' || pod.metadata.deletionTimestamp !== undefined) {
      this.removePod(pod)
      return
    }
    const namespace = pod.metadata.namespace ?? ''
    const key = `${namespace}/${pod.metadata.name}`
    const old = this.#pods.get(key)
    const view = { address, namespace }
    this.#pods.set(key, view)
    put(this.#podsByAddress, address, key, view)
    if (old !== undefined && old.address !== address) take(this.#podsByAddress, old.address, key)
  }

  removePod(pod: Pod): void {
    const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`
    const view = this.#pods.get(key)
    if (view === undefined) return
    this.#pods.delete(key)
    take(this.#podsByAddress, view.address, key)
  }

  #detach(key: string, slice: IndexedSlice): void {
    take(this.#slicesByService, slice.serviceKey, key)
  }

  #refreshAddresses(): void {
    for (const key of this.#addressesStale) {
      const before = this.#addressesIndexed.get(key) ?? []
      const slice = this.#slices.get(key)
      const addresses = new Set(slice?.view.addresses.map((endpoint) => endpoint.address))
      if (slice === undefined) this.#addressesIndexed.delete(key)
      else {
        for (const address of addresses) put(this.#slicesByAddress, address, key, slice)
        this.#addressesIndexed.set(key, [...addresses])
      }
      for (const address of before) if (!addresses.has(address)) take(this.#slicesByAddress, address, key)
    }
    this.#addressesStale.clear()
  }
}

function sliceKeyOf(slice: EndpointSlice): string {
  return `${slice.metadata.namespace ?? ''}/${slice.metadata.name}`
}

/**
 * In place where the key is there already: a key taken out of a large Map and put in again leaves holes in its bucket, which V8
 * walks through at every turn until it rehashes.
 */
function put<T>(index: Map<string, Map<string, T>>, bucket: string, key: string, value: T): void {
  const entries = index.get(bucket)
  if (entries === undefined) index.set(bucket, new Map([[key, value]]))
  else entries.set(key, value)
}

function take<T>(index: Map<string, Map<string, T>>, bucket: string, key: string): void {
  const entries = index.get(bucket)
  entries?.delete(key)
  if (entries?.size === 0) index.delete(bucket)
}
