// An HTTP/1.x server on a network namespace. Requests of our own client come as objects, those of anything else as bytes; the
// handler cannot tell. One request at a time a connection, answers in order. It adds Content-Length where the handler named no
// length, Transfer-Encoding to a body in parts, and nothing else: what headers a program sends is the program's business.
// HTTP/2 comes from our own programs alone, one request a connection, to servers that speak it.

import { SERVE_HTTP } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import type { Engine, ScheduledTask } from '@podwire/engine'
import type { Listener, NetworkNamespace, WireFrame } from '../fabric/network.ts'
import { createSelfSignedCertificate } from '../certificates/index.ts'
import { acceptTls, lazyCredentials, type ServerTls, type StreamSocket } from '../tls/index.ts'
import { BodyStream, collectBody } from './body-stream.ts'
import { type Assembled, MessageAssembler, receivePart, sendBody } from './body-wire.ts'
import { EndFrame, framingOf, PartFrame, RequestFrame, ResponseFrame } from './frame.ts'
import { keepsAlive } from './header-rules.ts'
import { LateResponse } from './late-response.ts'
import {
  type CarryingHandler,
  type HeaderList,
  headerValue,
  type HttpRequest,
  type HttpResponse,
  type HttpVersion,
} from './message.ts'
import { DEFAULT_LIMITS, type MessageParser, type ParserEvent, type ParserLimits } from './parser.ts'
import { reasonPhrase } from './reason.ts'
import { createRequestParser, type RequestLine } from './request-parser.ts'

export interface HttpServerOptions {
  /** Default: any. */
  readonly address?: string
  readonly limits?: Partial<ParserLimits>
  /** Serves HTTPS; true: with a certificate the server has made for itself. */
  readonly tls?: boolean | Omit<ServerTls, 'plain'>
  /** With `tls`: clients without it are served on the same port, by this handler. */
  readonly plain?: CarryingHandler
  /** The answer to what is no request; default a line of text. The connection closes behind it. */
  readonly refusal?: (status: number) => HttpResponse
  /** How long a client may take over a request before the connection is closed; default for ever. */
  readonly receiveTimeoutUs?: number
  /** Default false: clients that begin with HTTP/2 are refused. `only`: all others are. */
  readonly http2?: boolean | 'only'
  /** The handler takes bodies in parts: it is asked when the headers are there. Default: when the body is. */
  readonly streams?: boolean
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
  checkArguments('serve HTTP', SERVE_HTTP, [network, port, handler, options])
  const limits: ParserLimits = options.limits === undefined ? DEFAULT_LIMITS : { ...DEFAULT_LIMITS, ...options.limits }
  const tls = options.tls === true ? ownTls(network) : options.tls
  const serve = (stream: StreamSocket, by = handler): void =>
    new ServerConnection(network.engine, stream, by, limits, options).start()
  const { plain } = options
  const secure =
    typeof tls !== 'object' || plain === undefined
      ? tls
      : { ...tls, plain: (stream: StreamSocket) => serve(stream, plain) }
  return network.listenTcp(
    port,
    (socket) => {
      if (typeof secure !== 'object') serve(socket)
      else acceptTls(socket, secure, serve)
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
  /** The body under way. */
  #incoming: BodyStream | undefined
  #assembler: MessageAssembler<RequestLine> | undefined

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
    // Named before they are kept: docs/decisions.md, closures.
    const onFrame: StreamSocket['onFrame'] = (frame) => this.#frame(frame)
    const onData: StreamSocket['onData'] = (data) => this.#bytes(data)
    socket.onFrame = onFrame
    socket.onData = onData
  }

  #frame(frame: WireFrame): void | Promise<void> {
    if (this.#incoming !== undefined) {
      if (frame instanceof PartFrame) return receivePart(this.#socket, this.#incoming, frame.part)
      if (frame instanceof EndFrame) return this.#ended(frame.trailers)
    }
    if (frame instanceof RequestFrame && (this.#parser === undefined || this.#parser.idle) && this.#speaks(frame)) {
      return frame.streamed ? this.#begin(frame.request) : this.#accept(frame.request)
    }
    return this.#bytes(frame.bytes())
  }

  #speaks({ request }: RequestFrame): boolean {
    const { http2 = false } = this.#options
    return request.version === '2' ? http2 !== false : http2 !== 'only'
  }

  #bytes(data: Uint8Array): void | Promise<void> {
    if (this.#finished) return undefined
    if (this.#options.http2 === 'only') return this.#greetStranger()
    const streams = this.#options.streams === true
    this.#parser ??= createRequestParser(this.#limits, streams)
    let work: void | Promise<void> = undefined
    const events = this.#parser.feed(data)
    if (streams) {
      this.#assembler ??= new MessageAssembler()
      for (const event of this.#assembler.take(events)) work = this.#assembled(event) ?? work
    } else for (const event of events) work = this.#event(event) ?? work
    this.#watchSlowness(this.#parser)
    return work
  }

  /** As Go's server, which says first what it would speak, and leaves when it hears something else. */
  #greetStranger(): void {
    this.#socket.write(SETTINGS)
    this.#finish()
  }

  #assembled(event: Assembled<RequestLine>): void | Promise<void> {
    switch (event.kind) {
      case 'whole':
        return this.#accept(requestOf(event.start, event.headers, event.body))
      case 'begun':
        this.#expect(event.start, event.headers)
        return this.#begin(requestOf(event.start, event.headers, NO_BODY))
      case 'part':
        return this.#incoming === undefined ? undefined : receivePart(this.#socket, this.#incoming, event.part)
      case 'end':
        return this.#ended(event.trailers)
      case 'error':
        this.#incoming?.fail()
        return this.#refuse(event.status)
    }
  }

  /** The headers are here, the body comes. */
  #begin(request: HttpRequest): void | Promise<void> {
    if (this.#finished) return undefined
    const stream = new BodyStream()
    this.#incoming = stream
    stream.onCancel = () => this.#socket.resume()
    this.#socket.onError = () => stream.fail()
    this.#watchPeer()
    if (this.#options.streams === true) return this.#accept({ ...request, stream })
    collectBody(stream, this.#limits.bodyBytes, (outcome) => {
      if (outcome === 'too-large') this.#refuse(413)
      else if (outcome !== 'failed') void this.#accept({ ...request, body: outcome.body })
    })
    return undefined
  }

  #ended(trailers: HeaderList): void {
    this.#incoming?.end(trailers)
    this.#incoming = undefined
    this.#socket.onError = undefined
  }

