// haproxytech's annotations, under each of their prefixes. Those of requests count where an Ingress has them; those of backends on
// the Service first, then on the Ingress. What is not simulated or cannot be read comes back as a warning.
// Source: haproxytech/kubernetes-ingress documentation/annotations.md, pkg/annotations.

import type { ControllerWarning } from '../controller/controller-process.ts'
import { readRanges } from '../nginx/annotations/source-range.ts'

type Annotations = Readonly<Record<string, string>>

const PREFIXES = ['haproxy.org/', 'ingress.kubernetes.io/', 'haproxy.com/']

export interface RequestRules {
  readonly allowed: readonly string[] | undefined
  readonly denied: readonly string[]
  readonly setHost: string | undefined
  readonly setRequestHeaders: readonly (readonly [name: string, value: string])[]
  readonly setResponseHeaders: readonly (readonly [name: string, value: string])[]
  readonly rewrites: readonly { readonly pattern: RegExp; readonly replacement: string }[]
  /** `https://other.example.com`, or a host with the request's scheme. */
  readonly redirect: string | undefined
  readonly redirectCode: number
  /** Undefined: as the Ingress has TLS. */
  readonly sslRedirect: boolean | undefined
  readonly sslRedirectCode: number
  readonly sslRedirectPort: number
}

export interface BackendRules {
  readonly https: boolean
  /** Without negotiation. */
  readonly http2: boolean
  readonly forwardedFor: boolean
  readonly serverTimeoutMs: number
  /** Cookie name; values name the server, or are a hash of it. */
  readonly cookie: { readonly name: string; readonly dynamic: boolean } | undefined
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }
type Reader<T> = (text: string, draft: Draft<T>) => string | undefined

export const NO_REQUEST_RULES: RequestRules = {
  allowed: undefined,
  denied: [],
  setHost: undefined,
  setRequestHeaders: [],
  setResponseHeaders: [],
  rewrites: [],
  redirect: undefined,
  redirectCode: 302,
  sslRedirect: undefined,
  sslRedirectCode: 302,
  sslRedirectPort: 8443,
}

const DEFAULT_BACKEND: BackendRules = {
  https: false,
  http2: false,
  forwardedFor: true,
  serverTimeoutMs: 50_000,
  cookie: undefined,
}

const deny: Reader<RequestRules> = (text, draft) => readRanges(text, (ranges) => (draft.denied = ranges))
const allow: Reader<RequestRules> = (text, draft) => readRanges(text, (ranges) => (draft.allowed = ranges))

const REQUEST: ReadonlyMap<string, Reader<RequestRules>> = new Map<string, Reader<RequestRules>>([
  ['deny-list', deny],
  ['blacklist', deny],
  ['allow-list', allow],
  ['whitelist', allow],
  ['set-host', (text, draft) => void (draft.setHost = text)],
  ['request-set-header', (text, draft) => readHeaders(text, (headers) => (draft.setRequestHeaders = headers))],
  ['response-set-header', (text, draft) => readHeaders(text, (headers) => (draft.setResponseHeaders = headers))],
  ['path-rewrite', readRewrites],
  ['request-redirect', (text, draft) => void (draft.redirect = text)],
  ['request-redirect-code', code([301, 302, 303, 307, 308], (value, draft) => (draft.redirectCode = value))],
  ['ssl-redirect', truth((value, draft) => (draft.sslRedirect = value))],
  ['ssl-redirect-code', code([301, 302, 303], (value, draft) => (draft.sslRedirectCode = value))],
  ['ssl-redirect-port', code(undefined, (value, draft) => (draft.sslRedirectPort = value))],
])

const BACKEND: ReadonlyMap<string, Reader<BackendRules>> = new Map<string, Reader<BackendRules>>([
  ['server-ssl', truth((value, draft) => (draft.https = value))],
  ['server-proto', (text, draft) => (text === 'h2' ? void (draft.http2 = true) : 'must be h2')],
  ['forwarded-for', truth((value, draft) => (draft.forwardedFor = value))],
  ['timeout-server', readTimeout],
  ['load-balance', (text) => (text === 'roundrobin' ? undefined : 'is not simulated: roundrobin is')],
])
/** Of Services alone: a backend belongs to every Ingress that names it. */
const COOKIES: ReadonlyMap<string, Reader<BackendRules>> = new Map<string, Reader<BackendRules>>([
  ['cookie-persistence', (text, draft) => void (draft.cookie = { name: text.split(/\s+/)[0] ?? text, dynamic: true })],
  [
    'cookie-persistence-no-dynamic',
    (text, draft) => void (draft.cookie = { name: text.split(/\s+/)[0] ?? text, dynamic: false }),
  ],
])
/** They change nothing a request shows: checks are not sent, slots are not seen. */
const HARMLESS: ReadonlySet<string> = new Set(['check', 'check-interval', 'scale-server-slots', 'timeout-check'])

