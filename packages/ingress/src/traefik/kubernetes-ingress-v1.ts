// An Ingress as the frontends of traefik v1.7: one a host and path, shared by all Ingresses that name them, in front of all their
// Services. Path types are unknown to it: `traefik.frontend.rule.type` says how paths match.
// Source: traefik v1.7 provider/kubernetes/{kubernetes,annotations}.go, rules/rules.go, middlewares/{stripPrefix,addPrefix}.go.

import type { Ingress, Service } from '@podwire/apiserver'
import type { ControllerWarning } from '../controller/controller-process.ts'
import { readRanges } from '../nginx/annotations/source-range.ts'
import { backendOf, type Backend } from '../routing/index.ts'
import type { ServiceAnnotations } from './annotations.ts'
import type { IngressRouters } from './kubernetes-ingress.ts'
import type { PathMatcher, Rewritten, RouterRules, TraefikRouter } from './router.ts'

/** What can be said in three ways: the name, with `traefik.` before it, and (some) as a label of older releases. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ['preserve-host', 'traefik.frontend.passHostHeader'],
  ['frontend-entry-points', 'traefik.frontend.entryPoints'],
  ['priority', 'traefik.frontend.priority'],
  ['rule-type', 'traefik.frontend.rule.type'],
  ['load-balancer-method', 'traefik.backend.loadbalancer.method'],
  ['affinity', 'traefik.backend.loadbalancer.stickiness'],
  ['session-cookie-name', 'traefik.backend.loadbalancer.stickiness.cookieName'],
])
const ON_INGRESSES = ['preserve-host', 'frontend-entry-points', 'priority', 'rule-type', 'rewrite-target'].concat([
  'request-modifier',
  'protocol',
  'whitelist-source-range',
])
const ON_SERVICES = ['load-balancer-method', 'affinity', 'session-cookie-name']
const PREFIX = 'ingress.kubernetes.io/'
const OURS = /^(?:traefik\.)?ingress\.kubernetes\.io\/|^traefik\.(?:frontend|backend)\./
const RULE_TYPES: ReadonlySet<string> = new Set(['Path', 'PathPrefix', 'PathStrip', 'PathPrefixStrip'])

type Annotations = Readonly<Record<string, string>>

function valueOf(annotations: Annotations, name: string): string | undefined {
  const label = LABELS.get(name)
  const text = annotations[PREFIX + name] ?? annotations[`traefik.${PREFIX}${name}`]
  return (text ?? (label === undefined ? undefined : annotations[label]))?.trim()
}

function unknownAnnotations(annotations: Annotations, known: readonly string[]): readonly ControllerWarning[] {
  const names = new Set(
    known.flatMap((name) => [PREFIX + name, `traefik.${PREFIX}${name}`, LABELS.get(name) ?? PREFIX + name]),
  )
  return Object.keys(annotations)
    .filter((key) => OURS.test(key) && !names.has(key))
    .map((key) => ({
      reason: 'UnsupportedAnnotation',
      message: `annotation ${key} is not simulated and has no effect`,
    }))
}

export function ingressFrontends(ingress: Ingress): IngressRouters {
  const { namespace = '', name, creationTimestamp, annotations = {} } = ingress.metadata
  const warnings = [...unknownAnnotations(annotations, ON_INGRESSES)]
  const invalid = (message: string): void => void warnings.push({ reason: 'InvalidAnnotation', message })
  const priority = Number(valueOf(annotations, 'priority') ?? '0') || 0
  const entryPoints = valueOf(annotations, 'frontend-entry-points')
    ?.split(',')
    .map((text) => text.trim())
  const shared: SharedParts = { entryPoints, tls: false, ingress: { namespace, name } }
  const routers = (ingress.spec.rules ?? []).flatMap(({ host = '', http }) =>
    (http?.paths ?? []).flatMap(({ path = '', backend: target }) => {
      const backend = backendOf(namespace, target)
      if (backend === undefined) {
        warnings.push({ reason: 'UnsupportedBackend', message: `path ${path} of host ${host} has no Service` })
        return []
      }
      const found = pathRule(path, annotations)
      if (typeof found !== 'string') {
        const rules = rulesOf(annotations, found.rewrite, invalid)
        return [frontendOf({ ...shared, rules }, host, path, backend, found, priority)]
      }
      invalid(`path ${path} of host ${host} has no frontend: ${found}`)
      return []
    }),
  )
  const { defaultBackend } = ingress.spec
  const backend = defaultBackend === undefined ? undefined : backendOf(namespace, defaultBackend)
  const rule = 'PathPrefix:/'
  const fallback: TraefikRouter | undefined = backend && {
    ...shared,
    name: 'global-default-frontend',
    rule,
    priority: priority > 0 ? priority : rule.length,
    host: '',
    path: { kind: 'any' },
    backends: [backend],
    rules: rulesOf(annotations, undefined, invalid),
  }
  return { key: `${namespace}/${name}`, createdAt: creationTimestamp, routers, fallback, warnings }
}

type SharedParts = Pick<TraefikRouter, 'entryPoints' | 'tls' | 'ingress'>

function frontendOf(
  shared: SharedParts & Pick<TraefikRouter, 'rules'>,
  host: string,
  path: string,
  backend: Backend,
  found: PathRule,
  priority: number,
): TraefikRouter {
  const texts = [...(path === '' ? [] : [found.rule]), ...hostRule(host)]
  const rule = texts.length === 0 ? 'PathPrefix:/' : texts.join(';')
  const { entryPoints } = shared
  const frontend = `${host}${path}` === '' ? backend.service : `${host}${path}`
  return {
    ...shared,
    name: `${priority > 0 ? `${priority}-` : ''}${entryPoints === undefined ? '' : `${entryPoints.join('-')}_`}${frontend}`,
    rule,
    // The rules' lengths, without what stands between them.
    priority: priority > 0 ? priority : rule.length - Math.max(0, texts.length - 1),
    host: host.toLowerCase(),
    path: found.matcher,
    backends: [backend],
  }
}

function hostRule(host: string): readonly string[] {
  if (host === '') return []
  return [host.includes('*') ? `HostRegexp:${host.replace('*', '{subdomain:[A-Za-z0-9-_]+}')}` : `Host:${host}`]
}

interface PathRule {
  readonly rule: string
  readonly matcher: PathMatcher
  readonly rewrite: RouterRules['rewrite']
}

/** @returns what is wrong with the annotations */
function pathRule(path: string, annotations: Annotations): PathRule | string {
  if (path === '') return { rule: '', matcher: { kind: 'any' }, rewrite: undefined }
  const type = valueOf(annotations, 'rule-type') ?? 'PathPrefix'
  if (!RULE_TYPES.has(type)) return `cannot use non-matcher rule: ${JSON.stringify(type)}`
  if (path.includes('{')) return `patterns in paths are not simulated: ${path}`
  const isPrefix = type.startsWith('PathPrefix')
  const matcher: PathMatcher = { kind: isPrefix ? 'prefix' : 'exact', path }
  const rules = [`${type}:${path}`]
  const steps: ((path: string) => Rewritten)[] = []
  if (type.endsWith('Strip')) steps.push((asked) => stripped(asked, path))
  const target = valueOf(annotations, 'rewrite-target') ?? ''
  if (target !== '') {
    const replacement = target.replace(/\/+$/, '')
    const kept = path === '/' ? 0 : path.length
    rules.push(`ReplacePathRegex: ^${path === '/' ? '' : path}(.*) ${replacement}$1`)
    steps.push((asked) => replaced(asked, `${replacement}${asked.slice(kept)}`))
  }
  const modifier = valueOf(annotations, 'request-modifier')
  if (modifier !== undefined) {
    const step = requestModifier(modifier)
    if (typeof step === 'string') return step
    rules.push(modifier)
    steps.push(step)
  }
  return { rule: rules.join(';'), matcher, rewrite: steps.length === 0 ? undefined : chained(steps) }
}

