// affinity and session-cookie-*: a client keeps its endpoint by a cookie. Only paths of the Ingress that has the annotation set
// the cookie. Source: ingress-nginx internal/ingress/annotations/sessionaffinity/main.go.

import { settingOf, switchOf, type Annotation } from './annotation.ts'

export interface CookieAffinity {
  readonly enabled: boolean
  /** `balanced` shares sessions anew when endpoints come and go, `persistent` keeps each as long as its endpoint lives. */
  readonly mode: 'balanced' | 'persistent'
  /** `sticky`: who was served by a canary stays with it; `legacy`: canaries do not look at the cookie. */
  readonly canaryBehavior: 'sticky' | 'legacy'
  readonly name: string
  /** Default: the location's path. */
  readonly path: string | undefined
  readonly domain: string | undefined
  readonly sameSite: string | undefined
  /** Seconds from now. */
  readonly expires: number | undefined
  readonly maxAge: number | undefined
  /** Default: when the request came by TLS. */
  readonly secure: boolean | undefined
  readonly changeOnFailure: boolean
}

export const NO_AFFINITY: CookieAffinity = {
  enabled: false,
  mode: 'balanced',
  canaryBehavior: 'sticky',
  name: 'INGRESSCOOKIE',
  path: undefined,
  domain: undefined,
  sameSite: undefined,
  expires: undefined,
  maxAge: undefined,
  secure: undefined,
  changeOnFailure: false,
}

const setting = (name: string, read: (text: string) => Partial<CookieAffinity> | string): Annotation =>
  settingOf('affinity', name, read)

const flag = (name: string, change: (value: boolean) => Partial<CookieAffinity>): Annotation =>
  switchOf('affinity', name, change)

const seconds = (text: string): number | undefined => (/^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : undefined)
const SAME_SITE: ReadonlyMap<string, string> = new Map([
  ['none', 'None'],
  ['lax', 'Lax'],
  ['strict', 'Strict'],
])

export const COOKIE_AFFINITY: readonly Annotation[] = [
  setting('affinity', (text) => (text === 'cookie' ? { enabled: true } : 'must be cookie')),
  setting('affinity-mode', (text) =>
    text === 'balanced' || text === 'persistent' ? { mode: text } : 'must be balanced or persistent',
  ),
  setting('affinity-canary-behavior', (text) =>
    text === 'sticky' || text === 'legacy' ? { canaryBehavior: text } : 'must be sticky or legacy',
  ),
  setting('session-cookie-name', (text) =>
    /^[\w.~/:-]+$/.test(text) ? { name: text } : 'must be a name of letters, digits and -._~',
  ),
  setting('session-cookie-path', (text) => (text.startsWith('/') ? { path: text } : 'must be an absolute path')),
  setting('session-cookie-domain', (text) => (/^[\w.-]+$/.test(text) ? { domain: text } : 'must be a domain')),
  setting('session-cookie-samesite', (text) => {
    const sameSite = SAME_SITE.get(text.toLowerCase())
    return sameSite === undefined ? 'must be None, Lax or Strict' : { sameSite }
  }),
  setting('session-cookie-expires', (text) => {
    const expires = seconds(text)
    return expires === undefined ? 'must be a number of seconds' : { expires }
  }),
  setting('session-cookie-max-age', (text) => {
    const maxAge = seconds(text)
    return maxAge === undefined ? 'must be a number of seconds' : { maxAge }
  }),
  flag('session-cookie-secure', (secure) => ({ secure })),
  flag('session-cookie-change-on-failure', (changeOnFailure) => ({ changeOnFailure })),
]
