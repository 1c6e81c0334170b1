// The maps a request is looked up in, as haproxy has them in files: host.map (exactly, else without its first label), then under
// what was found path-exact.map, path-prefix-exact.map and the longest beginning in path-prefix.map. A known host never falls back
// to rules without one. Entries of one path: the oldest Ingress's (a map's first line). Source: haproxytech/kubernetes-ingress
// pkg/route/route.go (AddHostPathRoute), pkg/controller/controller.go (setupHAProxyRules).

import type { Ingress } from '@podwire/apiserver'
import type { ControllerWarning } from '../controller/controller-process.ts'
import { backendOf, type Backend } from '../routing/index.ts'
import { olderFirst, ViewsByHost } from '../routing/views-by-host.ts'
import { readIngressAnnotations, type RequestRules } from './annotations.ts'

export interface MapEntry {
  readonly host: string
  readonly path: string
  readonly pathType: string
  readonly backend: Backend
  readonly rules: RequestRules
  readonly annotations: Readonly<Record<string, string>>
  readonly tls: boolean
  readonly ingress: { readonly namespace: string; readonly name: string }
}

export interface IngressEntries {
  readonly key: string
  readonly createdAt: string
  readonly entries: readonly MapEntry[]
  /** For everything nobody takes, whoever's Ingress it is in: the newest counts. */
  readonly fallback: MapEntry | undefined
  readonly warnings: readonly ControllerWarning[]
}

export function ingressEntries(ingress: Ingress): IngressEntries {
  const { namespace = '', name, creationTimestamp, annotations = {} } = ingress.metadata
  const { rules, warnings } = readIngressAnnotations(annotations)
  const problems: ControllerWarning[] = [...warnings]
  const shared = { rules, annotations, tls: (ingress.spec.tls ?? []).length > 0, ingress: { namespace, name } }
  const entries: MapEntry[] = []
  for (const { host = '', http } of ingress.spec.rules ?? []) {
    for (const { path = '', pathType = '', backend: target } of http?.paths ?? []) {
      const backend = backendOf(namespace, target)
      if (backend === undefined) problems.push(unsupported(`path ${path} of host ${host === '' ? '_' : host}`))
      else if (host === '' && path === '') {
        problems.push({ reason: 'InvalidPath', message: 'a rule has neither host nor path: it has no route' })
      } else entries.push({ ...shared, host: host.replace(/^\*/, '').toLowerCase(), path, pathType, backend })
    }
  }
  const { defaultBackend } = ingress.spec
  const backend = defaultBackend === undefined ? undefined : backendOf(namespace, defaultBackend)
  if (defaultBackend !== undefined && backend === undefined) problems.push(unsupported('spec.defaultBackend'))
  return {
    key: `${namespace}/${name}`,
    createdAt: creationTimestamp,
    entries,
    fallback: backend === undefined ? undefined : { ...shared, host: '', path: '', pathType: '', backend },
    warnings: problems,
  }
}

function unsupported(where: string): ControllerWarning {
  return { reason: 'UnsupportedBackend', message: `${where} names a resource backend, which is not simulated` }
}

/** One host's lines of the three path maps. */
interface PathMaps {
  readonly exact: ReadonlyMap<string, readonly MapEntry[]>
  readonly prefixExact: ReadonlyMap<string, readonly MapEntry[]>
  readonly prefix: ReadonlyMap<string, readonly MapEntry[]>
  /** Of the beginnings, longest first. */
  readonly lengths: readonly number[]
}

export class RouteMaps {
  readonly #views = new ViewsByHost(hostsOf)
  readonly #hosts = new Map<string, PathMaps>()
  #fallback: MapEntry | undefined

  put(view: IngressEntries): void {
    this.#views.put(view)
  }

  remove(key: string): void {
    this.#views.remove(key)
  }

