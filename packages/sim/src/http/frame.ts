// HTTP messages on the wire: as objects between our own client and server, as bytes for everybody else. RFC 9112. A body in parts
// follows its head frame by frame. HTTP/2 goes between our own programs alone: whoever reads bytes sees its preface (RFC 9113 §3.4).

import type { WireFrame } from '../fabric/network.ts'
import { headerValue, type HttpRequest, type HttpResponse, type HttpVersion } from './message.ts'
import { reasonPhrase } from './reason.ts'

/** How the parts of a body are told apart by who reads bytes. */
export type BodyFraming = 'chunked' | 'plain'

export function framingOf(headers: HttpRequest['headers']): BodyFraming {
  return headerValue(headers, 'transfer-encoding')?.toLowerCase() === 'chunked' ? 'chunked' : 'plain'
}

export class RequestFrame implements WireFrame {
  readonly request: HttpRequest
  /** Its body follows in parts; the request has none. */
  readonly streamed: boolean

  constructor(request: HttpRequest, streamed = false) {
    this.request = request
    this.streamed = streamed
  }

  bytes(): Uint8Array {
    return this.streamed ? encodeHead(requestLine(this.request), this.request.headers) : encodeRequest(this.request)
  }
}

export class ResponseFrame implements WireFrame {
  readonly response: HttpResponse
  /** Answers to HEAD, and 204 and 304, have no body whatever their headers say. */
  readonly withBody: boolean
  /** Its body follows in parts. */
  readonly streamed: boolean
  /** The answer to a request of this version: HTTP/2 is answered in kind. */
  readonly version: HttpVersion

  constructor(response: HttpResponse, withBody: boolean, streamed = false, version: HttpVersion = '1.1') {
    this.response = response
    this.withBody = withBody
    this.streamed = streamed
    this.version = version
  }

  bytes(): Uint8Array {
    if (this.streamed) return encodeHead(statusLine(this.response), this.response.headers)
    return encodeResponse(this.response, this.withBody)
  }
}

/** A part of a body. */
export class PartFrame implements WireFrame {
  readonly part: Uint8Array
  readonly #framing: BodyFraming

  constructor(part: Uint8Array, framing: BodyFraming) {
    this.part = part
    this.#framing = framing
  }

  get size(): number {
    return this.part.length
  }

  bytes(): Uint8Array {
    return this.#framing === 'chunked' ? encodeChunk(this.part) : this.part
  }
}

/** Behind the last part. */
export class EndFrame implements WireFrame {
  readonly trailers: HttpRequest['headers']
  readonly #framing: BodyFraming

  constructor(trailers: HttpRequest['headers'], framing: BodyFraming) {
    this.trailers = trailers
    this.#framing = framing
  }

  bytes(): Uint8Array {
    if (this.#framing === 'plain') return EMPTY
    return Buffer.from(`0\r\n${headerLines(this.trailers)}\r\n`, 'latin1')
  }
}

export function encodeRequest(request: HttpRequest): Uint8Array {
  return encode(requestLine(request), request.headers, request.body)
}

export function encodeResponse(response: HttpResponse, withBody = true): Uint8Array {
  return encode(statusLine(response), response.headers, withBody ? response.body : EMPTY)
}

const EMPTY = new Uint8Array()
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

function requestLine({ method, target, version }: HttpRequest): string {
  return version === '2' ? PREFACE : `${method} ${target} HTTP/${version}\r\n`
}

function statusLine({ status, reason }: HttpResponse): string {
  return `HTTP/1.1 ${status} ${reason === '' ? reasonPhrase(status) : reason}\r\n`
}

function headerLines(headers: HttpRequest['headers']): string {
  let lines = ''
  for (const [name, value] of headers) lines += `${name}: ${value}\r\n`
  return lines
}

/** Header values are bytes; latin1 keeps what came in as bytes unchanged. */
function encodeHead(start: string, headers: HttpRequest['headers']): Buffer {
  return start === PREFACE ? Buffer.from(PREFACE) : Buffer.from(`${start}${headerLines(headers)}\r\n`, 'latin1')
}

function encodeChunk(part: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])
}

function encode(start: string, headers: HttpRequest['headers'], body: Uint8Array): Uint8Array {
  const head = encodeHead(start, headers)
  if (framingOf(headers) === 'plain') return body.length === 0 ? head : Buffer.concat([head, body])
  const end = Buffer.from('0\r\n\r\n')
  return body.length === 0 ? Buffer.concat([head, end]) : Buffer.concat([head, encodeChunk(body), end])
}
