// auth-url: another server is asked whether a request may pass. 2xx lets it pass, 401 and 403 are passed on (401 may become a
// redirect to a sign-in page), anything else is an error.
// Source: nginx ngx_http_auth_request_module.c; ingress-nginx rootfs/etc/nginx/template/nginx.tmpl, template.go (buildAuthSignURL).

import { headerValue, type HeaderList, type HttpRequest, type HttpResponse } from '../http/message.ts'
import type { ExternalAuth } from './annotations/authentication.ts'
import { expandVariables, type VariableContext } from './variables.ts'

export interface SubRequest {
  /** `http://auth.example.com/check?x=1` */
  readonly url: string
  readonly request: HttpRequest
}

/** Not passed to the server that is asked: they are about the body, or set anew. */
const REPLACED: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'x-forwarded-proto',
  'x-request-id',
  'x-original-url',
  'x-original-method',
  'x-sent-from',
  'x-real-ip',
  'x-forwarded-for',
  'x-auth-request-redirect',
])

export function authRequest(auth: ExternalAuth, context: VariableContext, requestId: string): SubRequest {
  const { request, peer } = context
  const url = expandVariables(auth.url, context)
  const { pathname, search, host } = new URL(url)
  const own = request.headers.filter(([name]) => !REPLACED.has(name.toLowerCase()))
  const more: HeaderList =
    auth.method === undefined
      ? []
      : [
          ['X-Original-URI', request.target],
          ['X-Scheme', context.frontend.scheme],
        ]
  const headers: HeaderList = [
    ['X-Request-ID', requestId],
    ...more,
    ['Host', host],
    ['X-Original-URL', expandVariables('$scheme://$http_host$request_uri', context)],
    ['X-Original-Method', request.method],
    ['X-Sent-From', 'nginx-ingress-controller'],
    ['X-Real-IP', peer.address],
    ['X-Forwarded-For', peer.address],
    [
      'X-Auth-Request-Redirect',
      auth.requestRedirect === undefined ? request.target : expandVariables(auth.requestRedirect, context),
    ],
    ...own,
  ]
  const method = auth.method ?? 'GET'
  return { url, request: { method, target: pathname + search, version: '1.1', headers, body: new Uint8Array() } }
}

export type AuthVerdict =
  | { readonly kind: 'pass'; readonly headers: HeaderList; readonly cookies: HeaderList }
  | { readonly kind: 'page'; readonly status: number; readonly headers: HeaderList }
  | { readonly kind: 'redirect'; readonly location: string; readonly headers: HeaderList }

/** @param response undefined: the server could not be asked */
export function authVerdict(
  auth: ExternalAuth,
  response: HttpResponse | undefined,
  context: VariableContext,
): AuthVerdict {
  const cookies = (response?.headers ?? []).filter(([name]) => name.toLowerCase() === 'set-cookie')
  if (response !== undefined && response.status >= 200 && response.status < 300) {
    const headers = auth.responseHeaders.flatMap((name): HeaderList => {
      const value = headerValue(response.headers, name)
      return value === undefined ? [] : [[name, value]]
    })
    return { kind: 'pass', headers, cookies }
  }
  if (response?.status === 401 && auth.signin !== undefined) {
    return { kind: 'redirect', location: signinUrl(auth.signin, auth.redirectParameter, context), headers: cookies }
  }
  const kept = auth.alwaysSetCookie ? cookies : []
  if (response?.status === 403) return { kind: 'page', status: 403, headers: kept }
  if (response?.status !== 401) return { kind: 'page', status: 500, headers: [] }
  const challenge = headerValue(response.headers, 'www-authenticate')
  const shown: HeaderList = challenge === undefined ? [] : [['WWW-Authenticate', challenge]]
  return { kind: 'page', status: 401, headers: [...shown, ...kept] }
}

/** The page gets to know where to come back to, unless its URL says so already. */
function signinUrl(signin: string, parameter: string, context: VariableContext): string {
  const url = expandVariables(signin, context)
  const back = expandVariables(`${parameter}=$pass_access_scheme://$http_host$escaped_request_uri`, context)
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : undefined
  if (query === undefined) return `${url}?${back}`
  return new URLSearchParams(query).has(parameter) ? url : `${url}&${back}`
}
