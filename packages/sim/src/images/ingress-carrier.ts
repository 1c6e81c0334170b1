// Carries what an ingress controller decides: an answer, an endpoint to pass the request to (and the next one where the rules have
// it), or another server to ask first. Bodies pass whole or in parts, as the rules have it (carried-bodies.ts). Everything goes through the sockets of the controller's pod; connections to endpoints are
// kept open as the controller's proxy keeps them (upstream-rules.ts), other servers get one for each request.

import { SECOND } from '@podwire/engine'
import type { Authenticating, Handled, Passed, SubRequest } from '@podwire/ingress'
import { SocketError } from '../fabric/network.ts'
import { BodyStream, collectBody, type CollectedBody } from '../http/body-stream.ts'
import { type HttpReply, requestHttp } from '../http/client.ts'
import type { RequestFailure } from '../http/failure.ts'
import { IdleConnections } from '../http/idle-connections.ts'
import { LateResponse } from '../http/late-response.ts'
import { prepareRequest, type PreparedRequest } from '../http/prepared-request.ts'
import { TlsError } from '../tls/index.ts'
import { headerValue, type HttpPeer, type HttpRequest, type HttpResponse } from '../http/message.ts'
import { joinTunnels, type Tunnel } from '../http/tunnel.ts'
import { heldBack, limitedBody, responseOf, withWholeBody } from './carried-bodies.ts'
import type { ContainerContext } from './image.ts'
import { isReplayable, type UpstreamRules } from './upstream-rules.ts'

const READ_TIMEOUT = 60 * SECOND

/** What it takes of a container, or of a host outside. */
export type CarrierContext = Pick<ContainerContext, 'network' | 'resolver'>

export class IngressCarrier {
  readonly context: CarrierContext
  readonly rules: UpstreamRules
  #connections: IdleConnections
  /** Client connections that had a request. */
  readonly #served = new WeakSet<HttpPeer>()

  constructor(context: CarrierContext, rules: UpstreamRules) {
    this.context = context
    this.rules = rules
    this.#connections = new IdleConnections(context.network.engine, rules.reuse)
  }

  /** @param peer one object for each of the clients' connections */
  carry(handled: Handled, peer: HttpPeer): HttpResponse | LateResponse {
    if (handled.kind === 'respond') return responseOf(handled)
    const carriage = new Carriage(this, this.#connections, this.#isFresh(peer))
    carriage.step(handled)
    return carriage.response
  }

  /** The proxy starts anew with another configuration: the old one closes what is idle, and keeps nothing any more. */
  reload(): void {
    this.#connections.retire()
    this.#connections = new IdleConnections(this.context.network.engine, this.rules.reuse)
  }

  /** The proxy ends. */
  stop(): void {
    this.#connections.retire()
  }

  /** The first request of a client's connection gets one of its own, where the rules have it so. */
  #isFresh(peer: HttpPeer): boolean {
    if (!this.rules.freshFirst || this.#served.has(peer)) return false
    this.#served.add(peer)
    return true
  }
}

/** One request, from step to step until there is an answer. */
class Carriage {
  readonly response = new LateResponse()
  readonly #carrier: IngressCarrier
  readonly #connections: IdleConnections
  readonly #isFresh: boolean
  #isOver = false

  constructor(carrier: IngressCarrier, connections: IdleConnections, isFresh: boolean) {
    this.#carrier = carrier
    this.#connections = connections
    this.#isFresh = isFresh
  }

  step(handled: Handled): void {
    if (handled.kind === 'respond') this.#settle(responseOf(handled))
    else if (handled.kind === 'authenticate') this.#authenticate(handled)
    else this.#passOn(handled)
  }

  #settle(response: HttpResponse | undefined): void {
    if (this.#isOver) return response?.stream?.cancel()
    this.#isOver = true
    return this.response.settle(response)
  }

