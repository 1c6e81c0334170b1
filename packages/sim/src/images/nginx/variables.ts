// nginx's variables in texts: $host, ${request_uri}, $http_user_agent … Unknown ones are empty.

import { headerValue, type HttpRequest } from '../../http/message.ts'
import { pathOf, queryOf } from '../responses.ts'

export interface RequestFacts {
  readonly request: HttpRequest
  readonly peer: string
  readonly port: number
  readonly hostname: string
  /** Host and port of the proxied server. */
  readonly proxyHost: string
}

export function expandVariables(text: string, facts: RequestFacts): string {
  if (!text.includes('$')) return text
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_all, braced?: string, bare?: string) =>
    valueOf(braced ?? bare ?? '', facts),
  )
}

function valueOf(name: string, { request, peer, port, hostname, proxyHost }: RequestFacts): string {
  const host = headerValue(request.headers, 'host') ?? ''
  if (name.startsWith('http_')) return headerValue(request.headers, name.slice(5).replaceAll('_', '-')) ?? ''
  if (name.startsWith('arg_')) return queryOf(request.target).get(name.slice(4)) ?? ''
  switch (name) {
    case 'host':
      return host.replace(/:\d+$/, '').toLowerCase()
    case 'uri':
    case 'document_uri':
      return pathOf(request.target)
    case 'request_uri':
      return request.target
    case 'args':
    case 'query_string':
      return request.target.split('?')[1] ?? ''
    case 'remote_addr':
      return peer
    case 'proxy_add_x_forwarded_for': {
      const before = request.headers.filter(([header]) => header.toLowerCase() === 'x-forwarded-for')
      return [...before.map(([, value]) => value), peer].join(', ')
    }
    case 'request_method':
      return request.method
    case 'server_port':
      return String(port)
    case 'scheme':
      return 'http'
    case 'hostname':
      return hostname
    case 'proxy_host':
      return proxyHost
    default:
      return ''
  }
}
