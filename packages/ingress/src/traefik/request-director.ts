// From a request at one of traefik's entry points to what is done about it: the router, its servers, the headers, traefik's own
// answers. A request is tried once: nothing is sent again. Source: traefik pkg/server/router/router.go, pkg/proxy/httputil/proxy.go.

import { type Clock, SECOND } from '@podwire/engine'
import { headerValue, type HeaderList, type HttpRequest, type HttpResponse, type Peer } from '../http/message.ts'
import { AS_IT_COMES, type Handled, type RouteTaken } from '../controller/handled.ts'
import { httpDate, type Frontend } from '../nginx/index.ts'
import { bareHost } from '../routing/index.ts'
import { isListed } from '../nginx/source-filter.ts'
import { goAnswer } from './answers.ts'
import { forwardedHeaders, type TrustRules } from './forwarded-headers.ts'
import { requestPath, type RequestPath } from './request-path.ts'
import type { RouterTable } from './router-table.ts'
import type { TraefikRouter } from './router.ts'
import type { ServerPools } from './server-pools.ts'
import { serverUrl, type ServerTurns, type TraefikServer } from './servers.ts'

export interface EntryPoint {
  /** `web`, `http` */
  readonly name: string
  readonly frontend: Frontend
  readonly trust: TrustRules
  /** What comes in over TLS is for all its routers, whatever they say of TLS themselves. */
  readonly tls?: boolean
  /** Every request is sent elsewhere. */
  readonly redirect?: EntryPointRedirect | undefined
  /** Routers that name no entry point are here too. */
  readonly isDefault: boolean
}

export interface EntryPointRedirect {
  readonly scheme: string
  /** '' is the scheme's own. */
  readonly port: string
  readonly permanent: boolean
}

export interface DirectorOptions {
  readonly clock: Clock
  readonly table: RouterTable
  readonly pools: ServerPools
  readonly turns: ServerTurns
  /** v2 and later put paths in order, and skip routers without servers unless told otherwise. */
  readonly sanitize: boolean
  readonly needsServers: boolean
  /** `default-web-80@kubernetes`, or the frontend's name. */
  readonly serviceName: (router: TraefikRouter) => string
  readonly emptyText: string | undefined
  readonly hostname: string
}

const REDIRECT_TEXTS: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
}
const DIAL_TIMEOUT = 30 * SECOND
/** A transport without a limit of its own: as long as the client waits. */
const NO_LIMIT = 24 * 3600 * SECOND
const MISSING_HOST = '400 Bad Request: missing required Host header'
const NOT_PASSED_ON: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding'])

export class TraefikDirector {
  readonly #options: DirectorOptions

  constructor(options: DirectorOptions) {
    this.#options = options
  }

