// What becomes of one request: nginx's own answer, or a backend to pass it to. The order is that of nginx's phases, whatever the
// order of lines: body size when the location is found, `return` directives, the Lua rewrite (https redirect), access lists,
// content. Source: nginx ngx_http_core_module.c (phases), lua-nginx-module (rewrite_by_lua runs after the rewrite module).

import { headerValue, type HttpRequest, type Peer } from '../http/message.ts'
import type { Backend, BackendEndpoint, EndpointIndex, Route } from '../routing/index.ts'
import { DEFAULT_HOST, serviceBackend } from '../routing/index.ts'
import { rewrittenTarget } from './rewrite.ts'
import type { Frontend } from './request-headers.ts'
import { mayAsk } from './source-filter.ts'

export type Decision =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'page'; readonly status: number }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | {
      readonly kind: 'pass'
      readonly backend: Backend
      readonly endpoints: readonly BackendEndpoint[]
      readonly target: string
    }

const HTTPS_REDIRECT_CODE = 308

export function decide(
  route: Route,
  request: HttpRequest,
  peer: Peer,
  frontend: Frontend,
  endpoints: EndpointIndex,
): Decision {
  const { location, server } = route
  const { rules } = location
  const host = headerValue(request.headers, 'host') ?? ''
  if (server.host === DEFAULT_HOST && route.uri.startsWith('/healthz')) return { kind: 'healthy' }
  if (rules.maxBodyBytes > 0 && request.body.length > rules.maxBodyBytes) return { kind: 'page', status: 413 }
  if (rules.appRoot !== undefined && route.uri === '/') {
    return { kind: 'redirect', status: 302, location: `${frontend.scheme}://${host}${rules.appRoot}` }
  }
  const redirect = rules.temporalRedirect ?? rules.permanentRedirect
  if (redirect !== undefined) return { kind: 'redirect', status: redirect.code, location: redirect.url }
  if (frontend.scheme === 'http' && (rules.forceSslRedirect || (rules.sslRedirect && server.tls))) {
    // A final slash is dropped, as preserve-trailing-slash is off.
    const target = request.target.endsWith('/') ? request.target.slice(0, -1) : request.target
    return { kind: 'redirect', status: HTTPS_REDIRECT_CODE, location: `https://${host.replace(/:\d+$/, '')}${target}` }
  }
  if (!mayAsk(rules, peer.address)) return { kind: 'page', status: 403 }
  return passTo(route, request, endpoints)
}

function passTo(route: Route, request: HttpRequest, index: EndpointIndex): Decision {
  const { location } = route
  const { backend } = location
  if (backend === undefined) return { kind: 'page', status: location.isDefault ? 404 : 503 }
  const target = rewrittenTarget(location, route.uri, request.target)
  const own = index.endpoints(backend)
  if (own.length > 0) return { kind: 'pass', backend, endpoints: own, target }
  const standIn = standInFor(route, index)
  const others = standIn === undefined ? [] : index.endpoints(standIn)
  if (standIn === undefined || others.length === 0) return { kind: 'page', status: 503 }
  return { kind: 'pass', backend: standIn, endpoints: others, target }
}

/** The annotation names a Service; its first port is meant. */
function standInFor({ location }: Route, index: EndpointIndex): Backend | undefined {
  const named = location.rules.defaultBackend
  if (named === undefined) return undefined
  const port = index.service(named.namespace, named.name)?.spec.ports?.[0]
  return port === undefined ? undefined : serviceBackend(named.namespace, named.name, port.name ?? port.port)
}
