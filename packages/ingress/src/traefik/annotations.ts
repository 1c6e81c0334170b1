// traefik's annotations: `traefik.ingress.kubernetes.io/router.…` on Ingresses and `…/service.…` on Services. What is not simulated,
// and what is unknown, comes back as a warning. A middleware nobody can provide takes its router away, as in the real one.
// Source: traefik pkg/provider/kubernetes/ingress/annotations.go, docs reference/routing-configuration/kubernetes/ingress.md.

import type { Service } from '@podwire/apiserver'
import type { ControllerWarning } from '../controller/controller-process.ts'

export const TRAEFIK_PREFIX = 'traefik.ingress.kubernetes.io/'

export interface RouterAnnotations {
  readonly entryPoints: readonly string[] | undefined
  readonly priority: number | undefined
  readonly pathMatcher: 'Path' | 'PathPrefix' | 'PathRegexp' | undefined
  readonly tls: boolean
  readonly syntax: 'v2' | 'v3' | undefined
  /** The router cannot be made. */
  readonly broken: boolean
  readonly warnings: readonly ControllerWarning[]
}

type RouterDraft = { -readonly [K in keyof Omit<RouterAnnotations, 'warnings'>]: RouterAnnotations[K] }

/** Undefined: read. Else what is wrong. */
type Reader<T> = (text: string, draft: T) => string | undefined

const truth = (text: string): boolean | undefined =>
  /^(?:1|t|true)$/i.test(text) ? true : /^(?:0|f|false)$/i.test(text) ? false : undefined
const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const ROUTER: ReadonlyMap<string, Reader<RouterDraft>> = new Map<string, Reader<RouterDraft>>([
  ['router.entrypoints', (text, draft) => void (draft.entryPoints = list(text))],
  [
    'router.priority',
    (text, draft) => {
      if (!/^-?\d+$/.test(text)) return broken(draft, 'must be a whole number')
      draft.priority = Number(text)
      return undefined
    },
  ],
  [
    'router.pathmatcher',
    (text, draft) => {
      if (text !== 'Path' && text !== 'PathPrefix' && text !== 'PathRegexp') {
        return broken(draft, 'must be one of Path, PathPrefix, PathRegexp')
      }
      draft.pathMatcher = text
      return undefined
    },
  ],
  [
    'router.rulesyntax',
    (text, draft) => {
      if (text !== 'v2' && text !== 'v3') return broken(draft, 'must be v2 or v3')
      draft.syntax = text
      return undefined
    },
  ],
  [
    'router.tls',
    (text, draft) => {
      const value = truth(text)
      draft.tls = value ?? false
      return value === undefined ? 'must be true or false' : undefined
    },
  ],
  [
    'router.middlewares',
    (_text, draft) => broken(draft, 'names middlewares, which are not simulated: without them the router is not there'),
  ],
])

function broken(draft: RouterDraft, problem: string): string {
  draft.broken = true
  return problem
}

export function readRouterAnnotations(annotations: Readonly<Record<string, string>>): RouterAnnotations {
  const draft: RouterDraft = {
    entryPoints: undefined,
    priority: undefined,
    pathMatcher: undefined,
    tls: false,
    syntax: undefined,
    broken: false,
  }
  const warnings = read(annotations, ROUTER, draft, (name) => {
    // Any option below it turns TLS on.
    if (name.startsWith('router.tls.')) draft.tls = true
  })
  return { ...draft, warnings }
}

/** `h2c`: HTTP/2 without TLS. */
export type ServersScheme = 'http' | 'https' | 'h2c'

export interface ServiceAnnotations {
  readonly passHostHeader: boolean
  readonly scheme: ServersScheme | undefined
  readonly nativeLb: boolean | undefined
  readonly sticky: StickyCookie | undefined
  readonly warnings: readonly ControllerWarning[]
}

export interface StickyCookie {
  /** '' is traefik's own name for the Service. */
  readonly name: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: 'None' | 'Lax' | 'Strict' | undefined
  readonly maxAge: number
  readonly path: string
  readonly domain: string
  /** v1.7: the value is the server's URL; later a hash of it. */
  readonly plain: boolean
}

