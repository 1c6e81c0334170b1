// An HTTP/1.x client for one request a connection, as curl, probes and the resolver of a URL use it; proxies hand in the connections
// they keep open. Headers go out as given (Host and Content-Length are added when absent). What a socket would report is a
// SocketError; a name that does not resolve is a ResolveError; a response that is no HTTP is an HttpError; TLS that does not
// come about is a TlsError.

import type { X509Certificate } from 'node:crypto'
import type { Flow } from '../fabric/flow.ts'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { Trust } from '../tls/index.ts'
import type { BodyStream } from './body-stream.ts'
import { Exchange } from './exchange.ts'
import type { RequestFailure } from './failure.ts'
import type { IdleConnections } from './idle-connections.ts'
import type { HeaderList, HttpResponse, HttpVersion } from './message.ts'
import { prepareRequest, type PreparedRequest } from './prepared-request.ts'
import type { Tunnel } from './tunnel.ts'

export interface SendOptions {
  /** An IP address; names are the caller's (or fetchHttp's) to resolve. */
  readonly address: string
  readonly port: number
  /** Default GET. */
  readonly method?: string
  /** Path and query; default `/`. */
  readonly target?: string
  readonly version?: HttpVersion
  /** Value of the Host header; default the address, with its port unless 80. */
  readonly host?: string
  readonly headers?: HeaderList
  readonly body?: Uint8Array | string
  /** In place of `body`: goes out in parts. */
  readonly stream?: BodyStream | undefined
  /** Default false: the reply is there when its body is. True: when its headers are, and the body may come in parts (`stream`). */
  readonly streams?: boolean | undefined
  /** For the whole exchange; then it is ETIMEDOUT. Of a body in parts: from one to the next. Default: as long as TCP lasts. */
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
  /** Shown to a server that asks for one; PEM. */
  readonly certificate?: string
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

/** Sends one request. Rejects with SocketError, HttpError or TlsError. */
export function sendHttp(network: NetworkNamespace, options: SendOptions): Promise<HttpReply> {
  const { promise, resolve, reject } = network.engine.deferred<HttpReply>()
  requestHttp(network, prepareRequest(options), resolve, reject)
  return promise
}

/**
 * sendHttp with callbacks, for callers that count promises. Exactly one of the two is called.
 * @param onFailure `reused`: the connection had carried another request before; and how long it took to fail
 * @param connections kept open for further requests; default: one connection for this request
 */
export function requestHttp(
  network: NetworkNamespace,
  request: PreparedRequest,
  onReply: (reply: HttpReply) => void,
  onFailure: (error: RequestFailure, reused: boolean, durationUs: number) => void,
  connections?: IdleConnections,
): void {
  new Exchange(network, request.frame.request.method, onReply, onFailure).send(request, connections)
}
