// TLS on a simulated TCP connection: one round trip of hellos, then data both ways. Either end is a socket again, so HTTP runs on it
// unchanged. A peer that speaks no TLS is found out, in the words of Go's crypto/tls and net/http.
// Whoever connects verifies the certificate, or does not. Departure: closing is TCP's alone (no close_notify).

import type { Flow } from '../fabric/flow.ts'
import type { SocketAddress, SocketError, TcpSocket, WireFrame } from '../fabric/network.ts'
import type { ServerCredentials } from './credentials.ts'
import { ApplicationData, ClientCertificate, ClientHello, ServerHello } from './records.ts'

/** What programs with callbacks use of a socket. */
export type StreamSocket = Omit<TcpSocket, 'read'>

export interface TlsPeer extends SocketAddress {
  /** Common name of the client's certificate. */
  readonly certificate?: string
  /** Where the server has asked for certificates. */
  readonly client?: ClientIdentity
}

export interface ClientIdentity {
  /** SNI. */
  readonly serverName: string
  /** PEM, the client's own certificate first; '' for none. Nobody has verified it. */
  readonly chain: string
}

export interface HandshakeEvents {
  /** Nothing was sent yet but the hello: a client that does not like the certificate destroys the socket. */
  established(hello: ServerHello): void
  /** The text is Go's. The connection is gone. */
  failed(message: string): void
  /** What a server is answered that asks for the client's certificate, PEM; default none. `later`: the caller answers it. */
  readonly certificate?: string
}

const NO_TLS = 'tls: first record does not look like a TLS handshake'

class TlsSocket implements StreamSocket {
  readonly remote: TlsPeer
  onData: ((data: Uint8Array) => void) | undefined
  onFrame: ((frame: WireFrame) => void) | undefined
  readonly #socket: StreamSocket
  #ready: boolean
  #waiting: (() => void)[] = []
  #waitingBytes = 0

  constructor(socket: StreamSocket, ready: boolean, certificate?: string, client?: ClientIdentity) {
    this.#socket = socket
    this.#ready = ready
    const shown = { ...(certificate !== undefined && { certificate }), ...(client !== undefined && { client }) }
    this.remote = certificate === undefined && client === undefined ? socket.remote : { ...socket.remote, ...shown }
  }

  get local(): SocketAddress {
    return this.#socket.local
  }

  get flow(): Flow {
    return this.#socket.flow
  }

  get endsWithPeer(): boolean {
    return this.#socket.endsWithPeer
  }

  set endsWithPeer(ends: boolean) {
    this.#socket.endsWithPeer = ends
  }

  get backlogBytes(): number {
    return this.#socket.backlogBytes + this.#waitingBytes
  }

  get onTaken(): (() => void) | undefined {
    return this.#socket.onTaken
  }