  /** From the first byte of a request to its last; of a body in parts, from one to the next. */
  #watchSlowness({ idle }: MessageParser<RequestLine>): void {
    const { receiveTimeoutUs } = this.#options
    if (receiveTimeoutUs === undefined) return
    if (idle || this.#finished || this.#incoming !== undefined) {
      this.#engine.cancel(this.#slowness)
      this.#slowness = undefined
    }
    if (!idle && !this.#finished && this.#incoming?.full !== true)
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
    return this.#accept(requestOf(event.start, event.headers, event.body))
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
    if (this.#finished) return response.stream?.cancel()
    if (response.stream !== undefined) return this.#answerInParts(request, response, response.stream)
    const complete = withLength(request, response)
    const { status } = response
    const withBody = request.method !== 'HEAD' && status !== 204 && status !== 304
    this.#socket.write(new ResponseFrame(complete, withBody, false, request.version))
    if (status === 101 && response.takeOver !== undefined) return this.#handOver(response.takeOver)
    return this.#next(request, keepsAlive('1.1', response.headers))
  }

  #answerInParts(request: HttpRequest, response: HttpResponse, stream: BodyStream): void | Promise<void> {
    const socket = this.#socket
    if (request.method === 'HEAD') {
      stream.cancel()
      return this.#answer(request, { ...response, stream: undefined, headers: inParts(request.version, response) })
    }
    const head = { ...response, stream: undefined, headers: inParts(request.version, response) }
    socket.write(new ResponseFrame(head, true, true, request.version))
    const { onError } = socket
    socket.onError = (error) => {
      this.#finished = true
      stream.cancel()
      onError?.(error)
    }
    const framing = framingOf(head.headers)
    // Without a length and chunks it is the end of the connection that ends the body.
    const stays = framing === 'chunked' || headerValue(head.headers, 'content-length') !== undefined
    sendBody(socket, stream, framing, (complete) => {
      socket.onError = onError
      if (this.#finished) return
      if (complete) void this.#next(request, stays && keepsAlive('1.1', head.headers))
      else this.#finish()
    })
    return undefined
  }

  /** An answer is out: on to the next request, or the connection closes. */
  #next(request: HttpRequest, stays: boolean): void | Promise<void> {
    this.#busy = false
    // Nobody reads the rest of the body: what comes of it is dropped.
    request.stream?.cancel()
    if (!stays || !keepsAlive(request.version, request.headers)) return this.#finish()
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
    const onEnd = (): void => {
      this.#peerEnded = true
      this.#incoming?.fail()
      if (!this.#busy) this.#finish()
    }
    this.#socket.onEnd = onEnd
  }

  #finish(): void {
    this.#finished = true
    this.#engine.cancel(this.#slowness)
    this.#socket.onEnd = undefined
    this.#socket.end()
  }
}

const NO_BODY = new Uint8Array()
/** An empty SETTINGS frame. RFC 9113 §6.5. */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])

/** The headers of a body in parts: HTTP/1.1 has chunks where no length is known. */
function inParts(version: HttpVersion, { headers }: HttpResponse): HeaderList {
  const isKnown = headerValue(headers, 'content-length') !== undefined || framingOf(headers) === 'chunked'
  return isKnown || version !== '1.1' ? headers : [...headers, ['Transfer-Encoding', 'chunked']]
}

function requestOf({ method, target, version }: RequestLine, headers: HeaderList, body: Uint8Array): HttpRequest {
  return { method, target, version, headers, body }
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
  // As most write it: then it is found without comparing letters.
  if (headerValue(headers, 'Content-Length') !== undefined) return response
  if (headerValue(headers, 'Transfer-Encoding') !== undefined) return response
  if (request.method === 'HEAD' && body.length === 0) return response
  return { status, reason, headers: [...headers, ['Content-Length', String(body.length)]], body }
}
