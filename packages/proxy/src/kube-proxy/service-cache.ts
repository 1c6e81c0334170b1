// Services and their EndpointSlices as kube-proxy knows them, and which Services have changed since somebody took the changes.
// Source: kubernetes pkg/proxy/servicechangetracker.go and endpointschangetracker.go: no-op updates count for nothing.

import { sameValue, type EndpointSlice, type Informer, type Service } from '@podwire/apiserver'
import { HINTS_ANNOTATIONS } from '../services/service-port.ts'
import { inputOf, serviceKey, serviceKeyOfSlice, type ServiceInput } from '../services/service-inputs.ts'

const BY_SERVICE = 'kube-proxy/service'

export class ServiceCache {
  readonly #services: Informer<Service>
  readonly #slices: Informer<EndpointSlice>
  readonly #dirty = new Set<string>()
  #udpChanges = 0

  /** @param onDirty called when there is something to take, with the Service when it is the Service that is new or changed */
  constructor(services: Informer<Service>, slices: Informer<EndpointSlice>, onDirty: (service?: Service) => void) {
    this.#services = services
    this.#slices = slices
    slices.addIndex(BY_SERVICE, keysOf)
    const mark = (key: string, service?: Service): void => {
      this.#dirty.add(key)
      onDirty(service)
    }
    services.onChange((change) => {
      if (change.type === 'updated' && sameService(change.old, change.object)) return
      mark(serviceKey(change.object), change.type === 'deleted' ? undefined : change.object)
    })
    slices.onChange((change) => {
      if (change.type === 'updated' && sameSlice(change.old, change.object)) return
      const { object, old } = change
      const keys = old === undefined ? keysOf(object) : [...keysOf(object), ...keysOf(old)]
      if (servesUdp(old) || servesUdp(object) || keys.some((key) => this.#servesUdp(key, object))) this.#udpChanges++
      for (const key of keys) mark(key)
    })
  }

  /** How many slice changes so far were of Services with UDP endpoints, before or after. */
  get udpChanges(): number {
    return this.#udpChanges
  }

  /** The Services that changed, with what they are now. */
  takeChanges(): ReadonlyMap<string, ServiceInput | undefined> {
    const changes = new Map<string, ServiceInput | undefined>()
    for (const key of this.#dirty) changes.set(key, this.#input(key))
    this.#dirty.clear()
    return changes
  }

  /** Every Service there is, as if all had changed. */
  everything(): ReadonlyMap<string, ServiceInput | undefined> {
    this.#dirty.clear()
    const keys = this.#services
      .list()
      .map(serviceKey)
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    return new Map(keys.map((key) => [key, this.#input(key)]))
  }

  services(): readonly Service[] {
    return this.#services.list()
  }

  service(key: string): Service | undefined {
    return this.#services.byKey(key)
  }

  /** The Service has endpoints with UDP ports, in the slice that changed or in another one of the family. */
  #servesUdp(key: string, { addressType }: EndpointSlice): boolean {
    return this.#slices.byIndex(BY_SERVICE, key).some((slice) => slice.addressType === addressType && servesUdp(slice))
  }

  #input(key: string): ServiceInput | undefined {
    const service = this.service(key)
    if (service === undefined) return undefined
    return inputOf(service, this.#slices.byIndex(BY_SERVICE, key))
  }
}

/** As an index wants it. None: a slice kube-proxy does not see. */
function keysOf(slice: EndpointSlice): readonly string[] {
  const key = serviceKeyOfSlice(slice)
  return key === undefined ? [] : [key]
}

/** Some endpoint of it has a UDP port. */
function servesUdp(slice: EndpointSlice | undefined): boolean {
  if (slice === undefined || (slice.endpoints ?? []).length === 0) return false
  return (slice.ports ?? []).some((port) => port.protocol === 'UDP')
}

function sameService(a: Service, b: Service): boolean {
  return (
    sameValue(a.spec, b.spec) &&
    sameValue(a.metadata.labels, b.metadata.labels) &&
    HINTS_ANNOTATIONS.every((name) => a.metadata.annotations?.[name] === b.metadata.annotations?.[name]) &&
    sameValue(a.status?.loadBalancer, b.status?.loadBalancer)
  )
}

function sameSlice(a: EndpointSlice, b: EndpointSlice): boolean {
  return (
    sameValue(a.endpoints, b.endpoints) &&
    sameValue(a.ports, b.ports) &&
    sameValue(a.metadata.labels, b.metadata.labels)
  )
}
