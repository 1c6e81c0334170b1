// The headers a server behind traefik gets: the client's without those for one hop, and X-Forwarded-* anew. What an untrusted client
// claims about its way is dropped; who is trusted is kept and added to. v1.7 trusts everybody unless told otherwise.
// Source: traefik pkg/middlewares/forwardedheaders/forwarded_header.go, pkg/proxy/httputil/proxy.go; Go httputil.ReverseProxy.

import {
  headerValue,
  type HeaderList,
  type HttpRequest,
  passedLength,
  type Peer,
  takesTrailers,
} from '../http/message.ts'
import { isListed } from '../nginx/source-filter.ts'
import type { Frontend } from '../nginx/index.ts'

export interface TrustRules {
  readonly insecure: boolean
  /** Networks in CIDR notation. */
  readonly trusted: readonly string[]
}

const MANAGED: ReadonlySet<string> = new Set(
  ['proto', 'for', 'host', 'port', 'server', 'uri', 'method', 'prefix', 'tls-client-cert', 'tls-client-cert-info']
    .map((name) => `x-forwarded-${name}`)
    .concat('x-real-ip'),
)
const ONE_HOP: ReadonlySet<string> = new Set(
  ['connection', 'proxy-connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer'].concat(
    ['transfer-encoding', 'upgrade', 'host', 'content-length'],
  ),
)

export interface ForwardedFacts {
  readonly peer: Peer
  readonly frontend: Frontend
  /** Host header the server gets. */
  readonly host: string
  /** traefik's pod. */
  readonly hostname: string
  readonly trust: TrustRules
}

export function forwardedHeaders(request: HttpRequest, facts: ForwardedFacts): HeaderList {
  const { peer, frontend, host, hostname, trust } = facts
  const isTrusted = trust.insecure || (trust.trusted.length > 0 && isListed(trust.trusted, peer.address))
  const upgrade = headerValue(request.headers, 'upgrade')
  const isWebSocket = upgrade?.toLowerCase() === 'websocket'
  const named = new Set(connectionWords(request.headers))
  const kept: [string, string][] = []
  const claimed = new Map<string, string>()
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase()
    if (MANAGED.has(key.replaceAll('_', '-'))) {
      // Trusted headers of one name become one.
      if (!isTrusted) continue
      const before = claimed.get(key)
      claimed.set(key, before === undefined ? value : key === 'x-forwarded-for' ? `${before}, ${value}` : before)
    } else if (!ONE_HOP.has(key) && !named.has(key)) kept.push([name, value])
  }
  const proto = claimed.get('x-forwarded-proto') ?? schemeOf(frontend, isWebSocket)
  const asked = headerValue(request.headers, 'host') ?? ''
  const before = claimed.get('x-forwarded-for')
  const managed: [string, string][] = [
    ['X-Forwarded-For', before === undefined ? peer.address : `${before}, ${peer.address}`],
    ['X-Forwarded-Host', claimed.get('x-forwarded-host') ?? asked],
    ['X-Forwarded-Port', claimed.get('x-forwarded-port') ?? portOf(asked, proto)],
    ['X-Forwarded-Proto', proto],
    ['X-Forwarded-Server', hostname],
    ['X-Real-Ip', claimed.get('x-real-ip') ?? peer.address],
  ]
  for (const name of ['X-Forwarded-Uri', 'X-Forwarded-Method', 'X-Forwarded-Prefix']) {
    const value = claimed.get(name.toLowerCase())
    if (value !== undefined) managed.push([name, value])
  }
  const length = passedLength(request)
  return [
    ['Host', host],
    ...kept,
    ...(length === undefined ? [] : ([['Content-Length', length]] as const)),
    ...(takesTrailers(request.headers) ? ([['Te', 'trailers']] as const) : []),
    ...(upgrade === undefined
      ? []
      : ([
          ['Connection', 'Upgrade'],
          ['Upgrade', upgrade],
        ] as const)),
    ...managed,
  ]
}

/** What Connection says is for one hop. */
function connectionWords(headers: HeaderList): readonly string[] {
  return headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((word) => word.trim().toLowerCase()))
}

function schemeOf({ scheme }: Frontend, isWebSocket: boolean): string {
  if (!isWebSocket) return scheme
  return scheme === 'https' ? 'wss' : 'ws'
}

function portOf(host: string, proto: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? (proto === 'https' || proto === 'wss' ? '443' : '80')
}
