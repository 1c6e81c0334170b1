// An Ingress as the routers of traefik v2 and v3: one a path, no merging, no resource backends; a default backend counts only where
// there are no rules, behind everything else. Source: traefik pkg/provider/kubernetes/ingress/kubernetes.go.

import type { HTTPIngressPath, Ingress } from '@podwire/apiserver'
import type { ControllerWarning } from '../controller/controller-process.ts'
import { backendOf } from '../routing/index.ts'
import { readRouterAnnotations, type RouterAnnotations } from './annotations.ts'
import { NO_ROUTER_RULES, type PathMatcher, type TraefikRelease, type TraefikRouter } from './router.ts'

export interface IngressRouters {
  readonly key: string
  readonly createdAt: string
  readonly routers: readonly TraefikRouter[]
  /** Takes what nobody else takes; of several the oldest Ingress's. */
  readonly fallback: TraefikRouter | undefined
  readonly warnings: readonly ControllerWarning[]
}

export interface RouterOptions {
  readonly release: TraefikRelease
  /** `--providers.kubernetesingress.strictprefixmatching` */
  readonly strictPrefix: boolean
}

/** Below every length of a rule. */
const LAST = -2_147_483_648

export function ingressRouters(ingress: Ingress, options: RouterOptions): IngressRouters {
  const { namespace = '', name, creationTimestamp, annotations = {} } = ingress.metadata
  const settings = readRouterAnnotations(annotations)
  const warnings: ControllerWarning[] = [...settings.warnings]
  const shared: SharedParts = {
    entryPoints: settings.entryPoints,
    tls: settings.tls,
    ingress: { namespace, name },
    rules: NO_ROUTER_RULES,
  }
  const routers: TraefikRouter[] = []
  for (const { host = '', http } of ingress.spec.rules ?? []) {
    for (const path of http?.paths ?? []) {
      const made = pathRouter(shared, host, path, settings, options)
      if ('reason' in made) warnings.push(made)
      else if (!settings.broken) routers.push(made)
    }
  }
  const fallback = fallbackRouter(shared, ingress, warnings)
  return {
    key: `${namespace}/${name}`,
    createdAt: creationTimestamp,
    routers,
    fallback: settings.broken ? undefined : fallback,
    warnings,
  }
}

type SharedParts = Pick<TraefikRouter, 'entryPoints' | 'tls' | 'ingress' | 'rules'>

function pathRouter(
  shared: SharedParts,
  host: string,
  path: HTTPIngressPath,
  settings: RouterAnnotations,
  options: RouterOptions,
): TraefikRouter | ControllerWarning {
  const { namespace, name } = shared.ingress
  const backend = backendOf(namespace, path.backend)
  const where = `path ${path.path ?? ''} of host ${host === '' ? '_' : host}`
  if (backend === undefined) return unsupportedBackend(where)
  const matcher = pathMatcherOf(path, settings, options)
  if (matcher === undefined) {
    return { reason: 'InvalidPath', message: `${where} is no regular expression: it has no router` }
  }
  const rule = [...hostRule(host, options.release, settings.syntax), ...matcher.rule].join(' && ')
  // traefik's muxer refuses an empty rule.
  if (rule === '') return { reason: 'InvalidPath', message: 'a rule has neither host nor path: it has no router' }
  return {
    ...shared,
    name: normalized(`${namespace}-${name}-${host}${path.path ?? ''}`),
    rule,
    priority: settings.priority === undefined || settings.priority === 0 ? rule.length : settings.priority,
    host: host.toLowerCase(),
    path: matcher.matcher,
    backends: [backend],
  }
}

function fallbackRouter(
  shared: SharedParts,
  { spec: { defaultBackend, rules = [] } }: Ingress,
  warnings: ControllerWarning[],
): TraefikRouter | undefined {
  if (defaultBackend === undefined) return undefined
  const backend = backendOf(shared.ingress.namespace, defaultBackend)
  if (backend === undefined) warnings.push(unsupportedBackend('spec.defaultBackend'))
  else if (rules.length > 0) {
    warnings.push({ reason: 'DefaultBackendIgnored', message: 'traefik takes a default backend only without rules' })
  } else {
    const path = { kind: 'any' } as const
    return {
      ...shared,
      name: 'default-router',
      rule: 'PathPrefix("/")',
      priority: LAST,
      host: '',
      path,
      backends: [backend],
    }
  }
  return undefined
}

function unsupportedBackend(where: string): ControllerWarning {
  return { reason: 'UnsupportedBackend', message: `${where} names a resource backend, which traefik does not support` }
}

/** v3.7 takes wildcards in Host; before that they are patterns of one label. */
function hostRule(host: string, { major, minor }: TraefikRelease, syntax: 'v2' | 'v3' | undefined): readonly string[] {
  if (host === '') return []
  if (!host.startsWith('*.')) return [`Host(${quoted(host)})`]
  if (major === 2 || syntax === 'v2') {
    return [`HostRegexp(${quoted(host.replace('*.', '{subdomain:[a-zA-Z0-9-]+}.'))})`]
  }
  if (minor >= 7) return [`Host(${quoted(host)})`]
  return [`HostRegexp(${quoted(`^[a-zA-Z0-9-]+\\.${host.slice(2).replaceAll('.', '\\.')}$`)})`]
}

const quoted = (text: string): string => JSON.stringify(text)

function pathMatcherOf(
  { path = '', pathType }: HTTPIngressPath,
  { pathMatcher }: RouterAnnotations,
  { strictPrefix }: RouterOptions,
): { readonly rule: readonly string[]; readonly matcher: PathMatcher } | undefined {
  if (path === '') return { rule: [], matcher: { kind: 'any' } }
  const isFree = pathType !== 'Exact' && pathType !== 'Prefix'
  const kind = pathType === 'Exact' ? 'Path' : isFree ? (pathMatcher ?? 'PathPrefix') : 'PathPrefix'
  if (kind === 'Path') return { rule: [`Path(${quoted(path)})`], matcher: { kind: 'exact', path } }
  if (kind === 'PathRegexp') {
    const pattern = readPattern(path)
    return pattern === undefined
      ? undefined
      : { rule: [`PathRegexp(${quoted(path)})`], matcher: { kind: 'pattern', pattern } }
  }
  if (!strictPrefix || path === '/') return { rule: [`PathPrefix(${quoted(path)})`], matcher: { kind: 'prefix', path } }
  const bare = path.replace(/\/$/, '')
  return {
    rule: [`(Path(${quoted(bare)}) || PathPrefix(${quoted(`${bare}/`)}))`],
    matcher: { kind: 'element-prefix', path: bare },
  }
}

/** RE2 read as a JavaScript pattern. */
function readPattern(text: string): RegExp | undefined {
  try {
    return new RegExp(text)
  } catch {
    return undefined
  }
}

/** Letters and digits; everything else is a dash between them. */
function normalized(text: string): string {
  return text
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '')
    .join('-')
}
