// One request at the door and its reply: what the router sees of it, and what is found out on the way.

import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { CertificateOutcome } from './authentication.ts'
import { certificateOf } from './client-certificate.ts'
import type { Http2Reply } from './http2/reply.ts'
import type { CountedRequest } from './metrics/api-metrics.ts'
import type { ResourceInfo } from './request-info.ts'
import type { DoorRequest } from './router.ts'
import { WarningCollector } from './warnings.ts'

/** What is asked of the message itself. */
export interface RawRequest {
  /** The connection it came on. */
  readonly socket: Duplex
  readonly headersDistinct: IncomingMessage['headersDistinct']
  /** Told when nobody is known to have sent it. */
  onStranger?(): void
}

/** A request with its body, whoever read it. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** A Buffer, where there is a body. */
  readonly body: unknown
  readonly raw: RawRequest
}

/** What an answer that is there as a whole is written to. */
export interface AnswerTarget {
  readonly headersSent: boolean
  /** @param head is nobody else's from now on */
  writeHead(code: number, head: OutgoingHttpHeaders): AnswerTarget
  end(body?: string | Uint8Array, encoding?: BufferEncoding): unknown
  destroy(): unknown
}

export interface DoorReply {
  readonly raw: ServerResponse | Http2Reply
  /** Whoever read the request does not answer it. */
  hijack(): unknown
}

/** A request, its reply, and what is found out on the way. */
export interface Exchange {
  readonly request: ReceivedRequest
  readonly reply: DoorReply
  readonly warnings: WarningCollector
  /** Set once it is known which served resource is meant. */
  counted: CountedRequest | undefined
}

// A closure that a constructor makes and keeps in its object costs: V8 (11.3) holds all that such closures see until the next full
// collection, which for a request is everything there is of it. Those that are made elsewhere, and methods, do not.
const warningTo =
  (warnings: WarningCollector) =>
  (text: string): void =>
    warnings.add(text)

const unheard = (): void => {}

/** A request as the router sees it. */
export class HttpDoorRequest implements DoorRequest {
  readonly #exchange: Exchange
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly certificate: CertificateOutcome
  readonly body: Uint8Array | undefined
  readonly warn: (text: string) => void

  constructor(exchange: Exchange, warns: boolean) {
    const { request, warnings } = exchange
    this.#exchange = exchange
    this.method = request.method
    this.url = request.url
    this.headers = request.headers
    this.certificate = certificateOf(request.raw.socket)
    this.body = Buffer.isBuffer(request.body) ? request.body : undefined
    this.warn = warns ? warningTo(warnings) : unheard
  }

  meant(info: ResourceInfo, query: URLSearchParams): void {
    this.#exchange.counted = { info, query, contentType: this.headers['content-type'] ?? '' }
  }

  onStranger(): void {
    this.#exchange.request.raw.onStranger?.()
  }

  /** Made by Node on demand, which few requests need. */
  get distinct(): IncomingMessage['headersDistinct'] {
    return this.#exchange.request.raw.headersDistinct
  }
}

export function newExchange(request: ReceivedRequest, reply: DoorReply): Exchange {
  return { request, reply, warnings: new WarningCollector(), counted: undefined }
}
