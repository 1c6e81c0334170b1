// HTTP messages as values. The server and client in this folder carry them over simulated TCP; between two of them the
// message object itself travels (bytes are made only for peers that read bytes), which is what makes requests cheap.

import type { ClientIdentity } from '../tls/index.ts'
import type { BodyStream } from './body-stream.ts'
import type { LateResponse } from './late-response.ts'
import type { Tunnel } from './tunnel.ts'

/** Header names keep the case they were sent in; look them up with `headerValue`. Repeated headers are repeated entries. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

/** `2` between our own programs alone: HTTP/2 as a message with trailers, on a connection of its own. */
export type HttpVersion = '1.0' | '1.1' | '2'

export interface HttpRequest {
  readonly method: string
  /** Path and query as sent: `/blog/index/?page=2`. */
  readonly target: string
  readonly version: HttpVersion
  readonly headers: HeaderList
  readonly body: Uint8Array
  /** The body comes in parts, and `body` is empty: for servers that asked for it. */
  readonly stream?: BodyStream | undefined
}

export interface HttpResponse {
  readonly status: number
  /** Reason phrase; '' for the standard one. */
  readonly reason: string
  readonly headers: HeaderList
  readonly body: Uint8Array
  /** The body goes out in parts, and `body` is empty. Clients get one only where they asked for it. */
  readonly stream?: BodyStream | undefined
  /** Of a body that came whole. */
  readonly trailers?: HeaderList
  /** With status 101: takes the connection over once the head is sent. */
  readonly takeOver?: (tunnel: Tunnel) => void
}

/** Equality of names of one length, whatever their case. Header names are tokens: ASCII. */
function sameName(a: string, b: string): boolean {
  for (let i = 0; i < a.length; i++) {
    const code = a.charCodeAt(i)
    if (code !== b.charCodeAt(i) && lower(code) !== lower(b.charCodeAt(i))) return false
  }
  return true
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code | 32 : code
}

/** First value of a header, whatever its case. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  // The first letter tells most names apart without making text of them.
  const first = name.charCodeAt(0) | 32
  for (let i = 0; i < headers.length; i++) {
    const entry = headers[i]
    if (entry === undefined || entry[0].length !== name.length || (entry[0].charCodeAt(0) | 32) !== first) continue
    if (entry[0] === name || sameName(entry[0], name)) return entry[1]
  }
  return undefined
}

/** The address a connection came from, after NAT; over TLS also who the client says it is. */
export interface HttpPeer {
  readonly address: string
  readonly port: number
  /** Common name of the client's certificate. */
  readonly certificate?: string
  /** Over TLS, where the server has asked for certificates. */
  readonly client?: ClientIdentity
}

/** Serves one request. */
export type HttpHandler = (request: HttpRequest, peer: HttpPeer) => HttpResponse | Promise<HttpResponse>

/** Serves one request, or passes it to who will answer it. */
export type CarryingHandler = (
  request: HttpRequest,
  peer: HttpPeer,
) => HttpResponse | Promise<HttpResponse> | LateResponse