function requestModifier(text: string): ((path: string) => Rewritten) | string {
  const [, name = '', value = ''] = /^\s*([^:\s]*)\s*:\s*(.*?)[ :]*$/.exec(text) ?? []
  if (value === '') return `rule ${JSON.stringify(text)} is missing type or value`
  if (name === 'AddPrefix') return (path) => ({ path: `${value}${path}`, header: undefined })
  if (name === 'ReplacePath') return (path) => replaced(path, value)
  if (name !== 'ReplacePathRegex') return `cannot use non-modifier rule: ${JSON.stringify(name)}`
  const [pattern = '', replacement = ''] = value.split(/\s+/)
  try {
    const compiled = new RegExp(pattern)
    return (path) =>
      compiled.test(path) ? replaced(path, path.replace(compiled, replacement)) : { path, header: undefined }
  } catch {
    return `${JSON.stringify(pattern)} is no regular expression`
  }
}

function stripped(asked: string, prefix: string): Rewritten {
  const rest = asked.slice(prefix.length)
  return { path: rest.startsWith('/') ? rest : `/${rest}`, header: ['X-Forwarded-Prefix', prefix] }
}

function replaced(asked: string, path: string): Rewritten {
  return { path, header: ['X-Replaced-Path', asked] }
}

function chained(steps: readonly ((path: string) => Rewritten)[]): (path: string) => Rewritten {
  return (asked) =>
    steps.reduce<Rewritten>(
      (before, step) => {
        const { path, header } = step(before.path)
        return { path, header: header ?? before.header }
      },
      { path: asked, header: undefined },
    )
}

