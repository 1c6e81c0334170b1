// The cookie that keeps a client with its endpoint: `KEY|BACKEND`, where KEY is what the ring or the table of endpoints is asked
// for and BACKEND says which backend (the primary or its canary) it belongs to.
// Source: ingress-nginx rootfs/etc/nginx/lua/balancer/sticky.lua, lua-resty-cookie (order of attributes).

import { createHash } from 'node:crypto'
import type { HttpRequest } from '../http/message.ts'
import type { CookieAffinity } from '../nginx/annotations/cookie-affinity.ts'
import { cookieValue } from '../nginx/variables.ts'
import { httpDate } from '../nginx/error-page.ts'

export interface SessionKey {
  readonly key: string
  readonly backend: string
}

export function readSession(request: HttpRequest, affinity: CookieAffinity): SessionKey | undefined {
  const value = cookieValue(request, affinity.name)
  if (value === undefined || value === '') return undefined
  const [key = '', backend = ''] = value.split('|')
  return { key, backend }
}

/** What the cookie calls a backend. */
export function backendKey(name: string): string {
  return md5(md5(name) + name)
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

export interface CookieContext {
  readonly affinity: CookieAffinity
  readonly backend: string
  /** As the Ingress has it. */
  readonly locationPath: string
  readonly https: boolean
  readonly nowMs: number
}

/** The value of Set-Cookie. */
export function sessionCookie(key: string, context: CookieContext): string {
  const { affinity, backend, locationPath, https, nowMs } = context
  const { expires, maxAge, domain, sameSite, secure } = affinity
  return [
    `${affinity.name}=${key}|${backendKey(backend)}`,
    ...(expires === undefined ? [] : [`Expires=${cookieTime(nowMs + expires * 1000)}`]),
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    `Path=${affinity.path ?? locationPath}`,
    ...((secure ?? https) ? ['Secure'] : []),
    'HttpOnly',
    ...(sameSite === undefined ? [] : [`SameSite=${sameSite}`]),
  ].join('; ')
}

/** nginx writes cookies' dates with dashes and two digits of the year: `Thu, 01-Jan-26 00:00:10 GMT`. */
function cookieTime(ms: number): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = httpDate(ms).replace(',', '').split(' ')
  return `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`
}
