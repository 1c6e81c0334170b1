// An HTTP/1.x server on a network namespace. Requests of our own client come as objects, those of anything else as bytes; the
// handler cannot tell. One request at a time a connection, answers in order. It adds Content-Length where the handler named no
// length, and nothing else: what headers a program sends is the program's business.

import type { Engine, ScheduledTask } from '@podwire/engine'
import type { Listener, NetworkNamespace, WireFrame } from '../fabric/network.ts'
import { createSelfSignedCertificate } from '../certificates/index.ts'
import { acceptTls, lazyCredentials, type ServerTls, type StreamSocket } from '../tls/index.ts'
import { RequestFrame, ResponseFrame } from './frame.ts'
import { keepsAlive } from './header-rules.ts'
import { LateResponse } from './late-response.ts'
import { type CarryingHandler, type HeaderList, headerValue, type HttpRequest, type HttpResponse } from './message.ts'
import { DEFAULT_LIMITS, type MessageParser, type ParserEvent, type ParserLimits } from './parser.ts'
import { reasonPhrase } from './reason.ts'
import { createRequestParser, type RequestLine } from './request-parser.ts'

export interface HttpServerOptions {
  /** Default: any. */
  readonly address?: string
  readonly limits?: Partial<ParserLimits>
  /** Serves HTTPS; true: with a certificate the server has made for itself. */
  readonly tls?: boolean | ServerTls
  /** The answer to what is no request; default a line of text. The connection closes behind it. */
  readonly refusal?: (status: number) => HttpResponse
  /** How long a client may take over a request before the connection is closed; default for ever. */
  readonly receiveTimeoutUs?: number
  /** A handler threw; the client gets a 500. */
  readonly onError?: (error: unknown) => void
}

/** @throws SocketError EADDRINUSE, EADDRNOTAVAIL */
export function serveHttp(
  network: NetworkNamespace,
  port: number,
  handler: CarryingHandler,
  options: HttpServerOptions = {},
): Listener {
  const limits: ParserLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const tls = options.tls === true ? ownTls(network) : options.tls
  return network.listenTcp(
    port,
    (socket) => {
      const serve = (stream: StreamSocket): void =>
        new ServerConnection(network.engine, stream, handler, limits, options).start()
      if (typeof tls === 'object') acceptTls(socket, tls, serve)
      else serve(socket)
    },
    options.address,
  )
}