function rulesOf(
  annotations: Annotations,
  rewrite: RouterRules['rewrite'],
  invalid: (message: string) => void,
): RouterRules {
  const protocol = valueOf(annotations, 'protocol')
  if (protocol !== undefined && protocol !== 'http' && protocol !== 'https') {
    invalid(`annotation ${PREFIX}protocol: ${JSON.stringify(protocol)} is not simulated: http and https are`)
  }
  const host = valueOf(annotations, 'preserve-host')
  let allowed: readonly string[] = []
  const problem = readRanges(valueOf(annotations, 'whitelist-source-range') ?? '', (ranges) => (allowed = ranges))
  if (problem !== undefined) invalid(`annotation ${PREFIX}whitelist-source-range is ignored: ${problem}`)
  return {
    passHostHeader: host === undefined ? undefined : host !== 'false',
    scheme: protocol === 'http' || protocol === 'https' ? protocol : undefined,
    allowed,
    rewrite,
  }
}

/** Routers of one name are one frontend: the oldest's rules, everybody's Services. */
export function mergeFrontends(routers: readonly TraefikRouter[]): readonly TraefikRouter[] {
  const frontends = new Map<string, TraefikRouter>()
  for (const router of routers) {
    const known = frontends.get(router.name)
    frontends.set(
      router.name,
      known === undefined ? router : { ...known, backends: [...known.backends, ...router.backends] },
    )
  }
  return [...frontends.values()]
}

export function readServiceLabels({ metadata }: Pick<Service, 'metadata'>): ServiceAnnotations {
  const { annotations = {} } = metadata
  const warnings = [...unknownAnnotations(annotations, ON_SERVICES)]
  const method = valueOf(annotations, 'load-balancer-method')
  if (method !== undefined && method !== 'wrr') {
    const message = `annotation ${PREFIX}load-balancer-method: ${JSON.stringify(method)} is not simulated: wrr is`
    warnings.push({ reason: 'InvalidAnnotation', message })
  }
  const isSticky = valueOf(annotations, 'affinity') === 'true'
  return {
    passHostHeader: true,
    scheme: undefined,
    nativeLb: undefined,
    sticky: isSticky
      ? {
          name: valueOf(annotations, 'session-cookie-name') ?? '',
          secure: false,
          httpOnly: false,
          sameSite: undefined,
          maxAge: 0,
          path: '/',
          domain: '',
          plain: true,
        }
      : undefined,
    warnings,
  }
}
