// The servers behind a router: a Service's endpoints, its ClusterIP, or the name it stands for, with http or https. Lists are made
// once and kept as long as the endpoints are the same. Source: traefik pkg/provider/kubernetes/ingress/kubernetes.go (loadService,
// getProtocol); v1.7 provider/kubernetes/kubernetes.go (loadIngresses).

import type { EndpointIndex, Backend, BackendEndpoint } from '../routing/index.ts'
import type { Service } from '@podwire/apiserver'
import type { ServersScheme, ServiceAnnotations } from './annotations.ts'
import type { TraefikRouter } from './router.ts'
import type { TraefikServer } from './servers.ts'

export interface PoolRules {
  readonly readAnnotations: (service: Service) => ServiceAnnotations
  readonly allowExternalName: boolean
  /** v1.7: a Service whose port is missing is one without endpoints; later: no Service at all. */
  readonly needsPort: boolean
}

type Schemes = Partial<Record<ServersScheme, readonly TraefikServer[]>>

const NONE: readonly TraefikServer[] = []

export class ServerPools {
  readonly #index: EndpointIndex
  readonly #rules: PoolRules
  readonly #annotations = new WeakMap<Service, ServiceAnnotations>()
  readonly #lists = new WeakMap<readonly BackendEndpoint[], Schemes>()
  readonly #joined = new WeakMap<
    TraefikRouter,
    { readonly parts: readonly (readonly TraefikServer[])[]; readonly all: readonly TraefikServer[] }
  >()

  constructor(index: EndpointIndex, rules: PoolRules) {
    this.#index = index
    this.#rules = rules
  }

  /** Undefined: there is no such Service. */
  servers(router: TraefikRouter): readonly TraefikServer[] | undefined {
    const [first, ...more] = router.backends
    if (first === undefined) return undefined
    if (more.length === 0) return this.#serversOf(first, router)
    const parts = router.backends.flatMap((backend) => {
      const servers = this.#serversOf(backend, router)
      return servers === undefined ? [] : [servers]
    })
    if (parts.length === 0) return undefined
    const known = this.#joined.get(router)
    if (known !== undefined && isSame(known.parts, parts)) return known.all
    const all = parts.flat()
    this.#joined.set(router, { parts, all })
    return all
  }

  annotationsOf({ namespace, service }: Backend): ServiceAnnotations | undefined {
    const found = this.#index.service(namespace, service)
    return found === undefined ? undefined : this.#annotationsOf(found)
  }

  #annotationsOf(service: Service): ServiceAnnotations {
    let read = this.#annotations.get(service)
    if (read === undefined) {
      read = this.#rules.readAnnotations(service)
      this.#annotations.set(service, read)
    }
    return read
  }

  #serversOf(backend: Backend, router: TraefikRouter): readonly TraefikServer[] | undefined {
    const service = this.#index.service(backend.namespace, backend.service)
    if (service === undefined) return undefined
    if (service.spec.type === 'ExternalName' && !this.#rules.allowExternalName) return undefined
    const port = this.#index.servicePort(backend)
    if (port === undefined) return this.#rules.needsPort ? undefined : NONE
    const { nativeLb, scheme } = this.#annotationsOf(service)
    const endpoints = nativeLb === true ? this.#index.serviceAddress(backend) : this.#index.endpoints(backend)
    if (endpoints.length === 0) return NONE
    const byPort = port.port === 443 || port.name?.startsWith('https') === true ? 'https' : 'http'
    const chosen = router.rules.scheme ?? scheme ?? byPort
    let lists = this.#lists.get(endpoints)
    if (lists === undefined) {
      lists = {}
      this.#lists.set(endpoints, lists)
    }
    lists[chosen] ??= endpoints.map((endpoint) => ({ ...endpoint, scheme: chosen }))
    return lists[chosen]
  }
}

function isSame(a: readonly (readonly TraefikServer[])[], b: readonly (readonly TraefikServer[])[]): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i])
}
