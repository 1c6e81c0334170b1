// Connections whose client speaks HTTP/2, which it says while it shakes hands (ALPN). They are Node's sessions on the sockets of the same
// HTTPS server; the door reads their requests itself. What the sessions bound is in settings.ts.
// Source: apiserver server/secure_serving.go, Go's http2/server.go.

import {
  constants,
  createServer,
  Http2ServerRequest,
  Http2ServerResponse,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { macrotask } from '@podwire/engine'
import type { Server, TLSSocket } from 'node:tls'
import { isProxyUrl } from '../../proxy/proxy-door.ts'
import { isReadableUrl } from '../url.ts'
import { Http2Reply } from './reply.ts'
import { Http2Request } from './request.ts'
import { connectionWindowBytes, IDLE_TIMEOUT_MS, sessionOptions } from './settings.ts'

export interface Http2Requests {
  /** Bodies may be this long. */
  readonly bodyLimitBytes: number
  /** Answers; told of a request once its body is there. Never throws. */
  readonly handle: (request: Http2Request, reply: Http2Reply) => void
  /** Answers; told of a request whose body is too long. Never throws. */
  readonly refuseTooLarge: (request: Http2Request, reply: Http2Reply) => void
  /** Answers requests whose body goes on as it comes. Never throws. */
  readonly proxy: (request: Http2Request, reply: Http2Reply) => void
  readonly maxStreamsPerConnection: number
  /** The paths that fastify answers. */
  readonly others: { has(path: string): boolean }
}

type Listener = (socket: TLSSocket) => void

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** A session whose client takes nothing would wait for it to the end of days. */
function cutOff(session: ServerHttp2Session, socket: TLSSocket): void {
  session.destroy()
  void macrotask().then(() => socket.destroy())
}

export class Http2Connections {
  readonly #server: Server
  readonly #own: Http2Requests
  /** It listens nowhere: connections are given to it. */
  readonly #http2: Http2Server
  readonly #sessions = new Map<ServerHttp2Session, TLSSocket>()

  /** @param server says `h2` while it shakes hands; its listeners keep the connections that are none of HTTP/2 */
  constructor(server: Server, own: Http2Requests) {
    this.#server = server
    this.#own = own
    this.#http2 = Object.assign(createServer(sessionOptions(own.maxStreamsPerConnection)), { timeout: IDLE_TIMEOUT_MS })
    // What a client sends that is no HTTP/2 ends its connection alone.
    this.#http2.on('sessionError', () => {})
    // The session's own listener decides.
    this.#http2.on('timeout', () => {})
    // A TLS server's listeners are called with a connection.
    const others = server.listeners('secureConnection') as Listener[]
    server.removeAllListeners('secureConnection')
    server.on('secureConnection', (socket) => {
      if (socket.alpnProtocol === 'h2') {
        this.#http2.once('session', (session) => this.#begin(session, socket))
        this.#http2.emit('connection', socket)
      } else for (const other of others) other.call(server, socket)
    })
  }

  /** Says goodbye; what has been written is still sent, what is unanswered is not. */
  close(): void {
    for (const session of this.#sessions.keys()) session.close()
    void macrotask().then(() => {
      for (const [session, socket] of this.#sessions) cutOff(session, socket)
    })
  }

  #begin(session: ServerHttp2Session, socket: TLSSocket): void {
    this.#sessions.set(session, socket)
    session.once('close', () => this.#sessions.delete(session))
    session.setLocalWindowSize(connectionWindowBytes(this.#own.maxStreamsPerConnection))
    let streams = 0
    let isMissing = false
    // Who asks for nothing is sent off; who is being told of something must still be there. A session that broke the rules, or reset
    // what its client did not take, reads no more, not even that its client is gone.
    session.on('timeout', () => {
      if (isMissing || streams === 0) {
        cutOff(session, socket)
        return
      }
      isMissing = true
      // Clients say that they have got them, and unlike a ping they start the time anew.
      session.settings({}, () => (isMissing = false))
    })
    const onStream = (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      _flags: number,
      pairs: string[],
    ): void => {
      streams++
      stream.once('close', () => streams--)
      // A client that resets is no error of ours; 'close' follows.
      stream.on('error', () => {})
      this.#receive(stream, socket, headers, pairs)
    }
    session.on('stream', onStream)
  }

  #receive(stream: ServerHttp2Stream, socket: TLSSocket, headers: IncomingHttpHeaders, pairs: string[]): void {
    const request = new Http2Request(stream, socket, headers, pairs)
    const reply = new Http2Reply(stream)
    const { method, url } = request
    if (!isReadableUrl(url)) stream.close(constants.NGHTTP2_PROTOCOL_ERROR)
    // Go's net/http answers it before any handler.
    else if (url === '*' && method === 'OPTIONS') reply.writeHead(200, { 'content-length': 0 }).end()
    else if (isProxyUrl(method, url)) this.#own.proxy(request, reply)
    else if (method === 'POST' && this.#own.others.has(url)) {
      const message = new Http2ServerRequest(stream, headers, {}, pairs)
      this.#server.emit('request', message, new Http2ServerResponse(stream))
    } else this.#readBody(request, reply)
  }

  #readBody(request: Http2Request, reply: Http2Reply): void {
    const { stream, headers, method } = request
    const own = this.#own
    // A stream that nobody reads from is closed by Node, in its own time: to see its end first costs a tenth of a short answer.
    if (stream.endAfterHeaders || !WITH_BODY.has(method)) {
      own.handle(request, reply)
      return
    }
    if (headers.expect?.toLowerCase() === '100-continue') stream.additionalHeaders({ ':status': 100 })
    const chunks: Buffer[] = []
    let bytes = 0
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= own.bodyLimitBytes) {
        chunks.push(chunk)
      } else if (bytes - chunk.length <= own.bodyLimitBytes) {
        chunks.length = 0
        // Once it is answered nothing more is taken.
        stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
        own.refuseTooLarge(request, reply)
      }
    })
    // A body that breaks off has no end.
    stream.once('end', () => {
      if (bytes > own.bodyLimitBytes || stream.aborted) return
      if (bytes > 0) request.body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
      own.handle(request, reply)
    })
  }
}
