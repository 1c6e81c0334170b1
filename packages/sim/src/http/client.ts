// An HTTP/1.x client for one request a connection, as curl, probes and the resolver of a URL use it; proxies hand in the connections
// they keep open. Headers go out as given (Host and Content-Length are added when absent). What a socket would report is a
// SocketError; a name that does not resolve is a ResolveError; a response that is no HTTP is an HttpError; TLS that does not
// come about is a TlsError.

import type { X509Certificate } from 'node:crypto'
import type { ScheduledTask } from '@podwire/engine'
import type { Flow } from '../fabric/flow.ts'
import {
  type ConnectingSocket,
  type ConnectOptions,
  type NetworkNamespace,
  SocketError,
  type WireFrame,
} from '../fabric/network.ts'
import {
  chainOf,
  ClientHello,
  connectTls,
  type ServerCredentials,
  type StreamSocket,
  TlsError,
  type Trust,
  verifyChain,
} from '../tls/index.ts'
import type { RequestFailure } from './failure.ts'
import { RequestFrame, ResponseFrame } from './frame.ts'
import { keepsAlive } from './header-rules.ts'
import type { ClientConnection, ConnectionUser, IdleConnections } from './idle-connections.ts'
import { type HeaderList, headerValue, type HttpRequest, type HttpResponse } from './message.ts'
import type { MessageParser, ParserEvent } from './parser.ts'
import { createResponseParser, type StatusLine } from './response-parser.ts'
import type { Tunnel } from './tunnel.ts'

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
  /** Speaks TLS. */
  readonly tls?: ClientTls
  /** The request asks for another protocol: a 101 is an answer. */
  readonly upgrades?: boolean
}

export interface ClientTls {
  /** SNI; '' for none. */
  readonly serverName: string
  /** Absent: whatever certificate comes is taken. */
  readonly trust?: Trust
}

/** A response, and how it came about. */
export interface HttpReply extends HttpResponse {
  readonly flow: Flow
  /** From the call to the last byte, microseconds. */
  readonly durationUs: number
  /** Over TLS: what the server showed, its own certificate first. */
  readonly chain?: () => readonly X509Certificate[]
  /** With status 101: the connection is the caller's. */
  readonly tunnel?: Tunnel
}

/** The peer answered something that is not HTTP, or closed too early. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  /** `empty-reply`: closed without a byte; `cut-off`: closed half-way; `malformed`: no HTTP. */
  readonly reason: 'empty-reply' | 'cut-off' | 'malformed'
  readonly flow: Flow
  /** What came in place of a status line, as far as its line reaches; '' unless malformed. */
  readonly firstLine: string

  constructor(reason: HttpError['reason'], flow: Flow, firstLine = '') {
    super(`no complete HTTP response: ${reason}`)
    this.reason = reason
    this.flow = flow
    this.firstLine = firstLine
  }
}

/** Sends one request. Rejects with SocketError, HttpError or TlsError. */
export function sendHttp(network: NetworkNamespace, options: SendOptions): Promise<HttpReply> {
  const { promise, resolve, reject } = network.engine.deferred<HttpReply>()
  requestHttp(network, prepareRequest(options), resolve, reject)
  return promise
}

/** A request made once, to be sent any number of times. */
export interface PreparedRequest {
  readonly frame: RequestFrame
  readonly connect: ConnectOptions
  readonly timeoutUs: number | undefined
  readonly tls?: SendOptions['tls'] | undefined
  readonly upgrades?: boolean | undefined
  /** Of connections that are kept open it takes none: it gets a new one. */
  readonly fresh?: boolean
}

export function prepareRequest(options: SendOptions): PreparedRequest {
  return {
    frame: new RequestFrame(requestOf(options)),
    connect: connectOptions(options),
    timeoutUs: options.timeoutUs,
    tls: options.tls,
    upgrades: options.upgrades,
  }
}

/**
 * sendHttp with callbacks, for callers that count promises. Exactly one of the two is called.
 * @param onFailure `reused`: the connection had carried another request before
 * @param connections kept open for further requests; default: one connection for this request
 */
export function requestHttp(
  network: NetworkNamespace,
  request: PreparedRequest,
  onReply: (reply: HttpReply) => void,
  onFailure: (error: RequestFailure, reused: boolean) => void,
  connections?: IdleConnections,
): void {
  new Exchange(network, request.frame.request.method, onReply, onFailure).send(request, connections)
}

const EMPTY = new Uint8Array()

class Exchange implements ConnectionUser {
  readonly #network: NetworkNamespace
  readonly #startUs: number
  readonly #onReply: (reply: HttpReply) => void
  readonly #onFailure: (error: RequestFailure, reused: boolean) => void
  readonly #method: string
  #parser: MessageParser<StatusLine> | undefined
  #timer: ScheduledTask | undefined
  #done = false
  #upgrades = false
  #credentials: ServerCredentials | undefined
  #connections: IdleConnections | undefined
  /** May carry another request after this one; undefined: it may not. */
  #connection: ClientConnection | undefined
  #reused = false

  constructor(
    network: NetworkNamespace,
    method: string,
    onReply: (reply: HttpReply) => void,
    onFailure: (error: RequestFailure, reused: boolean) => void,
  ) {
    this.#network = network
    this.#method = method
    this.#onReply = onReply
    this.#onFailure = onFailure
    this.#startUs = network.engine.clock.now()
  }

