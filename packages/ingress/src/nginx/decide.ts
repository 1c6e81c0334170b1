// What becomes of one request before anybody is asked: nginx's own answer, or a location that passes it on. The order is that of
// nginx's phases, whatever the order of lines: body size when the location is found, `return` directives and preflights, the Lua
// rewrite (https redirect, then 503 without endpoints), limits and access lists (admission.ts), content.
// Source: nginx ngx_http_core_module.c (phases), lua-nginx-module (rewrite_by_lua runs after the rewrite module).

import { headerValue, type HttpRequest } from '../http/message.ts'
import type { Backend, BackendEndpoint, EndpointIndex, Route } from '../routing/index.ts'
import { DEFAULT_HOST, serviceBackend } from '../routing/index.ts'
import type { LocationRules } from './annotations/location-rules.ts'
import { isPreflight } from './cors.ts'
import { rewrittenTarget } from './rewrite.ts'
import type { Frontend } from './request-headers.ts'

interface Candidate {
  readonly backend: Backend
  readonly endpoints: readonly BackendEndpoint[]
  readonly rules: LocationRules
}

export type Decision =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'preflight' }
  | { readonly kind: 'page'; readonly status: number }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | {
      readonly kind: 'pass'
      readonly primary: Candidate
      readonly canary: Candidate | undefined
      /** The backend stands in for one without endpoints. */
      readonly standsIn: boolean
      readonly target: string
    }

const HTTPS_REDIRECT_CODE = 308

/** @param hasCertificate was any chosen for the name asked for? The question of ssl-redirect. */
export function decide(
  route: Route,
  request: HttpRequest,
  frontend: Frontend,
  endpoints: EndpointIndex,
  hasCertificate: () => boolean,
): Decision {
  const { location, server } = route
  const { rules } = location
  const host = headerValue(request.headers, 'host') ?? ''
  if (server.host === DEFAULT_HOST && route.uri.startsWith('/healthz')) return { kind: 'healthy' }
  if (rules.maxBodyBytes > 0 && announcedBytes(request) > rules.maxBodyBytes) return { kind: 'page', status: 413 }
  if (rules.appRoot !== undefined && route.uri === '/') {
    return { kind: 'redirect', status: 302, location: `${frontend.scheme}://${host}${rules.appRoot}` }
  }
  if (isPreflight(rules.cors, request)) return { kind: 'preflight' }
  const redirect = rules.temporalRedirect ?? rules.permanentRedirect
  if (redirect !== undefined) return { kind: 'redirect', status: redirect.code, location: redirect.url }
  if (frontend.scheme === 'http' && (rules.forceSslRedirect || (rules.sslRedirect && hasCertificate()))) {
    // A final slash is dropped, as preserve-trailing-slash is off.
    const target = request.target.endsWith('/') ? request.target.slice(0, -1) : request.target
    return { kind: 'redirect', status: HTTPS_REDIRECT_CODE, location: `https://${host.replace(/:\d+$/, '')}${target}` }
  }
  return passTo(route, request, endpoints)
}

/** As far as the headers say. */
function announcedBytes({ headers, body, stream }: HttpRequest): number {
  return stream === undefined ? body.length : Number(headerValue(headers, 'content-length') ?? 0)
}

function passTo(route: Route, request: HttpRequest, index: EndpointIndex): Decision {
  const { location } = route
  const { backend, rules, canary } = location
  if (backend === undefined) return { kind: 'page', status: location.isDefault ? 404 : 503 }
  const target = rewrittenTarget(location, route.uri, request.target)
  const own = endpointsOf(backend, rules, index)
  if (own.length > 0) {
    const others = canary === undefined ? [] : endpointsOf(canary.backend, canary.rules, index)
    return {
      kind: 'pass',
      primary: { backend, endpoints: own, rules },
      canary: canary === undefined || others.length === 0 ? undefined : { ...canary, endpoints: others },
      standsIn: false,
      target,
    }
  }
  const standIn = standInFor(route, index)
  const others = standIn === undefined ? [] : index.endpoints(standIn)
  if (standIn === undefined || others.length === 0) return { kind: 'page', status: 503 }
  return {
    kind: 'pass',
    primary: { backend: standIn, endpoints: others, rules },
    canary: undefined,
    standsIn: true,
    target,
  }
}

function endpointsOf(backend: Backend, rules: LocationRules, index: EndpointIndex): readonly BackendEndpoint[] {
  const own = rules.upstream.serviceUpstream ? index.serviceAddress(backend) : []
  return own.length > 0 ? own : index.endpoints(backend)
}

/** The annotation names a Service; its first port is meant. */
export function standInFor({ location }: Route, index: EndpointIndex): Backend | undefined {
  const named = location.rules.defaultBackend
  if (named === undefined) return undefined
  const port = index.service(named.namespace, named.name)?.spec.ports?.[0]
  return port === undefined ? undefined : serviceBackend(named.namespace, named.name, port.name ?? port.port)
}