  /** Holds the request's body as the rules have it, and asks the endpoints. */
  #passOn(passed: Passed): void {
    const { request, body: rules, mirror } = passed
    const stream = request.stream instanceof BodyStream ? request.stream : undefined
    if (stream !== undefined && (rules.requestBuffered || mirror?.withBody === true)) {
      return collectBody(stream, rules.requestLimitBytes, (outcome) => this.#gathered(passed, outcome))
    }
    if (mirror !== undefined) this.#sendElsewhere(mirror, READ_TIMEOUT, () => {})
    if (stream === undefined || rules.requestLimitBytes === 0) return this.#ask(passed, { ...request, stream })
    const limited = limitedBody(stream, rules.requestLimitBytes, () => this.#tooLarge(passed))
    return this.#ask(passed, { ...request, stream: limited })
  }

  #gathered(passed: Passed, outcome: CollectedBody | 'too-large' | 'failed'): void {
    if (outcome === 'too-large') return this.#tooLarge(passed)
    // The client has gone: nobody hears of it.
    if (outcome === 'failed') return this.step(passed.failed('error'))
    const { body } = outcome
    const { request, mirror } = passed
    if (mirror !== undefined) {
      const copy = mirror.withBody ? withWholeBody(mirror.request, body) : mirror.request
      this.#sendElsewhere({ url: mirror.url, request: copy }, READ_TIMEOUT, () => {})
    }
    return this.#ask(passed, withWholeBody(request, body))
  }

  #tooLarge(passed: Passed): void {
    if (!this.#isOver) this.step(passed.tooLarge?.() ?? passed.failed('error'))
  }

  #ask(passed: Passed, asked: Asked): void {
    this.#attempt({ passed, asked, startUs: this.#now(), place: 0, tries: 0, failure: 'error' })
  }

  /** Asks the endpoint whose turn it is, and the others in turn as far as the rules have it. */
  #attempt(attempt: Attempt): void {
    const { passed, asked, place, tries } = attempt
    if (this.#isOver) return undefined
    const endpoint = passed.endpoints[place % passed.endpoints.length]
    if (endpoint === undefined || tries >= passed.endpoints.length) return this.step(passed.failed(attempt.failure))
    this.#resolve(endpoint.address, (address) => {
      if (address === undefined) return this.#attempt({ ...attempt, place: place + 1, tries: tries + 1 })
      const askedUs = this.#now()
      const isLast = tries === passed.endpoints.length - 1 || this.#triedEnough(attempt)
      return this.#send(
        requestTo(address, endpoint.port, passed, asked, this.#isFresh),
        (reply) => {
          if (!isLast && asked.stream === undefined && passed.triesNext(reply.status, true)) {
            reply.stream?.cancel()
            return this.#next(attempt)
          }
          const handled = passed.answered(heldBack(reply, passed), endpoint, this.#now() - askedUs)
          // The controller may have an answer of its own in place of the endpoint's.
          if (handled.kind !== 'respond' || handled.response.stream === undefined) reply.stream?.cancel()
          if (reply.tunnel === undefined) return this.step(handled)
          return this.#join(handled, reply.tunnel, passed.readTimeoutUs)
        },
        (error, reused) => this.#failed({ ...attempt, failure: whyOf(error) }, error, reused, isLast),
      )
    })
  }

  #next(attempt: Attempt): void {
    this.#attempt({ ...attempt, place: attempt.place + 1, tries: attempt.tries + 1 })
  }

  #failed(attempt: Attempt, error: RequestFailure, reused: boolean, isLast: boolean): void {
    const { passed, asked, failure, place } = attempt
    // A body in parts has gone, as far as it came.
    const isGone = asked.stream?.isRead === true
    if (reused && failure === 'error' && !isGone) {
      // The endpoint may have closed it for being idle, and heard nothing.
      const { stale } = this.#carrier.rules
      if (stale === 'hang-up') return this.#settle(undefined)
      if (stale === 'again' && isReplayable(asked)) return this.#attempt(attempt)
      if (stale === 'next' && !this.#triedEnough(attempt) && passed.triesNext('error', true)) {
        return this.#attempt({ ...attempt, place: place + 1 })
      }
    }
    if (isLast || isGone || !passed.triesNext(failure, reused || wasSent(error)))
      return this.step(passed.failed(failure))
    return this.#next(attempt)
  }

  /** What comes from either side of a WebSocket goes to the other. */
  #join(handled: Handled, server: Tunnel, silenceUs: number): void {
    if (handled.kind !== 'respond' || handled.response.status !== 101) {
      server.socket.end()
      return this.step(handled)
    }
    const { engine } = this.#carrier.context.network
    const takeOver = (client: Tunnel): void => joinTunnels(engine, client, server, silenceUs)
    return this.#settle({ ...responseOf(handled), takeOver })
  }

  #authenticate(asked: Authenticating): void {
    this.#sendElsewhere(asked.ask, asked.readTimeoutUs, (reply) => this.step(asked.answered(reply)))
  }

  /** Asks a server that is no endpoint. @param onReply undefined: its name leads nowhere, or it gave no answer */
  #sendElsewhere({ url, request }: SubRequest, timeoutUs: number, onReply: (reply?: HttpResponse) => void): void {
    const { protocol, hostname, port } = new URL(url)
    const isHttps = protocol === 'https:'
    this.#resolve(hostname, (address) => {
      if (address === undefined) return onReply()
      const { method, target, version, headers, body } = request
      const prepared = prepareRequest({
        ...{ method, target, version, headers, body },
        address,
        port: port === '' ? (isHttps ? 443 : 80) : Number(port),
        timeoutUs,
        ...(isHttps ? { tls: { serverName: hostname } } : {}),
      })
      return requestHttp(this.#carrier.context.network, prepared, onReply, () => onReply())
    })
  }

  #send(
    request: PreparedRequest,
    onReply: (reply: HttpReply) => void,
    onFailure: (error: RequestFailure, reused: boolean) => void,
  ): void {
    requestHttp(this.#carrier.context.network, request, onReply, onFailure, this.#connections)
  }

  /** ExternalName Services, and other servers, have a name where others have an address. */
  #resolve(address: string, found: (address: string | undefined) => void): void {
    if (ADDRESS.test(address)) return found(address)
    const { network, resolver } = this.#carrier.context
    void resolver.lookup(address).then((result) => found('addresses' in result ? result.addresses[0] : undefined))
    network.engine.touchAsync()
  }

  #triedEnough({ passed: { triesTimeoutUs }, startUs }: Attempt): boolean {
    return triesTimeoutUs > 0 && this.#now() - startUs >= triesTimeoutUs
  }

  #now(): number {
    return this.#carrier.context.network.engine.clock.now()
  }
}

