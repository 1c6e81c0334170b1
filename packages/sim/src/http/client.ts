// An HTTP/1.x client for one request a connection, as curl, probes and the resolver of a URL use it. Headers go out as given
// (Host and Content-Length are added when absent). What a socket would report is a SocketError; a name that does not resolve is
// a ResolveError; a response that is no HTTP is an HttpError.

import type { Flow } from '../fabric/flow.ts'
import { type ConnectOptions, type NetworkNamespace, SocketError, type WireFrame } from '../fabric/network.ts'
import { RequestFrame, ResponseFrame } from './frame.ts'
import { type HeaderList, headerValue, type HttpRequest, type HttpResponse } from './message.ts'
import type { MessageParser, ParserEvent } from './parser.ts'
import { createResponseParser, type StatusLine } from './response-parser.ts'

export interface SendOptions {
  /** An IP address; names are the caller's (or fetchHttp's) to resolve. */
  readonly address: string
  readonly port: number
  /** Default GET. */
  readonly method?: string
  /** Path and query; default `/`. */
  readonly target?: string
  readonly version?: '1.0' | '1.1'
  /** Value of the Host header; default the address, with its port unless 80. */
  readonly host?: string
  readonly headers?: HeaderList
  readonly body?: Uint8Array | string
  /** For the whole exchange; then it is ETIMEDOUT. Default: as long as TCP lasts. */
  readonly timeoutUs?: number
  /** For the connection alone. */
  readonly connectTimeoutUs?: number
  readonly localAddress?: string
}

/** A response, and how it came about. */
export interface HttpReply extends HttpResponse {
  readonly flow: Flow
  /** From the call to the last byte, microseconds. */
  readonly durationUs: number
}

/** The peer answered something that is not HTTP, or closed too early. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  /** `empty-reply`: closed without a byte; `cut-off`: closed half-way; `malformed`: no HTTP. */
  readonly reason: 'empty-reply' | 'cut-off' | 'malformed'
  readonly flow: Flow

  constructor(reason: HttpError['reason'], flow: Flow) {
    super(`no complete HTTP response: ${reason}`)
    this.reason = reason
    this.flow = flow
  }
}

/** Sends one request. Rejects with SocketError or HttpError. */
export function sendHttp(network: NetworkNamespace, options: SendOptions): Promise<HttpReply> {
  const { promise, resolve, reject } = network.engine.deferred<HttpReply>()
  requestHttp(network, options, resolve, reject)
  return promise
}

/** The same with callbacks, for callers that count promises. Exactly one of the two is called. */
export function requestHttp(
  network: NetworkNamespace,
  options: SendOptions,
  onReply: (reply: HttpReply) => void,
  onFailure: (error: SocketError | HttpError) => void,
): void {
  new Exchange(network, options, onReply, onFailure)
}

const EMPTY = new Uint8Array()

class Exchange {
  readonly #network: NetworkNamespace
  readonly #method: string
  readonly #startUs: number
  readonly #socket: ReturnType<NetworkNamespace['openTcp']>
  readonly #onReply: (reply: HttpReply) => void
  readonly #onFailure: (error: SocketError | HttpError) => void
  #parser: MessageParser<StatusLine> | undefined
  #timer: ReturnType<NetworkNamespace['engine']['schedule']> | undefined
  #done = false

  constructor(
    network: NetworkNamespace,
    options: SendOptions,
    onReply: (reply: HttpReply) => void,
    onFailure: (error: SocketError | HttpError) => void,
  ) {
    this.#network = network
    this.#onReply = onReply
    this.#onFailure = onFailure
    this.#startUs = network.engine.clock.now()
    const request = requestOf(options)
    this.#method = request.method
    const socket = network.openTcp(connectOptions(options))
    this.#socket = socket
    socket.onFrame = (frame) => this.#frame(frame)
    socket.onData = (data) => this.#bytes(data)
    socket.onEnd = () => this.#end()
    socket.onError = (error) => this.#fail(error)
    socket.write(new RequestFrame(request))
    if (options.timeoutUs !== undefined) {
      this.#timer = network.engine.schedule(options.timeoutUs, 'http timeout', () => this.#timeout())
    }
  }

  #frame(frame: WireFrame): void {
    if (this.#done) return
    if (!(frame instanceof ResponseFrame) || this.#parser?.idle === false) return this.#bytes(frame.bytes())
    const { response, withBody } = frame
    if (response.status < 200) return
    this.#reply(withBody || response.body.length === 0 ? response : { ...response, body: EMPTY })
  }

  #bytes(data: Uint8Array): void {
    if (this.#done) return
    this.#parser ??= createResponseParser(this.#method)
    for (const event of this.#parser.feed(data)) this.#event(event)
  }

  #event(event: ParserEvent<StatusLine>): void {
    if (this.#done || event.kind === 'head') return
    if (event.kind === 'error') {
      this.#socket.onError = undefined
      this.#socket.destroy()
      return this.#fail(new HttpError('malformed', this.#socket.flow))
    }
    const { status, reason } = event.start
    if (status >= 200) this.#reply({ status, reason, headers: event.headers, body: event.body })
  }

  #end(): void {
    if (this.#done) return
    const started = this.#parser !== undefined
    const last = this.#parser?.end()
    if (last?.kind === 'message') return this.#event(last)
    this.#socket.end()
    this.#fail(new HttpError(started ? 'cut-off' : 'empty-reply', this.#socket.flow))
  }

  #timeout(): void {
    if (this.#done) return
    this.#socket.onError = undefined
    this.#socket.destroy()
    this.#fail(new SocketError('ETIMEDOUT', this.#socket.flow))
  }

  #reply(response: HttpResponse): void {
    this.#finish()
    this.#socket.onEnd = undefined
    this.#socket.end()
    this.#onReply({
      status: response.status,
      reason: response.reason,
      headers: response.headers,
      body: response.body,
      flow: this.#socket.flow,
      durationUs: this.#network.engine.clock.now() - this.#startUs,
    })
  }

  #fail(error: SocketError | HttpError): void {
    if (this.#done) return
    this.#finish()
    this.#onFailure(error)
  }

  #finish(): void {
    this.#done = true
    if (this.#timer !== undefined) this.#network.engine.cancel(this.#timer)
  }
}

function connectOptions(options: SendOptions): ConnectOptions {
  const { address, port, connectTimeoutUs, localAddress } = options
  if (connectTimeoutUs === undefined && localAddress === undefined) return { address, port }
  return {
    address,
    port,
    ...(connectTimeoutUs !== undefined && { timeoutUs: connectTimeoutUs }),
    ...(localAddress !== undefined && { localAddress }),
  }
}

function requestOf(options: SendOptions): HttpRequest {
  const given = options.headers ?? NO_HEADERS
  const body = typeof options.body === 'string' ? Buffer.from(options.body) : (options.body ?? EMPTY)
  let headers = given
  if (headerValue(given, 'host') === undefined) {
    const host = ['Host', options.host ?? defaultHost(options)] as const
    headers = given.length === 0 ? [host] : [host, ...given]
  }
  if (body.length > 0 && headerValue(given, 'content-length') === undefined) {
    if (headerValue(given, 'transfer-encoding') === undefined) {
      headers = [...headers, ['Content-Length', String(body.length)]]
    }
  }
  return {
    method: options.method ?? 'GET',
    target: options.target ?? '/',
    version: options.version ?? '1.1',
    headers,
    body,
  }
}

const NO_HEADERS: HeaderList = []

function defaultHost({ address, port }: SendOptions): string {
  const name = address.includes(':') ? `[${address}]` : address
  return port === 80 ? name : `${name}:${port}`
}