  handle(request: HttpRequest, peer: Peer, entryPoint: EntryPoint): Handled {
    const { table, sanitize } = this.#options
    const host = headerValue(request.headers, 'host')
    if (host === undefined && request.version === '1.1') return this.#answer(400, undefined, MISSING_HOST)
    if (entryPoint.redirect !== undefined) return this.#redirect(request, host ?? '', entryPoint.redirect)
    const path = requestPath(request.target, sanitize)
    if (path === undefined) return this.#answer(400, undefined)
    const router = table.match(canonicalHost(host ?? ''), path.path, (one) => this.#accepts(one, entryPoint))
    if (router === undefined) return this.#answer(404, undefined)
    const { allowed } = router.rules
    if (allowed.length > 0 && !isListed(allowed, peer.address)) return this.#answer(403, router)
    return this.#pass({ request, peer, entryPoint, host: host ?? '', path }, router)
  }

  /** For every method but GET with the status that keeps it. Source: pkg/middlewares/redirect/redirect.go. */
  #redirect({ method, target }: HttpRequest, host: string, { scheme, port, permanent }: EntryPointRedirect): Handled {
    const status = method === 'GET' ? (permanent ? 301 : 302) : permanent ? 308 : 307
    const location = `${scheme}://${host.replace(/:\d+$/, '')}${port === '' ? '' : `:${port}`}${target}`
    const answer = goAnswer(status, this.#date(), REDIRECT_TEXTS[status])
    const headers: HeaderList = [['Location', location], ...answer.headers]
    return { kind: 'respond', response: { ...answer, headers }, route: undefined }
  }

  #accepts(router: TraefikRouter, { name, frontend, isDefault, tls }: EntryPoint): boolean {
    if ((router.tls || tls === true) !== (frontend.scheme === 'https')) return false
    if (!(router.entryPoints?.includes(name) ?? isDefault)) return false
    const servers = this.#options.pools.servers(router)
    return servers !== undefined && (servers.length > 0 || !this.#options.needsServers)
  }

  #pass(
    asked: {
      readonly request: HttpRequest
      readonly peer: Peer
      readonly entryPoint: EntryPoint
      readonly host: string
      readonly path: RequestPath
    },
    router: TraefikRouter,
  ): Handled {
    const { pools, turns, hostname, serviceName } = this.#options
    const { request, peer, entryPoint } = asked
    const [backend] = router.backends
    const settings = backend === undefined ? undefined : pools.annotationsOf(backend)
    const servers = pools.servers(router) ?? []
    const picked = turns.pick(servers, settings?.sticky, serviceName(router), request)
    if (picked === undefined) return this.#answer(503, router, this.#options.emptyText)
    const { server, setCookie } = picked
    const keepsHost = router.rules.passHostHeader ?? settings?.passHostHeader ?? true
    const headers = forwardedHeaders(request, {
      peer,
      frontend: entryPoint.frontend,
      host: keepsHost ? asked.host : serverUrl(server).replace(/^\w+:\/\//, ''),
      hostname,
      trust: entryPoint.trust,
    })
    return {
      kind: 'proxy',
      endpoints: [server],
      request: passedRequest(request, rewrittenTarget(asked.path, router), headers, server),
      https: server.scheme === 'https',
      connectTimeoutUs: DIAL_TIMEOUT,
      readTimeoutUs: NO_LIMIT,
      triesTimeoutUs: 0,
      mirror: undefined,
      body: AS_IT_COMES,
      route: taken(router),
      triesNext: () => false,
      answered: (response) => ({
        kind: 'respond',
        response: this.#finished(response, setCookie),
        route: taken(router),
      }),
      failed: (why) => this.#answer(why === 'timeout' ? 504 : 502, router),
    }
  }

  /** The server's own Date and Server stay. */
  #finished(response: HttpResponse, setCookie: string | undefined): HttpResponse {
    const passed = response.headers.filter(([name]) => !NOT_PASSED_ON.has(name.toLowerCase()))
    const date: HeaderList = headerValue(passed, 'date') === undefined ? [['Date', this.#date()]] : []
    const cookie: HeaderList = setCookie === undefined ? [] : [['Set-Cookie', setCookie]]
    return { ...response, headers: [...cookie, ...passed, ...date] }
  }

  #answer(status: number, router: TraefikRouter | undefined, text?: string): Handled {
    const route = router === undefined ? undefined : taken(router)
    return { kind: 'respond', response: goAnswer(status, this.#date(), text), route }
  }

  #date(): string {
    return httpDate(this.#options.clock.wallTimeMs())
  }
}

function passedRequest(
  request: HttpRequest,
  { target, header }: RewrittenTarget,
  headers: HeaderList,
  server: TraefikServer,
): HttpRequest {
  const version = speaksHttp2(server, request) ? '2' : '1.1'
  return { ...request, target, version, headers: header === undefined ? headers : [...headers, header] }
}

/** Over TLS both ends would agree on it: gRPC is what cannot do without. */
function speaksHttp2({ scheme }: TraefikServer, { headers }: HttpRequest): boolean {
  if (scheme !== 'https') return scheme === 'h2c'
  return headerValue(headers, 'content-type')?.startsWith('application/grpc') === true
}

interface RewrittenTarget {
  readonly target: string
  readonly header: readonly [string, string] | undefined
}

function rewrittenTarget({ path, target }: RequestPath, { rules }: TraefikRouter): RewrittenTarget {
  if (rules.rewrite === undefined) return { target, header: undefined }
  const query = target.indexOf('?')
  const rewritten = rules.rewrite(path)
  return {
    target: encodeURI(rewritten.path) + (query < 0 ? '' : target.slice(query)),
    header: rewritten.header,
  }
}

/** Lower case, without port, brackets and final dot. */
function canonicalHost(header: string): string {
  const host = bareHost(header)
  return host.startsWith('[') ? host.slice(1, -1) : host
}

function taken({ host, rule, ingress, backends }: TraefikRouter): RouteTaken {
  return {
    host: host === '' ? '_' : host,
    path: rule,
    ingress: `${ingress.namespace}/${ingress.name}`,
    backend: backends.map(({ name }) => name).join(', '),
  }
}