/** As kubelets and many servers have it until they are given a certificate: self-signed, for the addresses they have. */
function ownTls({ engine, name, addresses }: NetworkNamespace): ServerTls {
  const nowMs = engine.clock.wallTimeMs()
  const hosts = [name.replace(/^.*\//, ''), ...addresses]
  const credentials = lazyCredentials(() => createSelfSignedCertificate({ hosts }, { nowMs, seed: `${name} ${nowMs}` }))
  return { credentials: () => credentials }
}

class ServerConnection {
  readonly #socket: StreamSocket
  readonly #handler: CarryingHandler
  readonly #limits: ParserLimits
  readonly #engine: Engine
  readonly #options: HttpServerOptions
  #slowness: ScheduledTask | undefined
  /** Made when the first bytes come; peers that send objects need none. */
  #parser: MessageParser<RequestLine> | undefined
  #waiting: HttpRequest[] | undefined
  #busy = false
  #finished = false
  #peerEnded = false

  constructor(
    engine: Engine,
    socket: StreamSocket,
    handler: CarryingHandler,
    limits: ParserLimits,
    options: HttpServerOptions,
  ) {
    this.#engine = engine
    this.#socket = socket
    this.#handler = handler
    this.#limits = limits
    this.#options = options
  }

  start(): void {
    const socket = this.#socket
    socket.endsWithPeer = true
    socket.onFrame = (frame) => this.#frame(frame)
    socket.onData = (data) => this.#bytes(data)
  }

  #frame(frame: WireFrame): void | Promise<void> {
    if (frame instanceof RequestFrame && (this.#parser === undefined || this.#parser.idle)) {
      return this.#accept(frame.request)
    }
    return this.#bytes(frame.bytes())
  }

  #bytes(data: Uint8Array): void | Promise<void> {
    if (this.#finished) return undefined
    this.#parser ??= createRequestParser(this.#limits)
    let work: void | Promise<void> = undefined
    for (const event of this.#parser.feed(data)) work = this.#event(event) ?? work
    this.#watchSlowness(this.#parser)
    return work
  }

  /** From the first byte of a request to its last. */
  #watchSlowness({ idle }: MessageParser<RequestLine>): void {
    const { receiveTimeoutUs } = this.#options
    if (receiveTimeoutUs === undefined) return
    if (idle || this.#finished) {
      this.#engine.cancel(this.#slowness)
      this.#slowness = undefined
    } else
      this.#slowness ??= this.#engine.schedule(
        receiveTimeoutUs,
        'http: slow client',
        () => this.#finish(),
        'background',
      )
  }

  #event(event: ParserEvent<RequestLine>): void | Promise<void> {
    if (event.kind === 'error') return this.#refuse(event.status)
    if (event.kind === 'head') return this.#expect(event.start, event.headers)
    if (event.kind === 'part') return undefined
    const { method, target, version } = event.start
    return this.#accept({ method, target, version, headers: event.headers, body: event.body })
  }

  #expect(start: RequestLine, headers: HeaderList): void {
    const expectation = headerValue(headers, 'expect')
    if (expectation === undefined || start.version === '1.0') return
    if (expectation.toLowerCase() !== '100-continue') return this.#refuse(417)
    this.#socket.write(CONTINUE)
  }

  #accept(request: HttpRequest): void | Promise<void> {
    if (this.#finished) return undefined
    if (this.#busy) {
      this.#waiting ??= []
      this.#waiting.push(request)
      return undefined
    }
    this.#busy = true
    let answer: ReturnType<CarryingHandler>
    try {
      answer = this.#handler(request, this.#socket.remote)
    } catch (error) {
      return this.#failed(request, error)
    }
    if (!(answer instanceof Promise || answer instanceof LateResponse)) return this.#answer(request, answer)
    // The peer may close its side while the handler works; the answer still goes out.
    this.#watchPeer()
    if (answer instanceof LateResponse) return answer.whenSettled((response) => this.#answerLate(request, response))
    return answer.then(
      (response) => this.#answer(request, response),
      (error: unknown) => this.#failed(request, error),
    )
  }

  #answerLate(request: HttpRequest, response: HttpResponse | undefined): void {
    if (response === undefined) this.#finish()
    // The next request may have been waiting for a handler that makes a promise.
    else if (this.#answer(request, response) !== undefined) this.#engine.touchAsync()
  }

  #answer(request: HttpRequest, response: HttpResponse): void | Promise<void> {
    if (this.#finished) return undefined
    const complete = withLength(request, response)
    const { status } = response
    this.#socket.write(new ResponseFrame(complete, request.method !== 'HEAD' && status !== 204 && status !== 304))
    if (status === 101 && response.takeOver !== undefined) return this.#handOver(response.takeOver)
    this.#busy = false
    const stays = keepsAlive(request.version, request.headers) && keepsAlive('1.1', response.headers)
    if (!stays) return this.#finish()
    const next = this.#waiting?.shift()
    if (next !== undefined) return this.#accept(next)
    if (this.#peerEnded) return this.#finish()
    if (this.#socket.onEnd !== undefined) this.#socket.onEnd = undefined
    return undefined
  }

  #handOver(takeOver: NonNullable<HttpResponse['takeOver']>): void {
    this.#finished = true
    this.#socket.onEnd = this.#socket.onFrame = this.#socket.onData = undefined
    takeOver({ socket: this.#socket, rest: this.#parser?.takeRest() ?? new Uint8Array() })
  }

  #failed(request: HttpRequest, error: unknown): void | Promise<void> {
    this.#options.onError?.(error)
    return this.#answer(request, errorResponse(500))
  }

  #refuse(status: number): void {
    if (this.#finished) return
    this.#socket.write(new ResponseFrame(this.#options.refusal?.(status) ?? errorResponse(status), true))
    this.#finish()
  }

  #watchPeer(): void {
    this.#socket.onEnd = () => {
      this.#peerEnded = true
      if (!this.#busy) this.#finish()
    }
  }

  #finish(): void {
    this.#finished = true
    this.#engine.cancel(this.#slowness)
    this.#socket.onEnd = undefined
    this.#socket.end()
  }
}

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')

/** How servers refuse what they cannot read: the status as a line of text, and the connection closes. */
function errorResponse(status: number): HttpResponse {
  const body = Buffer.from(`${status} ${reasonPhrase(status)}\n`)
  return {
    status,
    reason: '',
    headers: [
      ['Content-Type', 'text/plain'],
      ['Content-Length', String(body.length)],
      ['Connection', 'close'],
    ],
    body,
  }
}

function withLength(request: HttpRequest, response: HttpResponse): HttpResponse {
  const { status, reason, headers, body } = response
  if (status === 204 || status === 304 || status < 200) return response
  if (headerValue(headers, 'content-length') !== undefined) return response
  if (headerValue(headers, 'transfer-encoding') !== undefined) return response
  if (request.method === 'HEAD' && body.length === 0) return response
  return { status, reason, headers: [...headers, ['Content-Length', String(body.length)]], body }
}
