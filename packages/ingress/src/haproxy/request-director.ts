// From a request at haproxy's http frontend to what is done about it: the maps, the rules of the Ingress, a server in turn, haproxy's
// own pages. A server that cannot be connected to is tried again (retries 3) and then left out for a while: the checks that would
// find it out are not sent. Source: haproxytech/kubernetes-ingress pkg/haproxy/rules, haproxy configuration.txt (balance
// roundrobin, option forwardfor, cookie insert indirect nocache, retries).

import { createHash } from 'node:crypto'
import { type Clock, type Microseconds, SECOND } from '@podwire/engine'
import { AS_IT_COMES, type Handled, type RouteTaken } from '../controller/handled.ts'
import {
  headerValue,
  type HeaderList,
  type HttpRequest,
  type HttpResponse,
  passedLength,
  type Peer,
} from '../http/message.ts'
import { httpDate, type Frontend } from '../nginx/index.ts'
import { isListed } from '../nginx/source-filter.ts'
import { cookieValue } from '../nginx/variables.ts'
import type { BackendEndpoint, EndpointIndex } from '../routing/index.ts'
import { backendRules, type BackendRules, type RequestRules } from './annotations.ts'
import { haproxyPage, haproxyRedirect, localDefault } from './pages.ts'
import type { MapEntry, RouteMaps } from './route-maps.ts'

const CONNECT_TIMEOUT = 5 * SECOND
const RETRIES = 3
/** fall 3, inter 2s */
const LEFT_OUT: Microseconds = 6 * SECOND
const ONE_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'content-length',
])

interface Turns {
  next: number
  readonly failedUs: Map<BackendEndpoint, Microseconds>
}

export class HaproxyDirector {
  readonly #clock: Clock
  readonly #maps: RouteMaps
  readonly #endpoints: EndpointIndex
  readonly #turns = new WeakMap<readonly BackendEndpoint[], Turns>()
  readonly #rules = new WeakMap<object, WeakMap<object, BackendRules>>()

  constructor(clock: Clock, maps: RouteMaps, endpoints: EndpointIndex) {
    this.#clock = clock
    this.#maps = maps
    this.#endpoints = endpoints
  }

