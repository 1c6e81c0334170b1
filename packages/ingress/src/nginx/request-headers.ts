// The headers the backend gets: those the controller sets, in its template's order, then the client's own that are neither set
// nor hop-by-hop. Source: ingress-nginx rootfs/etc/nginx/template/nginx.tmpl (use-forwarded-headers off).

import {
  headerValue,
  type HeaderList,
  type HttpRequest,
  passedLength,
  type Peer,
  takesTrailers,
} from '../http/message.ts'
import type { LocationRules } from './annotations/location-rules.ts'
import { isGrpc } from './annotations/upstream.ts'

export interface Frontend {
  /** How the client came in. */
  readonly scheme: 'http' | 'https'
  readonly port: number
}

/** Lower case. Set by the controller, or meant for one hop only. */
const REPLACED: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'upgrade',
  'proxy',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'content-length',
  'x-request-id',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-scheme',
  'x-scheme',
  'x-original-forwarded-for',
])

export function backendHeaders(
  request: HttpRequest,
  rules: LocationRules,
  peer: Peer,
  frontend: Frontend,
  requestId: () => string,
): HeaderList {
  const host = headerValue(request.headers, 'host') ?? ''
  const upgrade = headerValue(request.headers, 'upgrade')
  const forwardedFor = headerValue(request.headers, 'x-forwarded-for')
  const headers: [string, string][] = [['Host', rules.upstreamVhost ?? host]]
  if (upgrade !== undefined) headers.push(['Upgrade', upgrade], ['Connection', 'upgrade'])
  headers.push(
    ['X-Request-ID', headerValue(request.headers, 'x-request-id') ?? requestId()],
    ['X-Real-IP', peer.address],
    ['X-Forwarded-For', peer.address],
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Port', String(frontend.port)],
    ['X-Forwarded-Proto', frontend.scheme],
    ['X-Forwarded-Scheme', frontend.scheme],
    ['X-Scheme', frontend.scheme],
  )
  if (forwardedFor !== undefined) headers.push(['X-Original-Forwarded-For', forwardedFor])
  const length = passedLength(request)
  if (length !== undefined) headers.push(['Content-Length', length])
  if (isGrpc(rules.upstream.protocol) && takesTrailers(request.headers)) headers.push(['TE', 'trailers'])
  for (const [name, value] of request.headers) if (!REPLACED.has(name.toLowerCase())) headers.push([name, value])
  return headers
}
