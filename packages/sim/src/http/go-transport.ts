// Go's http.Transport, as the API server sends proxied requests with it: one connection a request, bodies as they come both ways,
// upgrades, and errors in Go's words. Source: net/http transport.go, net.OpError, apimachinery util/net SetTransportDefaults.

import { isIP } from 'node:net'
import type { Backend, BackendRequest, BackendResponse, ByteStream } from '@podwire/apiserver'
import { SECOND, type Engine, type ScheduledTask } from '@podwire/engine'
import { type ConnectingSocket, type NetworkNamespace, type SocketError, type WireFrame } from '../fabric/network.ts'
import { ClientHello, connectTls, type StreamSocket } from '../tls/index.ts'
import { ResponseFrame } from './frame.ts'
import { headerValue } from './message.ts'
import type { MessageParser, ParserEvent } from './parser.ts'
import { reasonPhrase } from './reason.ts'
import { createResponseParser, type StatusLine } from './response-parser.ts'

const DIAL_TIMEOUT_US = 30 * SECOND
const HANDSHAKE_TIMEOUT_US = 10 * SECOND

const DIAL_ERRORS: Readonly<Partial<Record<SocketError['code'], string>>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
  EPERM: 'connect: operation not permitted',
}

export interface TransportOptions {
  /** Common name of the certificate shown to servers that speak TLS. */
  readonly certificate?: string
}

export function sendBackendRequest(
  network: NetworkNamespace,
  backend: Backend,
  request: BackendRequest,
  response: BackendResponse,
  { certificate }: TransportOptions = {},
): ByteStream {
  const { address, port, scheme } = backend
  if (isIP(address) === 0) {
    response.error(`dial tcp: lookup ${address}: no such host`)
    return NO_STREAM
  }
  const dialed = network.openTcp({ address, port, timeoutUs: DIAL_TIMEOUT_US })
  const roundTrip = new RoundTrip(network.engine, dialed, request, response)
  return roundTrip.start(scheme === 'https' ? new ClientHello('', certificate) : undefined)
}

const NO_STREAM: ByteStream = { write: () => {}, end: () => {}, destroy: () => {} }
const NOTHING: Uint8Array = new Uint8Array()

class RoundTrip implements ByteStream {
  readonly #engine: Engine
  readonly #dialed: ConnectingSocket
  readonly #request: BackendRequest
  readonly #response: BackendResponse
  readonly #parser: MessageParser<StatusLine>
  readonly #chunked: boolean
  #socket: StreamSocket
  #firstBytes = NOTHING
  #upgraded = false
  #headSent = false
  #over = false
  #handshakeTimer: ScheduledTask | undefined

  constructor(engine: Engine, dialed: ConnectingSocket, request: BackendRequest, response: BackendResponse) {
    this.#engine = engine
    this.#dialed = dialed
    this.#socket = dialed
    this.#request = request
    this.#response = response
    this.#chunked = headerValue(request.headers, 'transfer-encoding') !== undefined
    this.#parser = createResponseParser(request.method, true)
  }

  start(hello: ClientHello | undefined): this {
    if (hello !== undefined) this.#socket = this.#secure(hello)
    const socket = this.#socket
    const onError: StreamSocket['onError'] = (error) => this.#fail(this.#wordsOf(error))
    const onFrame: StreamSocket['onFrame'] = (frame) => this.#frame(frame)
    const onData: StreamSocket['onData'] = (bytes) => this.#bytes(bytes)
    const onEnd: StreamSocket['onEnd'] = () => this.#end()
    socket.onError = onError
    socket.onFrame = onFrame
    socket.onData = onData
    socket.onEnd = onEnd
    const { method, target, headers } = this.#request
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'))
    return this
  }

