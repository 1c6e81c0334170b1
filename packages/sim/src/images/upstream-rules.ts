// How the proxies of ingress controllers keep connections to endpoints, and what they do when one was closed while a request was under
// way to it. Sources: ingress-nginx docs/user-guide/nginx-configuration/configmap.md (upstream-keepalive-*), nginx
// ngx_http_upstream_keepalive_module.c and ngx_http_upstream_next (a failed cached connection costs no try); traefik ServersTransport
// (maxIdleConnsPerHost, forwardingTimeouts.idleConnTimeout), Go net/http transport.go (shouldRetryRequest, isReplayable); HAProxy
// configuration manual (http-reuse safe, pool-purge-delay), http_ana.c (abort_keep_alive).
// Departure: of haproxy's idle connections half of the surplus goes every 5 s; here each goes when it was idle for 5 s.

import { HOUR, SECOND } from '@podwire/engine'
import type { ReuseRules } from '../http/idle-connections.ts'
import { headerValue, type HttpRequest } from '../http/message.ts'

export interface UpstreamRules {
  readonly reuse: ReuseRules
  /** The first request of a client's connection never goes out on a connection that was used before. */
  readonly freshFirst: boolean
  /**
   * A used connection broke before its answer: the next endpoint without counting a try; the same endpoint on another connection, where
   * the request may be sent twice; or the client's connection is closed too, so that the client repeats the request.
   */
  readonly stale: 'next' | 'again' | 'hang-up'
}

export const NGINX_UPSTREAM: UpstreamRules = {
  reuse: { idlePerPlace: Infinity, idle: 320, idleTimeoutUs: 60 * SECOND, requests: 10_000, ageUs: HOUR },
  freshFirst: false,
  stale: 'next',
}

export const TRAEFIK_UPSTREAM: UpstreamRules = {
  reuse: { idlePerPlace: 200, idle: Infinity, idleTimeoutUs: 90 * SECOND, requests: Infinity, ageUs: Infinity },
  freshFirst: false,
  stale: 'again',
}

export const HAPROXY_UPSTREAM: UpstreamRules = {
  reuse: { idlePerPlace: Infinity, idle: Infinity, idleTimeoutUs: 5 * SECOND, requests: Infinity, ageUs: Infinity },
  freshFirst: true,
  stale: 'hang-up',
}

const REPLAYABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Go's transport would send it once more. */
export function isReplayable({ method, headers, body }: HttpRequest): boolean {
  if (body.length > 0) return false
  if (REPLAYABLE.has(method)) return true
  return (headerValue(headers, 'idempotency-key') ?? headerValue(headers, 'x-idempotency-key')) !== undefined
}
