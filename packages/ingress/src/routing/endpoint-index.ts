// Which endpoints stand behind a backend right now. Services and slices are noted as they come; a backend's endpoints are
// worked out when a request first needs them after a change of its own service. Source: ingress-nginx
// internal/ingress/controller/{controller,endpointslices}.go: ready endpoints only, port by number, name or target port.

import type { EndpointSlice, Service, ServicePort } from '@podwire/apiserver'
import type { Backend } from './backend.ts'

export interface BackendEndpoint {
  /** An address; for an ExternalName Service its name, which the caller resolves. */
  readonly address: string
  readonly port: number
}

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'
const NONE: readonly BackendEndpoint[] = []

interface ServiceEntry {
  service: Service | undefined
  readonly slices: Map<string, EndpointSlice>
  /** By port as the Ingress names it; emptied on every change. */
  readonly endpoints: Map<number | string, readonly BackendEndpoint[]>
}

export class EndpointIndex {
  readonly #entries = new Map<string, ServiceEntry>()
  /** Slice → the service it was noted under. */
  readonly #sliceServices = new Map<string, string>()

  service(namespace: string, name: string): Service | undefined {
    return this.#entries.get(`${namespace}/${name}`)?.service
  }

  /** In slice order; none when the service or the port does not exist. */
  endpoints(backend: Backend): readonly BackendEndpoint[] {
    const entry = this.#entries.get(`${backend.namespace}/${backend.service}`)
    if (entry === undefined) return NONE
    let endpoints = entry.endpoints.get(backend.port)
    if (endpoints === undefined) {
      endpoints = endpointsOf(entry, backend.port)
      entry.endpoints.set(backend.port, endpoints)
    }
    return endpoints
  }

  /** The Service's own address and port, for backends that leave the choice of an endpoint to kube-proxy. */
  serviceAddress(backend: Backend): readonly BackendEndpoint[] {
    const entry = this.#entries.get(`${backend.namespace}/${backend.service}`)
    const { clusterIP, ports = [] } = entry?.service?.spec ?? {}
    if (entry === undefined || clusterIP === undefined || clusterIP === 'None' || clusterIP === '') return NONE
    const key = `\0${backend.port}`
    let address = entry.endpoints.get(key)
    if (address === undefined) {
      const port = ports.find((candidate) => portMatches(candidate, backend.port))
      address = port === undefined ? NONE : [{ address: clusterIP, port: port.port }]
      entry.endpoints.set(key, address)
    }
    return address
  }

  putService(service: Service): void {
    const entry = this.#entry(`${service.metadata.namespace ?? ''}/${service.metadata.name}`)
    entry.service = service
    entry.endpoints.clear()
  }

  removeService(service: Service): void {
    const key = `${service.metadata.namespace ?? ''}/${service.metadata.name}`
    const entry = this.#entry(key)
    entry.service = undefined
    entry.endpoints.clear()
    this.#forgetIfEmpty(key, entry)
  }

  putSlice(slice: EndpointSlice): void {
    const key = `${slice.metadata.namespace ?? ''}/${slice.metadata.name}`
    const service = `${slice.metadata.namespace ?? ''}/${slice.metadata.labels?.[SERVICE_NAME_LABEL] ?? ''}`
    if (this.#sliceServices.get(key) !== service) this.#detach(key)
    this.#sliceServices.set(key, service)
    const entry = this.#entry(service)
    entry.slices.set(key, slice)
    entry.endpoints.clear()
  }

  removeSlice(slice: EndpointSlice): void {
    this.#detach(`${slice.metadata.namespace ?? ''}/${slice.metadata.name}`)
  }

  #detach(sliceKey: string): void {
    const service = this.#sliceServices.get(sliceKey)
    if (service === undefined) return
    this.#sliceServices.delete(sliceKey)
    const entry = this.#entry(service)
    entry.slices.delete(sliceKey)
    entry.endpoints.clear()
    this.#forgetIfEmpty(service, entry)
  }

  #entry(key: string): ServiceEntry {
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = { service: undefined, slices: new Map(), endpoints: new Map() }
      this.#entries.set(key, entry)
    }
    return entry
  }

  #forgetIfEmpty(key: string, entry: ServiceEntry): void {
    if (entry.service === undefined && entry.slices.size === 0) this.#entries.delete(key)
  }
}

function endpointsOf(entry: ServiceEntry, port: number | string): readonly BackendEndpoint[] {
  const { service } = entry
  if (service === undefined) return NONE
  const servicePort = (service.spec.ports ?? []).find((candidate) => portMatches(candidate, port))
  if (service.spec.type === 'ExternalName') {
    const number = servicePort?.port ?? (typeof port === 'number' ? port : undefined)
    const address = service.spec.externalName ?? ''
    return number === undefined || address === '' ? NONE : [{ address, port: number }]
  }
  if (servicePort === undefined) return NONE
  const seen = new Set<string>()
  const endpoints: BackendEndpoint[] = []
  for (const slice of entry.slices.values()) {
    const slicePort = (slice.ports ?? []).find(
      (candidate) => (candidate.name ?? '') === (servicePort.name ?? '') && (candidate.protocol ?? 'TCP') === 'TCP',
    )?.port
    if (slicePort === undefined) continue
    for (const endpoint of slice.endpoints ?? []) {
      const address = endpoint.addresses[0]
      if (endpoint.conditions?.ready === false || address === undefined || seen.has(address)) continue
      seen.add(address)
      endpoints.push({ address, port: slicePort })
    }
  }
  return endpoints
}

function portMatches(port: ServicePort, wanted: number | string): boolean {
  const text = String(wanted)
  return (
    String(port.port) === text ||
    port.name === text ||
    (port.targetPort !== undefined && String(port.targetPort) === text)
  )
}
