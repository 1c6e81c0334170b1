// All routers, by host. Of those that match the one of the highest priority gets the request, whatever host rule it has: an exact
// host does not hide a wildcard, nor a host the rules without one. An Ingress that changes makes only its own hosts be built again.
// Equal priorities: the older Ingress's (traefik leaves that to chance). Source: traefik pkg/muxer/http/{mux,matcher}.go,
// pkg/muxer/muxer.go (DomainMatchHostExpression).

import { olderFirst, ViewsByHost } from '../routing/views-by-host.ts'
import type { IngressRouters } from './kubernetes-ingress.ts'
import type { TraefikRouter } from './router.ts'

/** Every host. */
const ANY = ''

interface HostRouters {
  readonly exact: ReadonlyMap<string, readonly TraefikRouter[]>
  readonly prefixes: ReadonlyMap<string, readonly TraefikRouter[]>
  /** Of the prefixes, with the highest priority among those of a length. */
  readonly lengths: readonly { readonly length: number; readonly priority: number }[]
  /** Patterns, and routers without a path. */
  readonly others: readonly TraefikRouter[]
}

export type Merge = (routers: readonly TraefikRouter[]) => readonly TraefikRouter[]

export class RouterTable {
  readonly #merge: Merge
  readonly #views = new ViewsByHost(hostsOf)
  readonly #hosts = new Map<string, HostRouters>()
  #fallback: TraefikRouter | undefined

  /** @param merge what one host's routers become, oldest Ingress first; v1.7 puts those of one path together */
  constructor(merge: Merge = (routers) => routers) {
    this.#merge = merge
  }

  put(view: IngressRouters): void {
    this.#views.put(view)
  }

  remove(key: string): void {
    this.#views.remove(key)
  }

  /** Makes what was put and removed count. @returns hosts whose routers were built again */
  commit(): readonly string[] {
    const hosts = this.#views.takeChanged()
    for (const host of hosts) {
      const views = this.#views.at(host)
      if (views === undefined) this.#hosts.delete(host)
      else this.#hosts.set(host, build(this.#routersOf(host)))
      if (host === ANY) this.#fallback = views === undefined ? undefined : oldestFallback(views)
    }
    return hosts
  }

  /** The default backend's router is not among them: it comes last, whatever the priorities. */
  match(host: string, path: string, accepts: (router: TraefikRouter) => boolean): TraefikRouter | undefined {
    const dot = host.indexOf('.')
    let best = bestOf(this.#hosts.get(host), path, accepts, undefined)
    if (dot > 0) best = bestOf(this.#hosts.get(`*${host.slice(dot)}`), path, accepts, best)
    if (host !== ANY) best = bestOf(this.#hosts.get(ANY), path, accepts, best)
    if (best !== undefined) return best
    return this.#fallback !== undefined && accepts(this.#fallback) ? this.#fallback : undefined
  }

  /** By name. */
  routers(): readonly TraefikRouter[] {
    const all = [...this.#views.hosts()].flatMap((host) => this.#routersOf(host))
    if (this.#fallback !== undefined) all.push(this.#fallback)
    return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  }

  #routersOf(host: string): readonly TraefikRouter[] {
    const ordered = [...(this.#views.at(host) ?? [])].sort(olderFirst)
    return this.#merge(ordered.flatMap(({ routers }) => routers.filter((router) => router.host === host)))
  }
}

function hostsOf({ routers, fallback }: IngressRouters): ReadonlySet<string> {
  const hosts = new Set(routers.map(({ host }) => host))
  return fallback === undefined ? hosts : hosts.add(ANY)
}

function oldestFallback(views: Iterable<IngressRouters>): TraefikRouter | undefined {
  return [...views].sort(olderFirst).find(({ fallback }) => fallback !== undefined)?.fallback
}

function build(routers: readonly TraefikRouter[]): HostRouters {
  // A stable sort: of one priority the older stays first.
  const sorted = [...routers].sort((a, b) => b.priority - a.priority)
  const exact = new Map<string, TraefikRouter[]>()
  const prefixes = new Map<string, TraefikRouter[]>()
  const others: TraefikRouter[] = []
  const add = (index: Map<string, TraefikRouter[]>, path: string, router: TraefikRouter): void => {
    const known = index.get(path)
    if (known === undefined) index.set(path, [router])
    else known.push(router)
  }
  for (const router of sorted) {
    const { path } = router
    if (path.kind === 'exact') add(exact, path.path, router)
    else if (path.kind === 'prefix') add(prefixes, path.path, router)
    else if (path.kind === 'element-prefix') {
      add(exact, path.path, router)
      add(prefixes, `${path.path}/`, router)
    } else others.push(router)
  }
  const highest = new Map<number, number>()
  for (const [path, [first]] of prefixes) {
    const priority = first?.priority ?? 0
    highest.set(path.length, Math.max(highest.get(path.length) ?? priority, priority))
  }
  const lengths = [...highest].map(([length, priority]) => ({ length, priority }))
  return { exact, prefixes, lengths: lengths.sort((a, b) => b.length - a.length), others }
}

function bestOf(
  group: HostRouters | undefined,
  path: string,
  accepts: (router: TraefikRouter) => boolean,
  before: TraefikRouter | undefined,
): TraefikRouter | undefined {
  if (group === undefined) return before
  let best = firstBetter(group.exact.get(path), accepts, before)
  for (const { length, priority } of group.lengths) {
    if (length > path.length || (best !== undefined && priority <= best.priority)) continue
    best = firstBetter(group.prefixes.get(path.slice(0, length)), accepts, best)
  }
  for (const router of group.others) {
    if (best !== undefined && router.priority <= best.priority) break
    if (router.path.kind === 'pattern' && !router.path.pattern.test(path)) continue
    if (accepts(router)) return router
  }
  return best
}

function firstBetter(
  routers: readonly TraefikRouter[] | undefined,
  accepts: (router: TraefikRouter) => boolean,
  best: TraefikRouter | undefined,
): TraefikRouter | undefined {
  if (routers === undefined) return best
  for (const router of routers) {
    if (best !== undefined && router.priority <= best.priority) return best
    if (accepts(router)) return router
  }
  return best
}