  set onTaken(handler: (() => void) | undefined) {
    this.#socket.onTaken = handler
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  get onEnd(): (() => void) | undefined {
    return this.#socket.onEnd
  }

  set onEnd(handler: (() => void) | undefined) {
    this.#socket.onEnd = handler
  }

  get onError(): ((error: SocketError) => void) | undefined {
    return this.#socket.onError
  }

  set onError(handler: ((error: SocketError) => void) | undefined) {
    this.#socket.onError = handler
  }

  write(data: Uint8Array | WireFrame): void {
    const record = new ApplicationData(data)
    if (!this.#ready) this.#waitingBytes += record.size
    this.#when(() => this.#socket.write(record))
  }

  end(): void {
    this.#when(() => this.#socket.end())
  }

  destroy(): void {
    this.#waiting = []
    this.#ready = true
    this.#socket.destroy()
  }

  /** The handshake is done: what was written meanwhile goes out. */
  established(): void {
    this.#ready = true
    this.#waitingBytes = 0
    const waiting = this.#waiting
    this.#waiting = []
    for (const send of waiting) send()
  }

  /** @returns what the program's callback returned: a promise says that it goes on */
  receive({ content }: ApplicationData): unknown {
    if (content instanceof Uint8Array) return this.onData?.(content)
    if (this.onFrame !== undefined) return this.onFrame(content)
    return this.onData?.(content.bytes())
  }

  #when(send: () => void): void {
    if (this.#ready) send()
    else this.#waiting.push(send)
  }
}

/** The client's end, to be written to at once. */
export function connectTls(socket: StreamSocket, hello: ClientHello, events: HandshakeEvents): StreamSocket {
  const secured = new TlsSocket(socket, false)
  const fail = (message: string): void => {
    socket.onFrame = socket.onData = socket.onError = undefined
    socket.destroy()
    events.failed(message)
  }
  socket.onFrame = (frame) => {
    if (frame instanceof ApplicationData) return secured.receive(frame)
    if (frame instanceof ServerHello) {
      const { certificate = '' } = events
      if (frame.asksForCertificate && certificate !== 'later') socket.write(new ClientCertificate(certificate))
      events.established(frame)
      secured.established()
    } else refuseBytes(frame.bytes())
    return undefined
  }
  const refuseBytes = (bytes: Uint8Array): void => {
    const isHttp = Buffer.from(bytes.subarray(0, 5)).toString('latin1') === 'HTTP/'
    fail(isHttp ? 'http: server gave HTTP response to HTTPS client' : NO_TLS)
  }
  socket.onData = refuseBytes
  socket.write(hello)
  return secured
}

const PLAIN_HTTP = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'

/** A server's side of the handshake. */
export interface ServerTls {
  /** @param serverName SNI; '' where the client names nobody */
  credentials(serverName: string): ServerCredentials | undefined
  /** ALPN, by preference; default HTTP/1.1 alone. */
  readonly protocols?: readonly string[]
  /** For a client that speaks HTTP without TLS; default the answer of Go's net/http. */
  readonly plainAnswer?: () => Uint8Array
  /** Whether clients that ask for this name are asked for a certificate. */
  readonly asksForCertificate?: (serverName: string) => boolean
  /** Takes a connection over before anything is answered; undefined: it is not for somebody else. */
  readonly passthrough?: (hello: ClientHello) => ((socket: StreamSocket) => void) | undefined
  /** Serves clients that speak no TLS on the same port. */
  readonly plain?: (socket: StreamSocket) => void
}

const HTTP_1: readonly string[] = ['http/1.1']

/** The server's end: handed over when the client has said hello. */
export function acceptTls(socket: StreamSocket, tls: ServerTls, onSecured: (secured: StreamSocket) => void): void {
  let secured: TlsSocket | undefined
  /** Its certificate is awaited. */
  let asked: ClientHello | undefined
  const refuse = (bytes: Uint8Array): void => {
    if (tls.plain !== undefined && secured === undefined) return servePlain(socket, tls.plain, bytes)
    if (/^[A-Z]+ /.test(Buffer.from(bytes.subarray(0, 12)).toString('latin1'))) {
      socket.write(tls.plainAnswer?.() ?? Buffer.from(PLAIN_HTTP))
    }
    socket.onFrame = socket.onData = undefined
    socket.end()
  }
  socket.onData = refuse
  socket.onFrame = (frame) => {
    if (frame instanceof ApplicationData && secured !== undefined) return secured.receive(frame)
    if (frame instanceof ClientHello && secured === undefined) {
      const takeOver = tls.passthrough?.(frame)
      if (takeOver !== undefined) {
        socket.onFrame = socket.onData = undefined
        return takeOver(socket)
      }
      const protocol = (tls.protocols ?? HTTP_1).find((known) => frame.protocols.includes(known))
      const credentials = tls.credentials(frame.serverName)
      if (credentials === undefined) return refuse(frame.bytes())
      const asks = tls.asksForCertificate?.(frame.serverName) === true
      socket.write(new ServerHello(credentials, protocol, asks))
      if (asks) {
        asked = frame
        return undefined
      }
      secured = new TlsSocket(socket, true, frame.certificate)
      onSecured(secured)
    } else if (frame instanceof ClientCertificate && asked !== undefined && secured === undefined) {
      const { serverName } = asked
      secured = new TlsSocket(socket, true, asked.certificate, { serverName, chain: frame.chain })
      onSecured(secured)
    } else if (tls.plain !== undefined && secured === undefined) servePlain(socket, tls.plain, frame)
    else refuse(frame.bytes())
    return undefined
  }
}

/** What has come already comes again. */
function servePlain(socket: StreamSocket, serve: (socket: StreamSocket) => void, first: Uint8Array | WireFrame): void {
  socket.onFrame = socket.onData = undefined
  serve(socket)
  const served: StreamSocket = socket
  if (first instanceof Uint8Array) served.onData?.(first)
  else if (served.onFrame !== undefined) served.onFrame(first)
  else served.onData?.(first.bytes())
}
