// One request on its way and the response to it, on a connection of its own or on one that is kept open. Exactly one of the two callbacks
// is called: with the reply, which may go on with a body in parts, or with what a program sees of its failure.

import type { X509Certificate } from 'node:crypto'
import type { Due, ScheduledTask } from '@podwire/engine'
import { type ConnectingSocket, type NetworkNamespace, SocketError, type WireFrame } from '../fabric/network.ts'
import {
  chainOf,
  ClientHello,
  connectTls,
  type ServerCredentials,
  type StreamSocket,
  TlsError,
  verifyChain,
} from '../tls/index.ts'
import { type BodyStream, collectBody, wholeBody } from './body-stream.ts'
import { type Assembled, MessageAssembler, sendBody } from './body-wire.ts'
import type { ClientTls, HttpReply } from './client.ts'
import type { RequestFailure } from './failure.ts'
import { EndFrame, framingOf, PartFrame, type RequestFrame, ResponseFrame } from './frame.ts'
import { keepsAlive } from './header-rules.ts'
import { HttpError } from './http-error.ts'
import type { ClientConnection, ConnectionUser, IdleConnections } from './idle-connections.ts'
import type { HeaderList, HttpResponse, HttpVersion } from './message.ts'
import { DEFAULT_LIMITS, type MessageParser, type ParserEvent } from './parser.ts'
import type { PreparedRequest } from './prepared-request.ts'
import { ReplyBody } from './reply-body.ts'
import { createResponseParser, type StatusLine } from './response-parser.ts'

const EMPTY = new Uint8Array()
const NO_TRAILERS: HeaderList = []

function chainGetter(credentials: ServerCredentials): () => readonly X509Certificate[] {
  return () => chainOf(credentials)
}

export class Exchange implements ConnectionUser, Due {
  readonly #network: NetworkNamespace
  readonly #startUs: number
  readonly #onReply: (reply: HttpReply) => void
  readonly #onFailure: (error: RequestFailure, reused: boolean, durationUs: number) => void
  readonly #method: string
  #parser: MessageParser<StatusLine> | undefined
  /** What the request went out on. */
  #socket: StreamSocket | undefined
  #timer: ScheduledTask | undefined
  #done = false
  #upgrades = false
  #streams = false
  #version: HttpVersion = '1.1'
  #timeoutUs: number | undefined
  /** The reply whose body is under way. */
  #incoming: { readonly head: HttpResponse; readonly body: ReplyBody } | undefined
  /** The body of the request, under way. */
  #outgoing: BodyStream | undefined
  #assembler: MessageAssembler<StatusLine> | undefined
  #credentials: ServerCredentials | undefined
  #connections: IdleConnections | undefined
  /** May carry another request after this one; undefined: it may not. */
  #connection: ClientConnection | undefined
  #reused = false
  /** A connection of this request's own. */
  #dialed: ConnectingSocket | undefined

  constructor(
    network: NetworkNamespace,
    method: string,
    onReply: (reply: HttpReply) => void,
    onFailure: (error: RequestFailure, reused: boolean, durationUs: number) => void,
  ) {
    this.#network = network
    this.#method = method
    this.#onReply = onReply
    this.#onFailure = onFailure
    this.#startUs = network.engine.clock.now()
  }

