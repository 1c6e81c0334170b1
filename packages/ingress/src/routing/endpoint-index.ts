// Which endpoints stand behind a backend right now. Services and slices are noted as they come; a backend's endpoints are
// worked out when a request first needs them after a change of its own service. Source: ingress-nginx
// internal/ingress/controller/{controller,endpointslices}.go: ready endpoints only, port by number, name or target port;
// traefik pkg/provider/kubernetes/ingress/kubernetes.go (loadService): those that serve, terminating ones for sticky clients.

import type { EndpointSlice, Service, ServicePort } from '@podwire/apiserver'
import type { Backend } from './backend.ts'

export interface BackendEndpoint {
  /** An address; for an ExternalName Service its name, which the caller resolves. */
  readonly address: string
  readonly port: number
  /** Its pod is going: only for clients that have been with it. */
  readonly draining?: boolean
}

export interface EndpointRules {
  /** Which endpoints count: those that are ready, or those that serve, terminating ones marked. Default ready. */
  readonly condition?: 'ready' | 'serving'
  /** A rule may name a port by its target port, too. Default true. */
  readonly byTargetPort?: boolean
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
  readonly #rules: EndpointRules
  readonly #entries = new Map<string, ServiceEntry>()
  /** Slice → the service it was noted under. */
  readonly #sliceServices = new Map<string, string>()

  constructor(rules: EndpointRules = {}) {
    this.#rules = rules
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#entries.get(`${namespace}/${name}`)?.service
  }

  /** The Service's port that a backend means. */
  servicePort({ namespace, service, port }: Backend): ServicePort | undefined {
    return servicePortOf(this.service(namespace, service), port, this.#rules)
  }

  /** In slice order; none when the service or the port does not exist. */
  endpoints(backend: Backend): readonly BackendEndpoint[] {
    const entry = this.#entries.get(`${backend.namespace}/${backend.service}`)
    if (entry === undefined) return NONE
    let endpoints = entry.endpoints.get(backend.port)
    if (endpoints === undefined) {
      endpoints = endpointsOf(entry, backend.port, this.#rules)
      entry.endpoints.set(backend.port, endpoints)
    }
    return endpoints
  }

  /** The Service's own address and port, for backends that leave the choice of an endpoint to kube-proxy. */
  serviceAddress(backend: Backend): readonly BackendEndpoint[] {
    const entry = this.#entries.get(`${backend.namespace}/${backend.service}`)
    const { clusterIP } = entry?.service?.spec ?? {}
    if (entry === undefined || clusterIP === undefined || clusterIP === 'None' || clusterIP === '') return NONE
    const key = `\0${backend.port}`
    let address = entry.endpoints.get(key)
    if (address === undefined) {
      const port = servicePortOf(entry.service, backend.port, this.#rules)
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

function endpointsOf(entry: ServiceEntry, port: number | string, rules: EndpointRules): readonly BackendEndpoint[] {
  const { service } = entry
  if (service === undefined) return NONE
  const servicePort = servicePortOf(service, port, rules)
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
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      const address = addresses[0]
      const counts = rules.condition === 'serving' ? conditions?.serving : conditions?.ready
      if (counts === false || address === undefined || seen.has(address)) continue
      seen.add(address)
      const draining = rules.condition === 'serving' && conditions?.terminating === true
      endpoints.push(draining ? { address, port: slicePort, draining } : { address, port: slicePort })
    }
  }
  return endpoints
}

/** `''` is the first port. */
function servicePortOf(
  service: Service | undefined,
  wanted: number | string,
  { byTargetPort = true }: EndpointRules,
): ServicePort | undefined {
  const ports = service?.spec.ports ?? []
  if (wanted === '') return ports[0]
  const text = String(wanted)
  return ports.find(
    ({ port, name, targetPort }) =>
      String(port) === text ||
      name === text ||
      (byTargetPort && targetPort !== undefined && String(targetPort) === text),
  )
}
