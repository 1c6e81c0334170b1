// From a request to what is done about it: the route, nginx's own answer or the endpoints to try, and the response on its way
// back.

import type { Clock, Random } from '@podwire/engine'
import { headerValue, type HeaderList, type HttpRequest, type HttpResponse, type Peer } from '../http/message.ts'
import { backendHeaders, decide, httpDate, nginxPage, type Frontend } from '../nginx/index.ts'
import { matchRoute, type BackendEndpoint, type Route } from '../routing/index.ts'
import { Balancer } from './balancer.ts'
import type { RoutingState } from './routing-state.ts'

/** What a trace shows of the way through the controller. */
export interface RouteTaken {
  /** `_` is the default server. */
  readonly host: string
  /** As the Ingress has it. */
  readonly path: string
  /** `namespace/name`; undefined when no Ingress says anything about the path. */
  readonly ingress: string | undefined
  /** `default-web-80`; undefined when nginx answers itself. */
  readonly backend: string | undefined
}

export type Handled =
  | { readonly kind: 'respond'; readonly response: HttpResponse; readonly route: RouteTaken | undefined }
  | {
      readonly kind: 'proxy'
      readonly endpoint: BackendEndpoint
      /** As the endpoint gets it. */
      readonly request: HttpRequest
      /** Whom to try next when the endpoint cannot be reached or times out, in order. */
      readonly candidates: readonly BackendEndpoint[]
      readonly route: RouteTaken
    }

/** Of a backend's response: meant for one hop, or replaced. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'server', 'date', 'transfer-encoding'])

export class RequestDirector {
  readonly #state: RoutingState
  readonly #clock: Clock
  readonly #random: Random
  readonly #balancer: Balancer

  constructor(state: RoutingState, clock: Clock, random: Random) {
    this.#state = state
    this.#clock = clock
    this.#random = random.fork('request-id')
    this.#balancer = new Balancer(random.fork('balancer'))
  }

  handle(request: HttpRequest, peer: Peer, frontend: Frontend): Handled {
    const host = headerValue(request.headers, 'host')
    if (host === undefined && request.version === '1.1') return this.#refuse(400)
    const route = matchRoute(this.#state.table, { host: host ?? '', path: request.target })
    if (route === undefined) return this.#refuse(400)
    const decision = decide(route, request, peer, frontend, this.#state.endpoints)
    switch (decision.kind) {
      case 'healthy':
        return { kind: 'respond', response: this.#healthy(), route: taken(route, undefined) }
      case 'page':
        return { kind: 'respond', response: this.page(decision.status), route: taken(route, undefined) }
      case 'redirect':
        return {
          kind: 'respond',
          response: this.page(decision.status, [['Location', decision.location]]),
          route: taken(route, undefined),
        }
      case 'pass': {
        const [endpoint, ...candidates] = this.#balancer.pick(decision.backend, decision.endpoints)
        if (endpoint === undefined) return { kind: 'respond', response: this.page(503), route: taken(route, undefined) }
        const headers = backendHeaders(request, route.location.rules, peer, frontend, () => this.#requestId())
        const passed: HttpRequest = { ...request, target: decision.target, version: '1.1', headers }
        return { kind: 'proxy', endpoint, request: passed, candidates, route: taken(route, decision.backend.name) }
      }
    }
  }

  finish(response: HttpResponse): HttpResponse {
    const passed = response.headers.filter(([name]) => !NOT_PASSED_ON.has(name.toLowerCase()))
    const headers: HeaderList = [['Server', 'nginx'], ['Date', this.#date()], ...passed, ['Connection', 'keep-alive']]
    return { ...response, headers }
  }

  page(status: number, headers: HeaderList = []): HttpResponse {
    return nginxPage(status, this.#date(), headers)
  }

  #refuse(status: number): Handled {
    return { kind: 'respond', response: this.page(status), route: undefined }
  }

  #healthy(): HttpResponse {
    const headers: HeaderList = [
      ['Server', 'nginx'],
      ['Date', this.#date()],
      ['Content-Type', 'text/html'],
      ['Content-Length', '0'],
      ['Connection', 'keep-alive'],
    ]
    return { status: 200, reason: '', headers, body: new Uint8Array() }
  }

  #date(): string {
    return httpDate(this.#clock.wallTimeMs())
  }

  /** 32 hexadecimal digits, as nginx's $request_id. */
  #requestId(): string {
    let id = ''
    for (let i = 0; i < 4; i++) id += this.#random.uint32().toString(16).padStart(8, '0')
    return id
  }
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
