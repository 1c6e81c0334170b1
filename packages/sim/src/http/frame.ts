// HTTP messages on the wire: as objects between our own client and server, as bytes for everybody else. RFC 9112.

import type { WireFrame } from '../fabric/network.ts'
import { headerValue, type HttpRequest, type HttpResponse } from './message.ts'
import { reasonPhrase } from './reason.ts'

export class RequestFrame implements WireFrame {
  readonly request: HttpRequest

  constructor(request: HttpRequest) {
    this.request = request
  }

  bytes(): Uint8Array {
    return encodeRequest(this.request)
  }
}

export class ResponseFrame implements WireFrame {
  readonly response: HttpResponse
  /** Answers to HEAD, and 204 and 304, have no body whatever their headers say. */
  readonly withBody: boolean

  constructor(response: HttpResponse, withBody: boolean) {
    this.response = response
    this.withBody = withBody
  }

  bytes(): Uint8Array {
    return encodeResponse(this.response, this.withBody)
  }
}

export function encodeRequest(request: HttpRequest): Uint8Array {
  const start = `${request.method} ${request.target} HTTP/${request.version}\r\n`
  return encode(start, request.headers, request.body)
}

export function encodeResponse(response: HttpResponse, withBody = true): Uint8Array {
  const reason = response.reason === '' ? reasonPhrase(response.status) : response.reason
  return encode(`HTTP/1.1 ${response.status} ${reason}\r\n`, response.headers, withBody ? response.body : EMPTY)
}

const EMPTY = new Uint8Array()

function encode(start: string, headers: HttpRequest['headers'], body: Uint8Array): Uint8Array {
  let head = start
  for (const [name, value] of headers) head += `${name}: ${value}\r\n`
  head += '\r\n'
  // Header values are bytes; latin1 keeps what came in as bytes unchanged.
  const headBytes = Buffer.from(head, 'latin1')
  if (headerValue(headers, 'transfer-encoding')?.toLowerCase() !== 'chunked') {
    return body.length === 0 ? headBytes : Buffer.concat([headBytes, body])
  }
  if (body.length === 0) return Buffer.concat([headBytes, Buffer.from('0\r\n\r\n')])
  const size = Buffer.from(`${body.length.toString(16)}\r\n`)
  return Buffer.concat([headBytes, size, body, Buffer.from('\r\n0\r\n\r\n')])
}
