// enable-cors and cors-*: what other origins may do. Requests with OPTIONS are answered by nginx itself.
// Source: ingress-nginx internal/ingress/annotations/cors/main.go (defaults, patterns).

import { settingOf, switchOf, type Annotation } from './annotation.ts'

export interface CorsRules {
  readonly enabled: boolean
  /** `*`, or origins such as `https://*.example.com:8443`; none: nobody is let in. */
  readonly origins: readonly string[]
  readonly methods: string
  readonly headers: string
  readonly credentials: boolean
  readonly exposeHeaders: string
  readonly maxAge: number
}

export const NO_CORS: CorsRules = {
  enabled: false,
  origins: ['*'],
  methods: 'GET, PUT, POST, DELETE, PATCH, OPTIONS',
  headers:
    'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization',
  credentials: true,
  exposeHeaders: '',
  maxAge: 1_728_000,
}

const ORIGIN = /^(?:[a-z]+:\/\/(?:\*\.)?[\w.-]*(?::\d+)?|\*|null)$/

const setting = (name: string, read: (text: string) => Partial<CorsRules> | string): Annotation =>
  settingOf('cors', name, read)

const flag = (name: string, change: (value: boolean) => Partial<CorsRules>): Annotation =>
  switchOf('cors', name, change)

export const CORS: readonly Annotation[] = [
  flag('enable-cors', (enabled) => ({ enabled })),
  setting('cors-allow-origin', (text) => {
    const origins = text
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== '')
    if (origins.includes('*')) return { origins: ['*'] }
    const bad = origins.find((origin) => !ORIGIN.test(origin))
    return bad === undefined ? { origins } : `${JSON.stringify(bad)} is no origin such as https://example.com`
  }),
  setting('cors-allow-methods', (text) =>
    /^(?:[A-Za-z]+,?\s?)+$/.test(text) ? { methods: text } : 'must be a list of methods',
  ),
  setting('cors-allow-headers', (text) =>
    /^[\w, -]*$/.test(text) ? { headers: text } : 'must be a list of header names',
  ),
  setting('cors-expose-headers', (text) =>
    /^(?:(?:[\w-]+|\*),?\s?)+$/.test(text) ? { exposeHeaders: text } : 'must be a list of header names',
  ),
  flag('cors-allow-credentials', (credentials) => ({ credentials })),
  setting('cors-max-age', (text) => (/^-?\d+$/.test(text) ? { maxAge: Number(text) } : 'must be a number of seconds')),
]
