// What traefik answers by itself: Go's short texts, no Server header. Source: Go net/http (NotFound, Error), traefik
// pkg/proxy/httputil/proxy.go (ErrorHandler), pkg/server/service/loadbalancer/wrr/wrr.go.

import type { HeaderList, HttpResponse } from '../http/message.ts'

const TEXTS: ReadonlyMap<number, string> = new Map([
  [400, ''],
  [403, 'Forbidden'],
  [404, '404 page not found\n'],
  [500, 'Internal Server Error'],
  [502, 'Bad Gateway'],
  [503, 'no available server\n'],
  [504, 'Gateway Timeout'],
])

/** Written with http.Error, which adds X-Content-Type-Options. */
const AS_ERROR: ReadonlySet<number> = new Set([404, 503])

/** @param text default the status's own */
export function goAnswer(status: number, date: string, text = TEXTS.get(status) ?? ''): HttpResponse {
  const body = new TextEncoder().encode(text)
  const headers: HeaderList = [
    ...(text === '' ? [] : ([['Content-Type', 'text/plain; charset=utf-8']] as const)),
    ...(AS_ERROR.has(status) ? ([['X-Content-Type-Options', 'nosniff']] as const) : []),
    ['Date', date],
    ['Content-Length', String(body.length)],
  ]
  return { status, reason: '', headers, body }
}