  #secure(hello: ClientHello): StreamSocket {
    const timer = this.#engine.schedule(HANDSHAKE_TIMEOUT_US, 'TLS handshake timeout', () => {
      if (!this.#dialed.connected) return
      this.#fail('net/http: TLS handshake timeout')
      this.#socket.destroy()
    })
    this.#handshakeTimer = timer
    return connectTls(this.#dialed, hello, {
      established: () => this.#engine.cancel(timer),
      failed: (message) => this.#fail(message),
    })
  }

  write(bytes: Uint8Array): void {
    if (this.#over || bytes.length === 0) return
    const chunk = this.#chunked && !this.#upgraded
    this.#socket.write(
      chunk ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]) : bytes,
    )
  }

  /** The body is complete; of an upgraded connection, our side. */
  end(): void {
    if (this.#over) return
    if (this.#upgraded) this.#socket.end()
    else if (this.#chunked) this.#socket.write(Buffer.from('0\r\n\r\n'))
  }

  destroy(): void {
    if (this.#over) return
    this.#finish()
    this.#socket.destroy()
  }

  #frame(frame: WireFrame): void {
    if (this.#over) return
    if (!(frame instanceof ResponseFrame) || !this.#parser.idle || this.#upgraded) return this.#bytes(frame.bytes())
    const { response, withBody } = frame
    // Bytes say where a response ends; an object is one by itself.
    if (response.status < 200) return this.#bytes(frame.bytes())
    this.#head({ version: '1.1', status: response.status, reason: response.reason }, response.headers)
    if (withBody && response.body.length > 0) this.#response.data(response.body)
    this.#complete()
  }

  #bytes(bytes: Uint8Array): void {
    if (this.#over) return
    if (this.#upgraded) return this.#response.data(bytes)
    if (this.#firstBytes.length === 0) this.#firstBytes = bytes
    for (const event of this.#parser.feed(bytes)) this.#event(event)
  }

  #event(event: ParserEvent<StatusLine>): void {
    if (this.#over) return
    if (event.kind === 'error') {
      const [line = ''] = Buffer.from(this.#firstBytes).toString('latin1').split(/\r?\n/, 1)
      this.#fail(`net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(line)}`)
      this.#socket.destroy()
    } else if (event.kind === 'part') this.#response.data(event.part)
    else if (event.start.status < 200) {
      if (event.kind === 'message' && event.start.status === 101) this.#upgrade(event.start, event.headers)
    } else if (event.kind === 'head') this.#head(event.start, event.headers)
    else this.#complete()
  }

  #upgrade(start: StatusLine, headers: BackendRequest['headers']): void {
    this.#upgraded = true
    this.#head(start, headers)
    const rest = this.#parser.takeRest()
    if (rest.length > 0) this.#response.data(rest)
  }

  #head({ status, reason }: StatusLine, headers: BackendRequest['headers']): void {
    this.#headSent = true
    this.#response.head(status, reason === '' ? reasonPhrase(status) : reason, headers)
  }

  #end(): void {
    if (this.#over) return
    if (this.#upgraded) return this.#complete()
    const started = this.#firstBytes.length > 0
    if (this.#parser.end()?.kind === 'message') return this.#complete()
    this.#socket.end()
    this.#fail(started || this.#headSent ? 'unexpected EOF' : 'EOF')
  }

  #complete(): void {
    if (this.#over) return
    this.#finish()
    this.#socket.end()
    this.#response.end()
  }

  #fail(message: string): void {
    if (this.#over) return
    this.#finish()
    this.#response.error(message)
  }

  #finish(): void {
    this.#over = true
    this.#engine.cancel(this.#handshakeTimer)
    this.#socket.onEnd = this.#socket.onError = undefined
  }

  #wordsOf(error: SocketError): string {
    const { local, remote, connected } = this.#dialed
    if (!connected) return `dial tcp ${hostPort(remote)}: ${DIAL_ERRORS[error.code] ?? error.code}`
    const why = error.code === 'ETIMEDOUT' ? 'connection timed out' : 'connection reset by peer'
    return `read tcp ${hostPort(local)}->${hostPort(remote)}: read: ${why}`
  }
}

/** `10.0.0.1:80`, `[fd00::1]:80` */
export function hostPort({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
