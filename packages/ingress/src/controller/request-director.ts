// From a request to what is done about it: the route, nginx's own answer, who may ask, the endpoints to try, and the response on
// its way back.

import { type Clock, type Random, SECOND } from '@podwire/engine'
import type { Secret } from '@podwire/apiserver'
import { Balancer, type Picked } from '../balancer/index.ts'
import { headerValue, type HeaderList, type HttpRequest, type HttpResponse, type Peer } from '../http/message.ts'
import { basicAuthOf } from '../nginx/annotations/authentication.ts'
import { type BackendProtocol, isGrpc } from '../nginx/annotations/upstream.ts'
import {
  authRequest,
  authVerdict,
  backendHeaders,
  corsHeaders,
  decide,
  type Decision,
  httpDate,
  isAuthorized,
  mayAsk,
  nginxPage,
  nginxRefusal,
  passwordsOf,
  RateLimiter,
  standInFor,
  type Frontend,
  type VariableContext,
} from '../nginx/index.ts'
import { type ClientVerdict, clientVerdict, type VerifyClient } from '../nginx/client-certificate.ts'
import { bareHost, matchRoute, type Route } from '../routing/index.ts'
import type { Answered, Handled, RouteTaken, UpstreamFailure } from './handled.ts'
import { bodyRules, mirrorOf } from './passed-parts.ts'
import type { RoutingState } from './routing-state.ts'

/** Of a backend's response: meant for one hop, or replaced. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'server', 'date', 'transfer-encoding'])
/** Sent again only when the Ingress says `non_idempotent`. */
const NOT_REPEATED: ReadonlySet<string> = new Set(['POST', 'LOCK', 'PATCH'])
const REDIRECT_CODE = 308
const ENCRYPTED: ReadonlySet<BackendProtocol> = new Set(['HTTPS', 'GRPCS'])
const NO_BODY = new Uint8Array()
/** The real one's Lua asks for a function where it means its answer: whatever certificate was shown, this goes with it. */
const HSTS: HeaderList = [['Strict-Transport-Security', 'max-age=31536000; includeSubDomains']]

type Passing = Extract<Decision, { kind: 'pass' }>

/** One request while it is looked at. */
interface Visit {
  readonly route: Route
  readonly context: VariableContext
  /** '' while nginx may still answer by itself: nobody is told then. */
  readonly requestId: string
  /** What every answer of this location carries. */
  readonly responseHeaders: HeaderList
  /** What the backend is told of the client's certificate. */
  readonly clientHeaders: HeaderList
  /** The request is done with. */
  readonly done: () => void
}

export class RequestDirector {
  readonly #state: RoutingState
  readonly #clock: Clock
  readonly #random: Random
  readonly #balancer: Balancer
  readonly #limiter: RateLimiter
  readonly #verifyClient: VerifyClient
  readonly #secret: (namespace: string, name: string) => Secret | undefined

  constructor(
    state: RoutingState,
    clock: Clock,
    random: Random,
    secret: (namespace: string, name: string) => Secret | undefined,
    verifyClient: VerifyClient,
  ) {
    this.#verifyClient = verifyClient
    this.#state = state
    this.#clock = clock
    this.#random = random.fork('request-id')
    this.#balancer = new Balancer(clock, random.fork('balancer'))
    this.#limiter = new RateLimiter(clock)
    this.#secret = secret
  }

  handle(request: HttpRequest, peer: Peer, frontend: Frontend): Handled {
    const refused = refusalOf(request)
    if (refused !== undefined) return this.#refuse(refused)
    if (ABSOLUTE.test(request.target)) return this.#handleAbsolute(request, peer, frontend)
    return this.#route(request, headerValue(request.headers, 'host') ?? '', peer, frontend)
  }

