// All hosts' routes. An Ingress that changes makes only its own hosts be built again, at `commit`. Hosts are found exactly, by
// alias, by a wildcard of one label, else the default server answers.

import type { Backend } from './backend.ts'
import { DEFAULT_HOST, type IngressView } from './ingress-view.ts'
import type { Location } from './location.ts'
import { normalizeUri } from './normalize-uri.ts'
import { buildServer, type ServerRoutes } from './server-routes.ts'
import { ViewsByHost } from './views-by-host.ts'

export interface RouteRequest {
  /** The Host header; '' when there is none. */
  readonly host: string
  /** The request target: path and query as sent. */
  readonly path: string
}

export interface Route {
  readonly server: ServerRoutes
  readonly location: Location
  /** The normalised URI that matched. */
  readonly uri: string
}

export class RoutingTable {
  readonly #fallback: Backend | undefined
  readonly #views = new ViewsByHost(hostsOf, [DEFAULT_HOST])
  readonly #servers = new Map<string, ServerRoutes>()
  readonly #aliases = new Map<string, string>()
  /** Hosts to which the name with, or without, `www.` leads. */
  readonly #redirecting = new Set<string>()

  /** @param fallback the controller's own default backend; absent: 404 */
  constructor(fallback: Backend | undefined) {
    this.#fallback = fallback
    this.commit()
  }

  put(view: IngressView): void {
    this.#views.put(view)
  }

  remove(key: string): void {
    this.#views.remove(key)
  }

  /** Makes what was put and removed count. Returns the hosts that were built again or dropped. */
  commit(): readonly string[] {
    const hosts = this.#views.takeChanged()
    for (const host of hosts) {
      for (const alias of this.#servers.get(host)?.aliases ?? []) {
        if (this.#aliases.get(alias) === host) this.#aliases.delete(alias)
      }
      const views = this.#views.at(host)
      this.#redirecting.delete(host)
      if (views === undefined && host !== DEFAULT_HOST) {
        this.#servers.delete(host)
        continue
      }
      const server = buildServer(host, views ?? [], this.#fallback)
      this.#servers.set(host, server)
      if (server.fromToWww) this.#redirecting.add(host)
      for (const alias of server.aliases) if (!this.#aliases.has(alias)) this.#aliases.set(alias, host)
    }
    return hosts
  }

  /** Sorted by host, as nginx.conf lists them. */
  servers(): readonly ServerRoutes[] {
    return [...this.#servers.values()].sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0))
  }

  server(host: string): ServerRoutes | undefined {
    return this.#servers.get(host)
  }

  /** The server of a Host header. A host of its own wins over an alias, an alias over a wildcard. */
  serverFor(hostHeader: string): ServerRoutes {
    const host = bareHost(hostHeader)
    const server = this.#servers.get(host) ?? this.#servers.get(this.#aliases.get(host) ?? '') ?? this.#wildcard(host)
    return server ?? this.#defaultServer()
  }

  /** Where a name that has no rules, but whose namesake with or without `www.` has, leads to. */
  wwwRedirect(hostHeader: string): string | undefined {
    if (this.#redirecting.size === 0) return undefined
    const host = bareHost(hostHeader)
    if (this.#servers.has(host)) return undefined
    const other = host.startsWith('www.') ? host.slice('www.'.length) : `www.${host}`
    return this.#redirecting.has(other) ? other : undefined
  }

  #wildcard(host: string): ServerRoutes | undefined {
    const dot = host.indexOf('.')
    if (dot <= 0 || !/^[\w-]+$/.test(host.slice(0, dot))) return undefined
    const name = `*${host.slice(dot)}`
    return this.#servers.get(name) ?? this.#servers.get(this.#aliases.get(name) ?? '')
  }

  #defaultServer(): ServerRoutes {
    return this.#servers.get(DEFAULT_HOST) ?? buildServer(DEFAULT_HOST, [], this.#fallback)
  }
}

/** Where a request goes; undefined when its path is one nginx refuses with 400. */
export function matchRoute(table: RoutingTable, request: RouteRequest): Route | undefined {
  const uri = normalizeUri(request.path)
  if (uri === undefined) return undefined
  const server = table.serverFor(request.host)
  return { server, location: server.match(uri), uri }
}

function hostsOf(view: IngressView): readonly string[] {
  return view.catchAll ? [DEFAULT_HOST] : [...view.hosts.keys()]
}

/** Lower case, without port and final dot; IPv6 literals keep their brackets. */
export function bareHost(header: string): string {
  if (isPlainHost(header)) return header
  const host = header.startsWith('[') ? header.replace(/\]:\d*$/, ']') : header.replace(/:\d*$/, '')
  return host.replace(/\.$/, '').toLowerCase()
}

/** Most are: nothing of them has to be made anew. */
function isPlainHost(header: string): boolean {
  for (let i = 0; i < header.length; i++) {
    const code = header.charCodeAt(i)
    const isPlain =
      (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 46 || code === 95
    if (!isPlain) return false
  }
  return !header.endsWith('.')
}