type StickyDraft = { -readonly [K in keyof StickyCookie]: StickyCookie[K] }
type ServiceDraft = {
  -readonly [K in keyof Omit<ServiceAnnotations, 'warnings' | 'sticky'>]: ServiceAnnotations[K]
} & {
  sticky: StickyDraft | undefined
}

const NO_COOKIE: StickyCookie = {
  name: '',
  secure: false,
  httpOnly: false,
  sameSite: undefined,
  maxAge: 0,
  path: '/',
  domain: '',
  plain: false,
}

/** Each option makes the cookie, as traefik's labels do. */
const cookie =
  (set: (text: string, cookie: StickyDraft) => string | undefined | void): Reader<ServiceDraft> =>
  (text, draft) => {
    draft.sticky ??= { ...NO_COOKIE }
    return set(text, draft.sticky) ?? undefined
  }

const flag =
  <T>(set: (value: boolean, draft: T) => void): Reader<T> =>
  (text, draft) => {
    const value = truth(text)
    if (value === undefined) return 'must be true or false'
    set(value, draft)
    return undefined
  }

const SERVICE: ReadonlyMap<string, Reader<ServiceDraft>> = new Map<string, Reader<ServiceDraft>>([
  ['service.passhostheader', flag((value, draft) => void (draft.passHostHeader = value))],
  ['service.nativelb', flag((value, draft) => void (draft.nativeLb = value))],
  [
    'service.serversscheme',
    (text, draft) => {
      if (text !== 'http' && text !== 'https' && text !== 'h2c') return 'must be http, https or h2c'
      draft.scheme = text
      return undefined
    },
  ],
  [
    'service.sticky.cookie',
    flag((value, draft) => void (draft.sticky = value ? (draft.sticky ?? { ...NO_COOKIE }) : undefined)),
  ],
  ['service.sticky.cookie.name', cookie((text, draft) => void (draft.name = text))],
  ['service.sticky.cookie.path', cookie((text, draft) => void (draft.path = text))],
  ['service.sticky.cookie.domain', cookie((text, draft) => void (draft.domain = text))],
  [
    'service.sticky.cookie.secure',
    cookie((text, draft) => flag<StickyDraft>((v, d) => void (d.secure = v))(text, draft)),
  ],
  [
    'service.sticky.cookie.httponly',
    cookie((text, draft) => flag<StickyDraft>((v, d) => void (d.httpOnly = v))(text, draft)),
  ],
  [
    'service.sticky.cookie.samesite',
    cookie((text, draft) => {
      const known = (['None', 'Lax', 'Strict'] as const).find((name) => name.toLowerCase() === text.toLowerCase())
      if (known === undefined) return 'must be none, lax or strict'
      draft.sameSite = known
      return undefined
    }),
  ],
  [
    'service.sticky.cookie.maxage',
    cookie((text, draft) => {
      if (!/^-?\d+$/.test(text)) return 'must be a whole number'
      draft.maxAge = Number(text)
      return undefined
    }),
  ],
])

export function readServiceAnnotations({ metadata }: Pick<Service, 'metadata'>): ServiceAnnotations {
  const draft: ServiceDraft = {
    passHostHeader: true,
    scheme: undefined,
    nativeLb: undefined,
    sticky: undefined,
  }
  const warnings = read(metadata.annotations ?? {}, SERVICE, draft)
  return { ...draft, warnings }
}

/** Names are read without regard to case, as traefik's labels are. */
function read<T>(
  annotations: Readonly<Record<string, string>>,
  readers: ReadonlyMap<string, Reader<T>>,
  draft: T,
  unknown: (name: string) => void = () => undefined,
): readonly ControllerWarning[] {
  const warnings: ControllerWarning[] = []
  for (const [key, text] of Object.entries(annotations)) {
    if (!key.startsWith(TRAEFIK_PREFIX)) continue
    const name = key.slice(TRAEFIK_PREFIX.length).toLowerCase()
    const reader = readers.get(name)
    if (reader === undefined) {
      unknown(name)
      warnings.push({
        reason: 'UnsupportedAnnotation',
        message: `annotation ${key} is not simulated and has no effect`,
      })
      continue
    }
    const problem = reader(text.trim(), draft)
    if (problem === undefined) continue
    const message = `annotation ${key}: ${JSON.stringify(text)} ${problem}`
    warnings.push({ reason: 'InvalidAnnotation', message })
  }
  return warnings
}
