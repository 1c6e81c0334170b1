// nginx variables in annotation texts (`$request_uri`, `${host}`), as far as podwire has them.
// Source: nginx ngx_http_core_module variables; ingress-nginx util.lua (parse_complex_value), nginx.tmpl.

import { headerValue, type HttpRequest, type Peer } from '../http/message.ts'
import type { Frontend } from './request-headers.ts'

export interface VariableContext {
  readonly request: HttpRequest
  readonly peer: Peer
  readonly frontend: Frontend
  /** The normalised URI. */
  readonly uri: string
}

const VARIABLE = /\$(?:\{(\w+)\}|(\w+))/g

type Value = (context: VariableContext) => string

const header =
  (name: string): Value =>
  ({ request }) =>
    headerValue(request.headers, name) ?? ''

const query = (target: string): string => (target.includes('?') ? target.slice(target.indexOf('?') + 1) : '')
const hostOf = (text: string): string => text.replace(/:\d+$/, '').toLowerCase()

const VALUES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['request_uri', ({ request }) => request.target],
  ['escaped_request_uri', ({ request }) => encodeURIComponent(request.target)],
  ['uri', ({ uri }) => uri],
  ['document_uri', ({ uri }) => uri],
  ['args', ({ request }) => query(request.target)],
  ['query_string', ({ request }) => query(request.target)],
  ['host', ({ request }) => hostOf(headerValue(request.headers, 'host') ?? '')],
  ['http_host', header('host')],
  ['best_http_host', header('host')],
  ['remote_addr', ({ peer }) => peer.address],
  ['binary_remote_addr', ({ peer }) => peer.address],
  ['remote_port', ({ peer }) => String(peer.port)],
  ['server_port', ({ frontend }) => String(frontend.port)],
  ['scheme', ({ frontend }) => frontend.scheme],
  ['pass_access_scheme', ({ frontend }) => frontend.scheme],
  ['request_method', ({ request }) => request.method],
])

function valueOf(name: string): Value | undefined {
  if (name.startsWith('http_')) return header(name.slice('http_'.length).replaceAll('_', '-'))
  if (name.startsWith('cookie_')) return ({ request }) => cookieValue(request, name.slice('cookie_'.length)) ?? ''
  if (name.startsWith('arg_')) {
    return ({ request }) => new URLSearchParams(query(request.target)).get(name.slice('arg_'.length)) ?? ''
  }
  return VALUES.get(name)
}

/** The first variable of the text that podwire does not have. */
export function unknownVariable(text: string): string | undefined {
  for (const [, braced, bare] of text.matchAll(VARIABLE)) {
    const name = braced ?? bare ?? ''
    if (VALUES.get(name) === undefined && valueOf(name) === undefined) return name
  }
  return undefined
}

export function expandVariables(text: string, context: VariableContext): string {
  return text.replace(VARIABLE, (whole, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? ''
    const value = VALUES.get(name) ?? valueOf(name)
    return value === undefined ? whole : value(context)
  })
}

/** The first cookie of that name. */
export function cookieValue(request: HttpRequest, name: string): string | undefined {
  for (const [key, value] of request.headers) {
    if (key.toLowerCase() !== 'cookie') continue
    for (const pair of value.split(';')) {
      const equals = pair.indexOf('=')
      if (equals >= 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
    }
  }
  return undefined
}