  /** @returns hosts whose lines were written again; a wildcard is `.example.com`, '' no host */
  commit(): readonly string[] {
    const hosts = this.#views.takeChanged()
    for (const host of hosts) {
      const views = this.#views.at(host)
      if (views === undefined) this.#hosts.delete(host)
      else this.#hosts.set(host, pathMaps(host, views))
      if (host === '') this.#fallback = newestFallback(views ?? [])
    }
    return hosts
  }

  /** @param accepts whether the entry's backend is there */
  match(host: string, path: string, accepts: (entry: MapEntry) => boolean): MapEntry | undefined {
    const maps = this.#hosts.get(host) ?? this.#hosts.get(withoutFirstLabel(host)) ?? this.#hosts.get('')
    const found = maps === undefined ? undefined : find(maps, path, accepts)
    if (found !== undefined) return found
    return this.#fallback !== undefined && accepts(this.#fallback) ? this.#fallback : undefined
  }

  /** Lines of a map file, sorted: key, and the backend behind it. */
  lines(
    map: 'host' | 'path-exact' | 'path-prefix-exact' | 'path-prefix',
    backendName: (entry: MapEntry) => string,
  ): string {
    const lines: string[] = []
    for (const [host, { exact, prefixExact, prefix }] of this.#hosts) {
      if (map === 'host') {
        if (host !== '') lines.push(`${host}\t\t\t${host}`)
        continue
      }
      const index = map === 'path-exact' ? exact : map === 'path-prefix-exact' ? prefixExact : prefix
      for (const [path, entries] of index) {
        for (const entry of entries) lines.push(`${host}${path}\t\t\t${backendName(entry)}`)
      }
    }
    return lines
      .sort((a, b) => (a < b ? -1 : 1))
      .map((line) => `${line}\n`)
      .join('')
  }
}

function withoutFirstLabel(host: string): string {
  const dot = host.indexOf('.')
  return dot < 0 ? '' : host.slice(dot)
}

/** A default backend belongs to every host that has no rules of its own, like rules without a host. */
function hostsOf({ entries, fallback }: IngressEntries): ReadonlySet<string> {
  const hosts = new Set(entries.map(({ host }) => host))
  return fallback === undefined ? hosts : hosts.add('')
}

function newestFallback(views: Iterable<IngressEntries>): MapEntry | undefined {
  return [...views].sort(olderFirst).findLast(({ fallback }) => fallback !== undefined)?.fallback
}

function pathMaps(host: string, views: Iterable<IngressEntries>): PathMaps {
  const exact = new Map<string, MapEntry[]>()
  const prefixExact = new Map<string, MapEntry[]>()
  const prefix = new Map<string, MapEntry[]>()
  const add = (map: Map<string, MapEntry[]>, path: string, entry: MapEntry): void => {
    const known = map.get(path)
    if (known === undefined) map.set(path, [entry])
    else known.push(entry)
  }
  for (const { entries } of [...views].sort(olderFirst)) {
    for (const entry of entries) {
      if (entry.host !== host) continue
      const { path, pathType } = entry
      if (pathType === 'Exact') add(exact, path, entry)
      else if (path === '' || path === '/') add(prefix, '/', entry)
      else {
        const bare = path.replace(/\/$/, '')
        add(prefixExact, bare, entry)
        add(prefix, pathType === 'Prefix' ? `${bare}/` : bare, entry)
      }
    }
  }
  const lengths = [...new Set([...prefix.keys()].map((path) => path.length))].sort((a, b) => b - a)
  return { exact, prefixExact, prefix, lengths }
}

function find(maps: PathMaps, path: string, accepts: (entry: MapEntry) => boolean): MapEntry | undefined {
  const whole = maps.exact.get(path)?.find(accepts) ?? maps.prefixExact.get(path)?.find(accepts)
  if (whole !== undefined) return whole
  for (const length of maps.lengths) {
    if (length > path.length) continue
    const found = maps.prefix.get(path.slice(0, length))?.find(accepts)
    if (found !== undefined) return found
  }
  return undefined
}