  send(request: PreparedRequest, connections: IdleConnections | undefined): void {
    const { frame, timeoutUs, upgrades, stream } = request
    this.#upgrades = upgrades === true
    this.#streams = request.streams === true
    this.#version = frame.request.version
    this.#timeoutUs = timeoutUs
    const socket = connections === undefined ? this.#open(request) : this.#takeOrOpen(request, connections)
    if (connections === undefined) {
      // Named before they are kept: docs/decisions.md, closures.
      const onFrame: StreamSocket['onFrame'] = (received) => this.frame(socket, received)
      const onData: StreamSocket['onData'] = (data) => this.bytes(socket, data)
      const onEnd: StreamSocket['onEnd'] = () => this.end(socket)
      const onError: StreamSocket['onError'] = (error) => this.fail(error)
      socket.onFrame = onFrame
      socket.onData = onData
      socket.onEnd = onEnd
      socket.onError = onError
    }
    this.#socket = socket
    socket.write(frame)
    if (stream !== undefined) this.#whenConnected(() => this.#sendBody(socket, stream, frame))
    if (timeoutUs !== undefined) {
      this.#timer = this.#network.engine.scheduleDue(timeoutUs, 'http timeout', this)
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
    this.#dialed = dialed
    return tls === undefined ? dialed : this.#secure(dialed, tls)
  }

  /** A body is read when its connection stands: until then somebody else may be asked instead. */
  #whenConnected(run: () => void): void {
    const dialed = this.#dialed
    if (dialed === undefined) return run()
    dialed.onConnect = () => {
      if (!this.#done) run()
    }
    return undefined
  }

  #sendBody(socket: StreamSocket, stream: BodyStream, { request }: RequestFrame): void {
    this.#outgoing = stream
    sendBody(socket, stream, framingOf(request.headers), (complete) => {
      this.#outgoing = undefined
      if (complete || this.#done) return
      // Whoever wrote the body is gone.
      socket.onError = undefined
      socket.destroy()
      this.fail(new HttpError('cut-off', socket.flow))
    })
  }

  #secure(dialed: ConnectingSocket, { serverName, trust, certificate = '' }: ClientTls): StreamSocket {
    const host = trust?.host ?? serverName
    return connectTls(dialed, new ClientHello(serverName, undefined, [this.#version === '2' ? 'h2' : 'http/1.1']), {
      established: ({ credentials }) => {
        this.#credentials = credentials
        const problem = trust === undefined ? undefined : verifyChain(chainOf(credentials), trust)
        if (problem === undefined) return
        dialed.onError = undefined
        dialed.destroy()
        this.fail(new TlsError(problem, host, dialed.flow))
      },
      failed: () => this.fail(new TlsError('no-tls', host, dialed.flow)),
      certificate,
    })
  }

  frame(socket: StreamSocket, frame: WireFrame): void {
    if (this.#incoming !== undefined) {
      if (frame instanceof PartFrame) return this.#incoming.body.part(frame.part)
      if (frame instanceof EndFrame) return this.#complete(socket, frame.trailers)
    }
    if (this.#done) return
    if (!(frame instanceof ResponseFrame) || this.#parser?.idle === false) return this.bytes(socket, frame.bytes())
    // HTTP/2 is answered in kind.
    if (this.#version === '2' && frame.version !== '2') return this.bytes(socket, frame.bytes())
    const { response, withBody } = frame
    if (response.status === 101 && this.#upgrades) return this.#upgraded(socket, response, EMPTY)
    if (response.status < 200) return
    if (frame.streamed) return this.#begin(socket, response)
    this.#reply(socket, withBody || response.body.length === 0 ? response : { ...response, body: EMPTY })
  }

  bytes(socket: StreamSocket, data: Uint8Array): void {
    if (this.#done && this.#incoming === undefined) return
    // Bytes are HTTP/1.
    if (this.#version === '2') return this.#event(socket, { kind: 'error', status: 502 }, data)
    this.#parser ??= createResponseParser(this.#method, this.#streams)
    const events = this.#parser.feed(data)
    if (this.#streams) {
      this.#assembler ??= new MessageAssembler()
      for (const event of this.#assembler.take(events)) this.#assembled(socket, event, data)
    } else for (const event of events) this.#event(socket, event, data)
  }

  #assembled(socket: StreamSocket, event: Assembled<StatusLine>, data: Uint8Array): void {
    switch (event.kind) {
      case 'whole':
        return this.#event(socket, { ...event, kind: 'message' })
      case 'begun':
        if (event.start.version === '1.0') this.#connection = undefined
        return this.#begin(socket, { ...event.start, headers: event.headers, body: EMPTY })
      case 'part':
        return this.#incoming?.body.part(event.part)
      case 'end':
        if (this.#parser?.idle !== true) this.#connection = undefined
        return this.#complete(socket, event.trailers)
      case 'error':
        this.#incoming?.body.fail()
        return this.#event(socket, event, data)
    }
  }

  /** The headers of a reply are here, its body comes. */
  #begin(socket: StreamSocket, head: HttpResponse): void {
    const { engine } = this.#network
    const silenceUs = this.#streams ? this.#timeoutUs : undefined
    const body = new ReplyBody(engine, socket, silenceUs, () => (this.#incoming = undefined))
    this.#incoming = { head, body }
    if (this.#streams) {
      this.#finish()
      return this.#onReply(this.#replyOf(socket, { ...head, stream: body.stream }))
    }
    return collectBody(body.stream, DEFAULT_LIMITS.bodyBytes, (outcome) => {
      if (typeof outcome === 'object') this.#reply(socket, { ...head, ...outcome })
      else this.#event(socket, { kind: 'error', status: 502 })
    })
  }

  #complete(socket: StreamSocket, trailers: HeaderList): void {
    const incoming = this.#incoming
    if (incoming === undefined) return
    this.#incoming = undefined
    if (this.#streams) this.#release(socket, incoming.head)
    incoming.body.end(trailers)
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
    if (status < 200) return
    const { headers, body, trailers } = event
    // Trailers go on with a stream alone.
    const stream = this.#streams && trailers.length > 0 ? { body: EMPTY, stream: wholeBody(body, trailers) } : { body }
    this.#reply(socket, { status, reason, headers, ...stream })
  }

  end(socket: StreamSocket): void {
    if (this.#incoming !== undefined) return this.#endBody(socket, this.#incoming.body)
    if (this.#done) return
    const started = this.#parser !== undefined
    const last = this.#parser?.end()
    if (last?.kind === 'message') return this.#event(socket, last, EMPTY, true)
    socket.end()
    this.fail(new HttpError(started ? 'cut-off' : 'empty-reply', socket.flow))
  }

  /** The connection ends where a body may end with it, or too early. */
  #endBody(socket: StreamSocket, body: ReplyBody): void {
    this.#connection = undefined
    if (this.#parser?.end()?.kind === 'message') return this.#complete(socket, NO_TRAILERS)
    socket.end()
    body.fail()
  }

  /** Nothing came in time. */
  due(): void {
    const socket = this.#socket
    if (this.#done || socket === undefined) return
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
    this.#release(socket, response)
    this.#onReply(this.#replyOf(socket, response))
  }

  /** The reply is complete: the connection is kept, or ends. */
  #release(socket: StreamSocket, response: HttpResponse): void {
    const unsent = this.#outgoing
    if (unsent === undefined && this.#keeps(response)) return
    unsent?.cancel()
    socket.onEnd = undefined
    socket.end()
  }

  #keeps({ headers }: HttpResponse): boolean {
    const connection = this.#connection
    if (connection === undefined || !keepsAlive('1.1', headers)) return false
    return this.#connections?.keep(connection) === true
  }

  #replyOf(socket: StreamSocket, response: HttpResponse): HttpReply {
    const { status, reason, headers, body, stream, trailers } = response
    const reply = { status, reason, headers, body, flow: socket.flow, durationUs: this.#durationUs }
    if (stream === undefined && trailers === undefined && this.#credentials === undefined) return reply
    return {
      ...reply,
      ...(stream !== undefined && { stream }),
      ...(trailers !== undefined && { trailers }),
      ...(this.#credentials !== undefined && { chain: chainGetter(this.#credentials) }),
    }
  }

  get #durationUs(): number {
    return this.#network.engine.clock.now() - this.#startUs
  }

  fail(error: RequestFailure): void {
    this.#incoming?.body.fail()
    if (this.#done) return
    this.#finish()
    this.#onFailure(error, this.#reused, this.#durationUs)
  }

  #finish(): void {
    this.#done = true
    if (this.#timer !== undefined) this.#network.engine.cancel(this.#timer)
  }
}
