// Cross-origin requests: whose are let in, what the answers say about it, and the preflights nginx answers itself.
// Source: ingress-nginx rootfs/etc/nginx/template/nginx.tmpl (CORS), internal/ingress/controller/template (buildCorsOriginRegex).

import { headerValue, type HeaderList, type HttpRequest } from '../http/message.ts'
import type { CorsRules } from './annotations/cors.ts'

export function isPreflight(cors: CorsRules, request: HttpRequest): boolean {
  return request.method === 'OPTIONS' && allowedOrigin(cors, request) !== undefined
}

/** What every answer of the location says; nothing to origins that are not let in. */
export function corsHeaders(cors: CorsRules, request: HttpRequest): HeaderList {
  const origin = allowedOrigin(cors, request)
  if (origin === undefined) return []
  return [
    // An empty value is not sent.
    ...(origin === '' ? [] : [['Access-Control-Allow-Origin', origin] as const]),
    ...(cors.credentials ? [['Access-Control-Allow-Credentials', 'true'] as const] : []),
    ['Access-Control-Allow-Methods', cors.methods],
    ['Access-Control-Allow-Headers', cors.headers],
    ...(cors.exposeHeaders === '' ? [] : [['Access-Control-Expose-Headers', cors.exposeHeaders] as const]),
    ['Access-Control-Max-Age', String(cors.maxAge)],
  ]
}

/** The value of Access-Control-Allow-Origin; undefined: this origin is not let in. */
function allowedOrigin(cors: CorsRules, request: HttpRequest): string | undefined {
  if (!cors.enabled) return undefined
  if (cors.origins.includes('*')) return '*'
  const origin = headerValue(request.headers, 'origin') ?? ''
  return cors.origins.some((allowed) => isOrigin(allowed, origin)) ? origin : undefined
}

/** A star stands for one label. */
function isOrigin(allowed: string, origin: string): boolean {
  const star = allowed.indexOf('*.')
  if (star < 0) return allowed.toLowerCase() === origin.toLowerCase()
  const [before, after] = [allowed.slice(0, star).toLowerCase(), allowed.slice(star + 1).toLowerCase()]
  const given = origin.toLowerCase()
  if (!given.startsWith(before) || !given.endsWith(after)) return false
  return /^[a-z0-9-]+$/.test(given.slice(before.length, given.length - after.length))
}