  send(request: PreparedRequest, connections: IdleConnections | undefined): void {
    const { frame, timeoutUs, upgrades } = request
    this.#upgrades = upgrades === true
    const socket = connections === undefined ? this.#open(request) : this.#takeOrOpen(request, connections)
    if (connections === undefined) {
      socket.onFrame = (received) => this.frame(socket, received)
      socket.onData = (data) => this.bytes(socket, data)
      socket.onEnd = () => this.end(socket)
      socket.onError = (error) => this.fail(error)
    }
    socket.write(frame)
    if (timeoutUs !== undefined) {
      this.#timer = this.#network.engine.schedule(timeoutUs, 'http timeout', () => this.#timeout(socket))
    }
  }

  #takeOrOpen(request: PreparedRequest, connections: IdleConnections): StreamSocket {
    const { address, port } = request.connect
    const place = `${request.tls === undefined ? '' : 'tls '}${address} ${port}`
    const kept = request.fresh === true ? undefined : connections.take(place)
    const connection = kept ?? connections.open(place, this.#open(request))
    connection.user = this
    this.#reused = connection.requests > 0
    connection.requests++
    this.#connections = connections
    const { version, headers } = request.frame.request
    if (keepsAlive(version, headers)) this.#connection = connection
    return connection.socket
  }

  #open({ connect, tls }: PreparedRequest): StreamSocket {
    const dialed = this.#network.openTcp(connect)
    return tls === undefined ? dialed : this.#secure(dialed, tls)
  }

  #secure(dialed: ConnectingSocket, { serverName, trust }: ClientTls): StreamSocket {
    const host = trust?.host ?? serverName
    return connectTls(dialed, new ClientHello(serverName, undefined, ['http/1.1']), {
      established: ({ credentials }) => {
        this.#credentials = credentials
        const problem = trust === undefined ? undefined : verifyChain(chainOf(credentials), trust)
        if (problem === undefined) return
        dialed.onError = undefined
        dialed.destroy()
        this.fail(new TlsError(problem, host, dialed.flow))
      },
      failed: () => this.fail(new TlsError('no-tls', host, dialed.flow)),
    })
  }

  frame(socket: StreamSocket, frame: WireFrame): void {
    if (this.#done) return
    if (!(frame instanceof ResponseFrame) || this.#parser?.idle === false) return this.bytes(socket, frame.bytes())
    const { response, withBody } = frame
    if (response.status === 101 && this.#upgrades) return this.#upgraded(socket, response, EMPTY)
    if (response.status < 200) return
    this.#reply(socket, withBody || response.body.length === 0 ? response : { ...response, body: EMPTY })
  }

  bytes(socket: StreamSocket, data: Uint8Array): void {
    if (this.#done) return
    this.#parser ??= createResponseParser(this.#method)
    for (const event of this.#parser.feed(data)) this.#event(socket, event, data)
  }

  #event(socket: StreamSocket, event: ParserEvent<StatusLine>, data: Uint8Array = EMPTY, isOver = false): void {
    if (this.#done || event.kind === 'head' || event.kind === 'part') return
    if (event.kind === 'error') {
      socket.onError = undefined
      socket.destroy()
      const [line = ''] = Buffer.from(data).toString('latin1').split(/\r?\n/, 1)
      return this.fail(new HttpError('malformed', socket.flow, line))
    }
    const { version, status, reason } = event.start
    if (status === 101 && this.#upgrades) {
      const response = { status, reason, headers: event.headers, body: EMPTY }
      return this.#upgraded(socket, response, this.#parser?.takeRest() ?? EMPTY)
    }
    if (isOver || version === '1.0' || this.#parser?.idle !== true) this.#connection = undefined
    if (status >= 200) this.#reply(socket, { status, reason, headers: event.headers, body: event.body })
  }

  end(socket: StreamSocket): void {
    if (this.#done) return
    const started = this.#parser !== undefined
    const last = this.#parser?.end()
    if (last?.kind === 'message') return this.#event(socket, last, EMPTY, true)
    socket.end()
    this.fail(new HttpError(started ? 'cut-off' : 'empty-reply', socket.flow))
  }

  #timeout(socket: StreamSocket): void {
    if (this.#done) return
    socket.onError = undefined
    socket.destroy()
    this.fail(new SocketError('ETIMEDOUT', socket.flow))
  }

  #upgraded(socket: StreamSocket, response: HttpResponse, rest: Uint8Array): void {
    this.#finish()
    socket.onData = socket.onFrame = socket.onEnd = socket.onError = undefined
    this.#onReply({ ...this.#replyOf(socket, response), tunnel: { socket, rest } })
  }

  #reply(socket: StreamSocket, response: HttpResponse): void {
    this.#finish()
    if (!this.#keeps(response)) {
      socket.onEnd = undefined
      socket.end()
    }
    this.#onReply(this.#replyOf(socket, response))
  }

  #keeps({ headers }: HttpResponse): boolean {
    const connection = this.#connection
    if (connection === undefined || !keepsAlive('1.1', headers)) return false
    return this.#connections?.keep(connection) === true
  }

  #replyOf(socket: StreamSocket, response: HttpResponse): HttpReply {
    const reply = {
      status: response.status,
      reason: response.reason,
      headers: response.headers,
      body: response.body,
      flow: socket.flow,
      durationUs: this.#network.engine.clock.now() - this.#startUs,
    }
    const credentials = this.#credentials
    return credentials === undefined ? reply : { ...reply, chain: () => chainOf(credentials) }
  }

  fail(error: RequestFailure): void {
    if (this.#done) return
    this.#finish()
    this.#onFailure(error, this.#reused)
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
