// What haproxy answers by itself, and the controller's own default backend. Header names are lower case, as haproxy writes them.
// Source: haproxy src/http.c (http_err_msgs), fasthttp's NotFound behind haproxytech/kubernetes-ingress --default-backend-port.

import type { HeaderList, HttpResponse } from '../http/message.ts'

const PAGES: ReadonlyMap<number, readonly [title: string, text: string]> = new Map([
  [400, ['400 Bad request', 'Your browser sent an invalid request.']],
  [403, ['403 Forbidden', 'Request forbidden by administrative rules.']],
  [502, ['502 Bad Gateway', 'The server returned an invalid or incomplete response.']],
  [503, ['503 Service Unavailable', 'No server is available to handle this request.']],
  [504, ['504 Gateway Time-out', "The server didn't respond in time."]],
])

export function haproxyPage(status: number): HttpResponse {
  const [title = String(status), text = ''] = PAGES.get(status) ?? []
  const body = new TextEncoder().encode(`<html><body><h1>${title}</h1>\n${text}\n</body></html>\n`)
  const headers: HeaderList = [
    ['content-length', String(body.length)],
    ['cache-control', 'no-cache'],
    ['content-type', 'text/html'],
  ]
  return { status, reason: '', headers, body }
}

export function haproxyRedirect(status: number, location: string): HttpResponse {
  const headers: HeaderList = [
    ['content-length', '0'],
    ['location', location],
    ...(status === 301 || status === 302 ? ([['cache-control', 'no-cache']] as const) : []),
  ]
  return { status, reason: '', headers, body: new Uint8Array() }
}

/** The default local service: 404 but for /healthz. */
export function localDefault(path: string, date: string): HttpResponse {
  const isHealth = path === '/healthz' || path === '/healtz'
  const body = new TextEncoder().encode(isHealth ? '' : 'Not Found')
  const headers: HeaderList = [
    ['date', date],
    ['content-type', 'text/plain; charset=utf-8'],
    ['content-length', String(body.length)],
    ...(isHealth ? ([['x-haproxy-ingress-controller', path.slice(1)]] as const) : []),
  ]
  return { status: isHealth ? 200 : 404, reason: '', headers, body }
}