/** The request, with its body as it goes out. */
type Asked = Omit<HttpRequest, 'stream'> & { readonly stream: BodyStream | undefined }

interface Attempt {
  readonly passed: Passed
  readonly asked: Asked
  readonly startUs: number
  /** In the list of endpoints, which goes round. */
  readonly place: number
  readonly tries: number
  /** What became of the last one. */
  readonly failure: 'error' | 'timeout'
}

const ADDRESS = /^[0-9.]+$|:/

/** The endpoint may have begun to work on it: the connection stood. */
function wasSent(error: RequestFailure): boolean {
  if (error instanceof TlsError) return false
  return !(error instanceof SocketError) || (error.flow?.outcome === 'delivered' && error.code !== 'ECONNREFUSED')
}

function whyOf(error: RequestFailure): Attempt['failure'] {
  return error instanceof SocketError && error.code === 'ETIMEDOUT' ? 'timeout' : 'error'
}

function requestTo(
  address: string,
  port: number,
  { https, connectTimeoutUs, readTimeoutUs }: Passed,
  { method, target, version, headers, body, stream }: Asked,
  fresh: boolean,
): PreparedRequest {
  const prepared = prepareRequest({
    address,
    port,
    method,
    target,
    version,
    headers,
    body,
    stream,
    streams: true,
    connectTimeoutUs,
    timeoutUs: readTimeoutUs,
    ...(https ? { tls: { serverName: '' } } : {}),
    upgrades: version !== '2' && headerValue(headers, 'upgrade') !== undefined,
  })
  return fresh ? { ...prepared, fresh } : prepared
}
