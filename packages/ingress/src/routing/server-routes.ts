// One host's routes: its Ingresses' claims merged (first to claim a path has it), ordered as nginx.conf lists them, and indexed
// for matching. Matching follows the Ingress rules; nginx's own 301 from `/foo` to `= "/foo/"` is not taken over.
// Source: ingress-nginx controller.go (sorting), template.go (updateServerLocations, enforceRegexModifier, buildLocation).

import type { ClientCertificateRules } from '../nginx/annotations/client-certificates.ts'
import { NO_RULES } from '../nginx/annotations/location-rules.ts'
import type { Backend } from './backend.ts'
import { DEFAULT_HOST, olderFirst, type IngressView } from './ingress-view.ts'
import type { Location, NginxLocation } from './location.ts'
import { compilePath } from './path-pattern.ts'

export interface ServerRoutes {
  readonly host: string
  readonly aliases: readonly string[]
  /** Whose TLS sections decide about this host's certificate: the oldest Ingress that has some. */
  readonly tlsOwner: IngressView | undefined
  /** What clients have to show: the oldest Ingress that says so decides. */
  readonly clientCertificates: ClientCertificateRules | undefined
  /** The name with, or without, `www.` leads here. */
  readonly fromToWww: boolean
  /** In nginx.conf's order. */
  readonly locations: readonly NginxLocation[]
  readonly match: (uri: string) => Location
}

/** @param views the Ingresses with a rule for this host, in any order */
export function buildServer(host: string, views: Iterable<IngressView>, fallback: Backend | undefined): ServerRoutes {
  const ordered = [...views].sort(olderFirst)
  const locations = nginxLocations(mergedLocations(host, ordered, fallback))
  return {
    host,
    aliases: [...new Set(ordered.flatMap((view) => (view.hosts.has(host) ? view.rules.serverAliases : [])))],
    tlsOwner: ordered.find((view) => view.tls.length > 0 && !view.rules.canary.enabled),
    clientCertificates: ordered.map(({ rules }) => rules.clientCertificates).find(({ secret }) => secret !== ''),
    fromToWww: locations.some(({ location }) => location.rules.fromToWww),
    locations,
    match: matcherOf(locations),
  }
}

function mergedLocations(host: string, all: readonly IngressView[], fallback: Backend | undefined): Location[] {
  const views = all.filter(({ rules }) => !rules.canary.enabled)
  const root = rootLocation(host, views, fallback)
  // By path, then type: Exact and Prefix of one path live side by side.
  const taken = new Map<string, Location>([[root.isDefault ? '/' : `/ ${root.pathType}`, root]])
  for (const view of views) {
    for (const claim of view.hosts.get(host) ?? []) {
      const key = `${claim.path} ${claim.pathType}`
      if (taken.has(key)) continue
      taken.set(key, { ...claim, rules: view.rules, ingress: view, isDefault: false })
      if (claim.path === '/' && claim.pathType !== 'Exact') taken.delete('/')
    }
  }
  for (const view of all) if (view.rules.canary.enabled) addCanary(taken, view, host)
  return [...taken.values()]
}

/** A canary is an alternative for what another Ingress says about the same path; without such a one it is nothing. */
function addCanary(taken: Map<string, Location>, view: IngressView, host: string): void {
  for (const { path, pathType, backend } of view.hosts.get(host) ?? []) {
    for (const [key, location] of taken) {
      const isSame = location.path === path && location.pathType === pathType && !location.isDefault
      // One a rule: the oldest has it.
      if (!isSame || backend === undefined || location.canary !== undefined) continue
      taken.set(key, { ...location, canary: { backend, rules: view.rules } })
    }
  }
}

/** `/` of a host: the default backend of its first Ingress, of a catch-all Ingress for the default server, else the fallback. */
function rootLocation(host: string, views: readonly IngressView[], fallback: Backend | undefined): Location {
  const owner = host === DEFAULT_HOST ? views.find((view) => view.catchAll) : views[0]
  return {
    path: '/',
    pathType: 'Prefix',
    backend: owner?.defaultBackend ?? fallback,
    rules: owner?.rules ?? NO_RULES,
    ingress: owner,
    // A catch-all Ingress owns `/` of the default server: a rule without host does not take it away.
    isDefault: host !== DEFAULT_HOST || owner === undefined,
  }
}

function nginxLocations(locations: readonly Location[]): NginxLocation[] {
  const sorted = [...locations].sort(
    (a, b) => b.path.length - a.path.length || (a.path > b.path ? -1 : a.path < b.path ? 1 : 0),
  )
  const anyRegex = sorted.some(isRegex)
  const exactPaths = new Set(
    sorted.filter((location) => location.pathType === 'Exact').map((location) => location.path),
  )
  return sorted.flatMap((location) => {
    const paths = pathsOf(location, exactPaths.has(location.path))
    return paths.map(({ path, exact }) => ({ modifier: anyRegex ? '~*' : exact ? '=' : '', path, location }) as const)
  })
}

/** A Prefix path becomes the path with a slash, for all below it, and itself; the latter only when no Exact rule has it. */
function pathsOf(location: Location, hasExact: boolean): { readonly path: string; readonly exact: boolean }[] {
  const { path, pathType } = location
  if (path === '/' && pathType !== 'Exact') return [{ path, exact: false }]
  if (pathType !== 'Prefix' || isRegex(location)) return [{ path, exact: pathType === 'Exact' }]
  const bare = path.replace(/\/+$/, '')
  const below = { path: `${bare}/`, exact: false }
  return hasExact ? [below] : [below, { path: bare, exact: true }]
}

function isRegex({ rules, path }: Location): boolean {
  return rules.useRegex || (rules.rewriteTarget !== undefined && rules.rewriteTarget !== path)
}

function matcherOf(locations: readonly NginxLocation[]): (uri: string) => Location {
  if (locations.some((entry) => entry.modifier === '~*')) return regexMatcher(locations)
  const exact = new Map<string, Location>()
  const prefixes = new Map<string, Location>()
  for (const { modifier, path, location } of locations) {
    const index = modifier === '=' ? exact : prefixes
    if (!index.has(path)) index.set(path, location)
  }
  const lengths = [...new Set([...prefixes.keys()].map((path) => path.length))].sort((a, b) => b - a)
  const root = rootOf(locations)
  return (uri) => {
    const whole = exact.get(uri)
    if (whole !== undefined) return whole
    for (const length of lengths) {
      if (length > uri.length) continue
      const location = prefixes.get(uri.slice(0, length))
      if (location !== undefined) return location
    }
    return root
  }
}

/** Patterns are tried longest first; one that does not compile was warned about and never matches. */
function regexMatcher(locations: readonly NginxLocation[]): (uri: string) => Location {
  const patterns = locations.flatMap(({ path, location }) => {
    const pattern = compilePath(`^${path}`)
    return pattern === undefined ? [] : [{ pattern, location }]
  })
  const root = rootOf(locations)
  return (uri) => patterns.find(({ pattern }) => pattern.test(uri))?.location ?? root
}

function rootOf(locations: readonly NginxLocation[]): Location {
  const root = locations.find(({ path, modifier }) => path === '/' && modifier !== '=')
  return (
    root?.location ?? {
      path: '/',
      pathType: 'Prefix',
      backend: undefined,
      rules: NO_RULES,
      ingress: undefined,
      isDefault: true,
    }
  )
}
