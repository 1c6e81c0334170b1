// What the controller's nginx runs with. Changes wait here until the next sync, which takes them in at once, as the real
// controller's does: routes by host, endpoints by Service. nginx.conf is made again only for hosts that changed.

import type { EndpointSlice, Service } from '@podwire/apiserver'
import type { CertificateTable } from '../tls/index.ts'
import { renderNginxConf, renderServer } from '../nginx/index.ts'
import {
  EndpointIndex,
  RoutingTable,
  type Backend,
  type BackendEndpoint,
  type IngressView,
  type ServerRoutes,
} from '../routing/index.ts'

export interface SyncResult {
  readonly hosts: readonly string[]
  /** nginx.conf reads differently now. */
  readonly changed: boolean
}

export class RoutingState {
  readonly table: RoutingTable
  readonly endpoints = new EndpointIndex()
  /** The controller's own default backend. */
  readonly fallback: Backend | undefined
  readonly certificates: CertificateTable
  readonly #texts = new Map<string, string>()
  #waiting: (() => void)[] = []

  constructor(fallback: Backend | undefined, certificates: CertificateTable) {
    this.fallback = fallback
    this.certificates = certificates
    this.table = new RoutingTable(fallback)
    this.#rerender(this.table.servers().map((server) => server.host))
  }

  putIngress(view: IngressView): void {
    this.#waiting.push(() => this.table.put(view))
  }

  removeIngress(key: string): void {
    this.#waiting.push(() => this.table.remove(key))
  }

  putService(service: Service): void {
    this.#waiting.push(() => this.endpoints.putService(service))
  }

  removeService(service: Service): void {
    this.#waiting.push(() => this.endpoints.removeService(service))
  }

  putSlice(slice: EndpointSlice): void {
    this.#waiting.push(() => this.endpoints.putSlice(slice))
  }

  removeSlice(slice: EndpointSlice): void {
    this.#waiting.push(() => this.endpoints.removeSlice(slice))
  }

  /** Takes in everything that waited. */
  sync(): SyncResult {
    for (const apply of this.#waiting) apply()
    this.#waiting = []
    const hosts = this.table.commit()
    this.certificates.commit(this.table, hosts)
    return { hosts, changed: this.#rerender(hosts) }
  }

  /** Only `/` of a host that is written out counts. Source: ingress-nginx controller.go (getBackendServers), tcp/proxy (Get). */
  passthroughFor(serverName: string): BackendEndpoint | undefined {
    const server = serverName === '' ? undefined : this.table.server(serverName.toLowerCase())
    const asked = server?.locations.some(({ location }) => location.rules.sslPassthrough) === true
    const root = asked ? server?.locations.find(({ path, modifier }) => path === '/' && modifier !== '=') : undefined
    const backend = root?.location.backend
    return backend === undefined ? undefined : this.endpoints.serviceAddress(backend)[0]
  }

  nginxConf(): string {
    return renderNginxConf(
      this.table.servers(),
      (server: ServerRoutes) => this.#texts.get(server.host) ?? renderServer(server),
    )
  }

  #rerender(hosts: readonly string[]): boolean {
    let changed = false
    for (const host of hosts) {
      const server = this.table.server(host)
      const text = server === undefined ? undefined : renderServer(server)
      if (text === this.#texts.get(host)) continue
      changed = true
      if (text === undefined) this.#texts.delete(host)
      else this.#texts.set(host, text)
    }
    return changed
  }
}