export interface ReadRequestRules {
  readonly rules: RequestRules
  readonly warnings: readonly ControllerWarning[]
}

export function readIngressAnnotations(annotations: Annotations): ReadRequestRules {
  const rules: Draft<RequestRules> = { ...NO_REQUEST_RULES }
  const warnings = read(annotations, REQUEST, rules, new Set([...BACKEND.keys(), ...HARMLESS]))
  // A bad value of a backend's rule is told here, too.
  return { rules, warnings: [...warnings, ...read(annotations, BACKEND, { ...DEFAULT_BACKEND }, undefined)] }
}

export function readServiceAnnotations(annotations: Annotations): readonly ControllerWarning[] {
  const draft = { ...DEFAULT_BACKEND }
  const known = new Set([...BACKEND.keys(), ...HARMLESS])
  return [...read(annotations, COOKIES, draft, known), ...read(annotations, BACKEND, draft, undefined)]
}

/** The Service's word counts before the Ingress's. */
export function backendRules(ofService: Annotations, ofIngress: Annotations): BackendRules {
  const rules: Draft<BackendRules> = { ...DEFAULT_BACKEND }
  read(ofIngress, BACKEND, rules, undefined)
  read(ofService, BACKEND, rules, undefined)
  read(ofService, COOKIES, rules, undefined)
  return rules
}

/** @param others names that are somebody else's to read; undefined: say nothing of unknown ones */
function read<T>(
  annotations: Annotations,
  readers: ReadonlyMap<string, Reader<T>>,
  draft: Draft<T>,
  others: ReadonlySet<string> | undefined,
): readonly ControllerWarning[] {
  const warnings: ControllerWarning[] = []
  for (const [key, text] of Object.entries(annotations)) {
    const prefix = PREFIXES.find((known) => key.startsWith(known))
    if (prefix === undefined) continue
    const name = key.slice(prefix.length)
    const reader = readers.get(name)
    const problem = reader?.(text.trim(), draft)
    if (problem !== undefined) {
      const message = `annotation ${key} is ignored: ${JSON.stringify(text)} ${problem}`
      warnings.push({ reason: 'InvalidAnnotation', message })
    } else if (
      reader === undefined &&
      others !== undefined &&
      !others.has(name) &&
      prefix !== 'ingress.kubernetes.io/'
    ) {
      const message = `annotation ${key} is not simulated and has no effect`
      warnings.push({ reason: 'UnsupportedAnnotation', message })
    }
  }
  return warnings
}

function truth<T>(set: (value: boolean, draft: Draft<T>) => void): Reader<T> {
  return (text, draft) => {
    const isYes = /^(?:true|yes|on|1|enabled?)$/i.test(text)
    if (!isYes && !/^(?:false|no|off|0|disabled?)$/i.test(text)) return 'must be true or false'
    set(isYes, draft)
    return undefined
  }
}

function code<T>(known: readonly number[] | undefined, set: (value: number, draft: Draft<T>) => void): Reader<T> {
  return (text, draft) => {
    const value = Number(text)
    if (!/^\d+$/.test(text)) return 'must be a number'
    if (known !== undefined && !known.includes(value)) return `must be one of ${known.join(', ')}`
    set(value, draft)
    return undefined
  }
}

/** One header a line: its name, a space, its value, which may be quoted. */
function readHeaders(text: string, set: (headers: readonly (readonly [string, string])[]) => void): string | undefined {
  const headers: [string, string][] = []
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (line === '') continue
    const space = line.indexOf(' ')
    if (space < 0) return `needs a name and a value: ${JSON.stringify(line)}`
    const value = line
      .slice(space + 1)
      .trim()
      .replace(/^"([\s\S]*)"$/, '$1')
    if (/%\[/.test(value)) return `has a sample expression, which is not simulated: ${value}`
    headers.push([line.slice(0, space).toLowerCase(), value])
  }
  set(headers)
  return undefined
}

/** `http-request replace-path`: a pattern and what takes its place, or the whole path's place. */
function readRewrites(text: string, draft: Draft<RequestRules>): string | undefined {
  const rewrites: { pattern: RegExp; replacement: string }[] = []
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    const [first = '', second] = words
    if (words.length > 2) return 'takes 1 or 2 params'
    const source = second === undefined ? '(.*)' : first
    try {
      rewrites.push({ pattern: new RegExp(source), replacement: (second ?? first).replaceAll(/\\(\d)/g, '$$$1') })
    } catch {
      return `has no regular expression: ${source}`
    }
  }
  draft.rewrites = rewrites
  return undefined
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

function readTimeout(text: string, draft: Draft<BackendRules>): string | undefined {
  const [, number, unit = ''] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? []
  if (number === undefined) return 'must be a time such as 50s'
  draft.serverTimeoutMs = Number(number) * (UNITS.get(unit) ?? 1)
  return undefined
}