  /** `GET http://host/path`: the host is the one in the line, whatever the Host header says; behind nginx only the path goes on. */
  #handleAbsolute(request: HttpRequest, peer: Peer, frontend: Frontend): Handled {
    const [, host = '', path = ''] = ABSOLUTE.exec(request.target) ?? []
    const target = path.startsWith('/') ? path : `/${path}`
    return this.#route({ ...request, target }, host, peer, frontend)
  }

  /** @param host by which the server is found */
  #route(request: HttpRequest, host: string, peer: Peer, frontend: Frontend): Handled {
    const { table, endpoints, certificates } = this.#state
    const www = table.wwwRedirect(host)
    if (www !== undefined) {
      const location = `${frontend.scheme}://${www}${request.target}`
      return { kind: 'respond', response: this.#page(REDIRECT_CODE, [['Location', location]]), route: undefined }
    }
    const route = matchRoute(table, { host, path: request.target })
    if (route === undefined) return this.#refuse(400)
    const shown = this.#clientVerdict(route, host, peer, frontend)
    if (shown.kind === 'refuse') return this.#refuseClient(route, shown.status)
    const context: VariableContext = { request, peer, frontend, uri: route.uri }
    const responseHeaders = corsHeaders(route.location.rules.cors, request)
    const clientHeaders = shown.headers
    const visit: Visit = { route, context, requestId: '', responseHeaders, clientHeaders, done: () => {} }
    const decision = decide(route, request, frontend, endpoints, () =>
      certificates.isConfigured(host.replace(/:\d+$/, '')),
    )
    switch (decision.kind) {
      case 'healthy':
        return { kind: 'respond', response: emptyPage(200, 'text/html', this.#date()), route: taken(route, undefined) }
      case 'preflight':
        return this.#answer(visit, emptyPage(204, 'text/plain charset=UTF-8', this.#date()))
      case 'page':
        return this.#answer(visit, this.#page(decision.status))
      case 'redirect':
        return this.#answer(visit, this.#page(decision.status, [['Location', decision.location]]))
      case 'pass':
        return this.#admit({ ...visit, requestId: this.#requestId(request) }, decision)
    }
  }

  #clientVerdict({ server }: Route, host: string, peer: Peer, { scheme }: Frontend): ClientVerdict {
    const rules = server.clientCertificates
    if (rules === undefined) return NO_CERTIFICATE_ASKED
    const [namespace = '', name = ''] = rules.secret.split('/')
    const facts = { isHttps: scheme === 'https', host: bareHost(host), verify: this.#verifyClient }
    return clientVerdict(rules, this.#secret(namespace, name), peer, facts)
  }

  #refuseClient(route: Route, status: Extract<ClientVerdict, { kind: 'refuse' }>['status']): Handled {
    const errorPage = route.server.clientCertificates?.errorPage ?? ''
    const isBadCertificate = status === 495 || status === 496
    if (!isBadCertificate) {
      return { kind: 'respond', response: this.#page(status), route: taken(route, undefined) }
    }
    const response = errorPage === '' ? nginxRefusal(status, this.#date()) : this.#page(302, [['Location', errorPage]])
    return { kind: 'respond', response, route: taken(route, undefined) }
  }

  /** Limits, access lists, passwords, and the server to ask first: nginx's preaccess and access phases. */
  #admit(visit: Visit, decision: Passing): Handled {
    const { route, context } = visit
    const { rules, ingress } = route.location
    const owner = ingress === undefined ? '' : `${ingress.namespace}/${ingress.name}`
    const done = this.#limiter.admit(owner, rules.limits, context.peer.address)
    if (done === undefined) return this.#answer(visit, this.#page(503))
    const admitted: Visit = { ...visit, done }
    if (!mayAsk(rules, context.peer.address)) return this.#answer(admitted, this.#page(403))
    const basic = basicAuthOf(rules.authentication, ingress?.namespace ?? '')
    if (basic !== undefined) {
      const passwords = passwordsOf(basic, this.#secret(basic.namespace, basic.secret))
      // Without its Secret a location is closed.
      if (passwords === undefined) return this.#answer(admitted, this.#page(503))
      if (!isAuthorized(passwords, headerValue(context.request.headers, 'authorization'))) {
        return this.#answer(admitted, this.#page(401, [['WWW-Authenticate', `Basic realm="${basic.realm}"`]]))
      }
    }
    if (rules.authentication.external.url === '') return this.#pass(admitted, decision, basic !== undefined, [])
    return this.#authenticate(admitted, decision, basic !== undefined)
  }

  #authenticate(visit: Visit, decision: Passing, hasPassword: boolean): Handled {
    const { external } = visit.route.location.rules.authentication
    const { upstream } = visit.route.location.rules
    return {
      kind: 'authenticate',
      ask: authRequest(external, visit.context, visit.requestId),
      connectTimeoutUs: upstream.connectSeconds * SECOND,
      readTimeoutUs: upstream.readSeconds * SECOND,
      route: taken(visit.route, undefined),
      answered: (response) => {
        const verdict = authVerdict(external, response, visit.context)
        if (verdict.kind === 'page') return this.#answer(visit, this.#page(verdict.status, verdict.headers))
        if (verdict.kind === 'redirect') {
          return this.#answer(visit, this.#page(302, [['Location', verdict.location], ...verdict.headers]))
        }
        const responseHeaders = [...visit.responseHeaders, ...verdict.cookies]
        return this.#pass({ ...visit, responseHeaders }, decision, hasPassword, verdict.headers)
      },
    }
  }

  /** @param more headers for the backend: what the server that was asked first said */
  #pass(visit: Visit, decision: Passing, hasPassword: boolean, more: HeaderList): Handled {
    const { context, route } = visit
    const picked = this.#balancer.pick(decision.primary, decision.canary, context, route.location.path)
    const { request, peer, frontend } = context
    const all = backendHeaders(request, route.location.rules, peer, frontend, () => visit.requestId)
    const own = route.server.clientCertificates === undefined ? all : withClient(all, visit.clientHeaders)
    const added = decision.standsIn ? [...more, ...this.#errorHeaders(visit, 503)] : more
    const headers = added.length === 0 && !hasPassword ? own : withHeaders(own, more, added, hasPassword)
    const { httpVersion, protocol } = route.location.rules.upstream
    const version = isGrpc(protocol) ? '2' : httpVersion
    const { method, body, stream } = request
    const passed: HttpRequest = { method, target: decision.target, version, headers, body, stream }
    return this.#proxied(visit, picked, passed, decision.standsIn)
  }

  #proxied(visit: Visit, picked: Picked, request: HttpRequest, isErrorPage: boolean): Handled {
    const { rules } = visit.route.location
    const { upstream } = rules
    const { cookie } = picked
    const withCookie: Visit =
      cookie === undefined ? visit : { ...visit, responseHeaders: [...visit.responseHeaders, ['Set-Cookie', cookie]] }
    return {
      kind: 'proxy',
      endpoints: picked.order,
      request,
      https: ENCRYPTED.has(upstream.protocol) || (upstream.protocol === 'AUTO_HTTP' && isHttps(visit)),
      connectTimeoutUs: upstream.connectSeconds * SECOND,
      readTimeoutUs: upstream.readSeconds * SECOND,
      triesTimeoutUs: upstream.triesSeconds * SECOND,
      mirror: isErrorPage ? undefined : mirrorOf(withCookie.route, withCookie.context),
      body: bodyRules(rules),
      tooLarge: () => this.#answer(withCookie, this.#page(413)),
      route: taken(visit.route, picked.backend.name),
      triesNext: (outcome, sent) => triesNext(upstream.nextOn, outcome, sent && NOT_REPEATED.has(request.method)),
      answered: (response, endpoint, tookUs) => {
        if (upstream.balance === 'ewma') this.#balancer.answered(endpoint, tookUs)
        if (!isErrorPage && rules.customErrors.includes(response.status)) {
          return this.#customError(withCookie, response.status)
        }
        return this.#answer(withCookie, this.#finished(response))
      },
      failed: (why) => {
        const status = why === 'timeout' ? 504 : 502
        if (!isErrorPage && rules.customErrors.includes(status)) return this.#customError(withCookie, status)
        return this.#answer(withCookie, this.#page(status))
      },
    }
  }

  /** custom-http-errors: the default backend gives the answer, told what went wrong. */
  #customError(visit: Visit, status: number): Handled {
    const { endpoints, fallback } = this.#state
    const backend = standInFor(visit.route, endpoints) ?? fallback
    const behind = backend === undefined ? [] : endpoints.endpoints(backend)
    // The controller's own default backend knows one page.
    if (backend === undefined || behind.length === 0) return this.#answer(visit, this.#page(404))
    const { rules } = visit.route.location
    const order = behind.slice(0, rules.upstream.tries || behind.length)
    const { request } = visit.context
    const kept = request.headers.filter(([name]) => !/^(?:content-length|transfer-encoding|connection)$/i.test(name))
    const headers: HeaderList = [...kept, ...this.#errorHeaders(visit, status), ['X-Original-URI', request.target]]
    const asked: HttpRequest = { ...request, version: '1.1', method: 'GET', headers, body: NO_BODY, stream: undefined }
    return this.#proxied(visit, { backend, order, cookie: undefined }, asked, true)
  }

  #errorHeaders({ route, context, requestId }: Visit, status: number): HeaderList {
    const { ingress, backend } = route.location
    return [
      ['X-Code', String(status)],
      ['X-Format', headerValue(context.request.headers, 'accept') ?? ''],
      ['X-Namespace', ingress?.namespace ?? ''],
      ['X-Ingress-Name', ingress?.name ?? ''],
      ['X-Service-Name', backend?.service ?? ''],
      ['X-Service-Port', String(backend?.port ?? '')],
      ['X-Request-ID', requestId],
    ]
  }

  #answer(visit: Visit, response: HttpResponse): Answered {
    visit.done()
    const route = taken(visit.route, undefined)
    if (!isHttps(visit) && visit.responseHeaders.length === 0) return { kind: 'respond', response, route }
    const own = isHttps(visit) ? withoutHsts(response.headers) : response.headers
    const headers = [...own, ...visit.responseHeaders, ...(isHttps(visit) ? HSTS : [])]
    return { kind: 'respond', response: { ...response, headers }, route }
  }

  #finished(response: HttpResponse): HttpResponse {
    const passed = response.headers.filter(([name]) => !NOT_PASSED_ON.has(name.toLowerCase()))
    const connection = ['Connection', response.status === 101 ? 'upgrade' : 'keep-alive'] as const
    const headers: HeaderList = [['Server', 'nginx'], ['Date', this.#date()], ...passed, connection]
    return { ...response, headers }
  }

  #page(status: number, headers: HeaderList = []): HttpResponse {
    return nginxPage(status, this.#date(), headers)
  }

  #refuse(status: number): Handled {
    return { kind: 'respond', response: nginxRefusal(status, this.#date()), route: undefined }
  }

  #date(): string {
    return httpDate(this.#clock.wallTimeMs())
  }

  /** The client's, or 32 hexadecimal digits as nginx's $request_id. */
  #requestId(request: HttpRequest): string {
    const given = headerValue(request.headers, 'x-request-id') ?? ''
    if (given !== '') return given
    for (let place = 0; place < ID_BYTES.length; place += 4) ID_BYTES.writeUInt32BE(this.#random.uint32(), place)
    return ID_BYTES.toString('hex')
  }
}

/** The request id that is being written. */
const ID_BYTES = Buffer.alloc(16)

const ABSOLUTE = /^https?:\/\/([^/?#]*)([/?]?.*)$/i

/** What nginx does not take for a request to one of its servers. Source: ngx_http_request.c, ngx_http_parse.c. */
function refusalOf({ method, target, version, headers }: HttpRequest): number | undefined {
  if (method === 'CONNECT' || method === 'TRACE') return 405
  if (!target.startsWith('/') && !ABSOLUTE.test(target)) return 400
  if (headerValue(headers, 'host') === undefined && version === '1.1') return 400
  // Twice the same is once too often.
  return countHeader(headers, 'content-length') > 1 ? 400 : undefined
}

function countHeader(headers: HeaderList, wanted: string): number {
  let count = 0
  for (const [name] of headers) if (name.length === wanted.length && name.toLowerCase() === wanted) count++
  return count
}

/** @param more replace what the client sent of these names; @param added them and others */
function withHeaders(own: HeaderList, more: HeaderList, added: HeaderList, hasPassword: boolean): HeaderList {
  const replaced = new Set(more.map(([name]) => name.toLowerCase()))
  // nginx has checked the password; the backend does not see it.
  if (hasPassword) replaced.add('authorization')
  return [...own.filter(([name]) => !replaced.has(name.toLowerCase())), ...added]
}

function emptyPage(status: number, contentType: string, date: string): HttpResponse {
  const headers: HeaderList = [
    ['Server', 'nginx'],
    ['Date', date],
    ['Content-Type', contentType],
    ['Content-Length', '0'],
    ['Connection', 'keep-alive'],
  ]
  return { status, reason: '', headers, body: new Uint8Array() }
}

/** nginx sets the header, so that a backend's own does not count. */
function withoutHsts(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name.toLowerCase() !== 'strict-transport-security')
}

/** Nobody but the controller says who the client is. */
function withClient(headers: HeaderList, client: HeaderList): HeaderList {
  return [...headers.filter(([name]) => !name.toLowerCase().startsWith('ssl-client-')), ...client]
}

const NO_CERTIFICATE_ASKED: ClientVerdict = { kind: 'pass', headers: [] }

const isHttps = ({ context }: Visit): boolean => context.frontend.scheme === 'https'

/** @param isUnrepeatable the request may have had an effect already */
function triesNext(nextOn: readonly string[], outcome: UpstreamFailure | number, isUnrepeatable: boolean): boolean {
  if (isUnrepeatable && !nextOn.includes('non_idempotent')) return false
  return nextOn.includes(typeof outcome === 'number' ? `http_${outcome}` : outcome)
}

function taken({ server, location }: Route, backend: string | undefined): RouteTaken {
  const { ingress } = location
  return {
    host: server.host,
    path: location.path,
    ingress: ingress === undefined ? undefined : `${ingress.namespace}/${ingress.name}`,
    backend,
  }
}