  handle(request: HttpRequest, peer: Peer, frontend: Frontend): Handled {
    const hosts = request.headers.filter(([name]) => name.toLowerCase() === 'host')
    if (hosts.length > 1 || /[\s#]/.test(request.target)) return respond(haproxyPage(400), undefined)
    const host = (hosts[0]?.[1] ?? '').split(':')[0]?.toLowerCase() ?? ''
    const path = request.target.split(/[?#]/)[0] ?? ''
    const entry = this.#maps.match(host, path, (one) => this.#endpoints.servicePort(one.backend) !== undefined)
    if (entry === undefined) return respond(localDefault(path, httpDate(this.#clock.wallTimeMs())), undefined)
    const { rules } = entry
    if (isListed(rules.denied, peer.address)) return respond(haproxyPage(403), entry)
    if (rules.allowed !== undefined && !isListed(rules.allowed, peer.address)) return respond(haproxyPage(403), entry)
    const redirect = redirectOf(entry, request, frontend)
    if (redirect !== undefined) return respond(redirect, entry)
    return this.#pass(entry, request, peer, frontend)
  }

  #pass(entry: MapEntry, request: HttpRequest, peer: Peer, frontend: Frontend): Handled {
    const endpoints = this.#endpoints.endpoints(entry.backend)
    const backend = this.#backendRules(entry)
    const picked = this.#pick(endpoints, request, backend)
    if (picked === undefined) return respond(haproxyPage(503), entry)
    const { endpoint, turns } = picked
    const setCookie =
      picked.isKnown || backend.cookie === undefined ? undefined : cookieOf(backend.cookie, endpoint, endpoints)
    return {
      kind: 'proxy',
      endpoints: Array.from({ length: 1 + RETRIES }, () => endpoint),
      request: {
        ...request,
        target: rewritten(request.target, entry.rules),
        version: backend.http2 ? '2' : '1.1',
        headers: serverHeaders(request, entry.rules, backend, peer, frontend),
      },
      https: backend.https,
      connectTimeoutUs: CONNECT_TIMEOUT,
      readTimeoutUs: backend.serverTimeoutMs * 1000,
      triesTimeoutUs: 0,
      mirror: undefined,
      body: AS_IT_COMES,
      route: taken(entry),
      // retry-on conn-failure: nothing of the request has left.
      triesNext: (outcome, sent) => {
        if (typeof outcome === 'number') return false
        if (!sent) turns.failedUs.set(endpoint, this.#clock.now())
        return !sent
      },
      answered: (response) => {
        turns.failedUs.delete(endpoint)
        return respond(finished(response, entry.rules, setCookie, backend), entry)
      },
      failed: (why) => {
        if (turns.failedUs.has(endpoint)) return respond(haproxyPage(503), entry)
        return respond(haproxyPage(why === 'timeout' ? 504 : 502), entry)
      },
    }
  }

  #pick(
    endpoints: readonly BackendEndpoint[],
    request: HttpRequest,
    { cookie }: BackendRules,
  ): { readonly endpoint: BackendEndpoint; readonly turns: Turns; readonly isKnown: boolean } | undefined {
    if (endpoints.length === 0) return undefined
    let turns = this.#turns.get(endpoints)
    if (turns === undefined) {
      turns = { next: 0, failedUs: new Map() }
      this.#turns.set(endpoints, turns)
    }
    const value = cookie === undefined ? undefined : cookieValue(request, cookie.name)
    if (cookie !== undefined && value !== undefined) {
      const known = endpoints.find((one) => cookieOf(cookie, one, endpoints).value === value)
      if (known !== undefined && !this.#isLeftOut(turns, known)) return { endpoint: known, turns, isKnown: true }
    }
    for (let tries = 0; tries < endpoints.length; tries++) {
      const endpoint = endpoints[turns.next % endpoints.length]
      turns.next = (turns.next + 1) % endpoints.length
      if (endpoint !== undefined && !this.#isLeftOut(turns, endpoint)) return { endpoint, turns, isKnown: false }
    }
    return undefined
  }

  #isLeftOut({ failedUs }: Turns, endpoint: BackendEndpoint): boolean {
    const sinceUs = failedUs.get(endpoint)
    return sinceUs !== undefined && this.#clock.now() - sinceUs < LEFT_OUT
  }

  /** Made once a Service and Ingress. */
  #backendRules({ backend, annotations }: MapEntry): BackendRules {
    const ofService = this.#endpoints.service(backend.namespace, backend.service)?.metadata.annotations ?? NONE
    let byIngress = this.#rules.get(ofService)
    if (byIngress === undefined) {
      byIngress = new WeakMap()
      this.#rules.set(ofService, byIngress)
    }
    let rules = byIngress.get(annotations)
    if (rules === undefined) {
      rules = backendRules(ofService, annotations)
      byIngress.set(annotations, rules)
    }
    return rules
  }
}

const NONE: Readonly<Record<string, string>> = {}

function respond(response: HttpResponse, entry: MapEntry | undefined): Handled {
  return { kind: 'respond', response, route: entry === undefined ? undefined : taken(entry) }
}

function taken({ host, path, ingress, backend }: MapEntry): RouteTaken {
  return {
    host: host === '' ? '_' : host.startsWith('.') ? `*${host}` : host,
    path,
    ingress: `${ingress.namespace}/${ingress.name}`,
    backend: `${backend.namespace}_svc_${backend.service}_${backend.port}`,
  }
}

/** request-redirect, then to https where the Ingress has TLS (or says so). */
function redirectOf(
  { rules, tls }: MapEntry,
  { headers, target }: HttpRequest,
  { scheme }: Frontend,
): HttpResponse | undefined {
  const host = headerValue(headers, 'host') ?? ''
  if (rules.redirect !== undefined) {
    const to = /^https?:\/\//.test(rules.redirect) ? rules.redirect : `${scheme}://${rules.redirect}`
    if (to !== `${scheme}://${host}`) return haproxyRedirect(rules.redirectCode, `${to}${target}`)
  }
  if (scheme === 'https' || !(rules.sslRedirect ?? tls)) return undefined
  const port = rules.sslRedirectPort === 443 ? '' : `:${rules.sslRedirectPort}`
  return haproxyRedirect(rules.sslRedirectCode, `https://${host.replace(/:\d+$/, '')}${port}${target}`)
}

function rewritten(target: string, { rewrites }: RequestRules): string {
  if (rewrites.length === 0) return target
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  const end = query < 0 ? '' : target.slice(query)
  return rewrites.reduce((before, { pattern, replacement }) => before.replace(pattern, replacement), path) + end
}

function serverHeaders(
  request: HttpRequest,
  rules: RequestRules,
  { forwardedFor, cookie }: BackendRules,
  peer: Peer,
  { scheme }: Frontend,
): HeaderList {
  const replaced = new Set(rules.setRequestHeaders.map(([name]) => name))
  if (rules.setHost !== undefined) replaced.add('host')
  if (scheme === 'https') replaced.add('x-forwarded-proto')
  const upgrade = headerValue(request.headers, 'upgrade')
  const kept = request.headers.flatMap(([name, value]): [string, string][] => {
    const key = name.toLowerCase()
    if (ONE_HOP.has(key) || replaced.has(key)) return []
    if (key !== 'cookie' || cookie === undefined) return [[key, value]]
    // indirect: the server does not see the cookie.
    const others = value.split(';').filter((pair) => pair.trim().split('=')[0] !== cookie.name)
    return others.length === 0 ? [] : [[key, others.join(';').trim()]]
  })
  const length = passedLength(request)
  return [
    ...(rules.setHost === undefined ? [] : ([['host', rules.setHost]] as const)),
    ...kept,
    ...(length === undefined ? [] : ([['content-length', length]] as const)),
    ...(upgrade === undefined ? [] : ([['connection', 'upgrade']] as const)),
    ...(scheme === 'https' ? ([['x-forwarded-proto', 'https']] as const) : []),
    ...rules.setRequestHeaders,
    // A line of its own: what the client said stays.
    ...(forwardedFor ? ([['x-forwarded-for', peer.address]] as const) : []),
  ]
}

function finished(
  response: HttpResponse,
  { setResponseHeaders }: RequestRules,
  cookie: { readonly value: string } | undefined,
  { cookie: settings }: BackendRules,
): HttpResponse {
  const replaced = new Set(setResponseHeaders.map(([name]) => name))
  const kept = response.headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => (name === 'content-length' || !ONE_HOP.has(name)) && !replaced.has(name))
  const own: HeaderList =
    cookie === undefined
      ? []
      : [
          ['set-cookie', `${settings?.name ?? ''}=${cookie.value}; path=/`],
          ['cache-control', 'private'],
        ]
  return { ...response, headers: [...kept, ...setResponseHeaders, ...own] }
}

/** Departure: the value of a dynamic cookie is a hash of another kind than haproxy's. */
function cookieOf(
  { dynamic }: { readonly dynamic: boolean },
  endpoint: BackendEndpoint,
  endpoints: readonly BackendEndpoint[],
): { readonly value: string } {
  if (!dynamic) return { value: `SRV_${endpoints.indexOf(endpoint) + 1}` }
  const digest = createHash('sha256').update(`${endpoint.address}:${endpoint.port}`).digest('hex')
  return { value: digest.slice(0, 16) }
}
