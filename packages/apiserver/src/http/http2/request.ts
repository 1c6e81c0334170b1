// A request on one stream of HTTP/2 as the door sees requests: pseudo headers are its method and URL, the authority is its host.
// Source: Go's http2/server.go (newWriterAndRequest).

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { IncomingHttpHeaders as Http2Headers, ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { RawRequest, ReceivedRequest } from '../exchange.ts'

type Distinct = IncomingMessage['headersDistinct']

export class Http2Request implements ReceivedRequest, RawRequest {
  readonly stream: ServerHttp2Stream
  /** Of the whole connection. */
  readonly socket: Duplex & { readonly remoteAddress?: string | undefined }
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly #pairs: readonly string[]
  body: Buffer | undefined

  /** @param pairs names and values, one after the other, as they were sent */
  constructor(
    stream: ServerHttp2Stream,
    socket: Http2Request['socket'],
    headers: Http2Headers,
    pairs: readonly string[],
  ) {
    this.stream = stream
    this.socket = socket
    this.method = headers[':method'] ?? ''
    // CONNECT has no path, and asks for nothing that is here.
    this.url = headers[':path'] ?? '*'
    this.headers = headers
    this.#pairs = pairs
    headers.host ??= headers[':authority'] ?? ''
  }

  get raw(): this {
    return this
  }

  /** As HTTP/1.1 would have them, for whom they are passed on to. */
  get rawHeaders(): string[] {
    const { host = '', 'content-length': length } = this.headers
    const raw = ['Host', host]
    for (let at = 0; at < this.#pairs.length; at += 2) {
      const name = this.#pairs[at] ?? ''
      if (!name.startsWith(':') && name !== 'host' && name !== 'cookie') raw.push(name, this.#pairs[at + 1] ?? '')
    }
    // Its crumbs are put together again. RFC 9113 §8.2.3
    if (this.headers.cookie !== undefined) raw.push('cookie', this.headers.cookie)
    if (length === undefined && !this.stream.endAfterHeaders) raw.push('transfer-encoding', 'chunked')
    return raw
  }

  get headersDistinct(): Distinct {
    const distinct: Record<string, string[]> = {}
    const { rawHeaders } = this
    for (let at = 0; at < rawHeaders.length; at += 2)
      (distinct[(rawHeaders[at] ?? '').toLowerCase()] ??= []).push(rawHeaders[at + 1] ?? '')
    return distinct
  }

  /**
   * Strangers get one request a connection: streams are cheap for whoever opens them.
   * Source: apiserver endpoints/filters/authentication.go (UnauthenticatedHTTP2DOSMitigation).
   */
  onStranger(): void {
    this.stream.session?.close()
  }

  on(event: 'data' | 'error', listener: (chunk: Buffer) => void): void {
    this.stream.on(event, listener)
  }

  once(event: 'end', listener: () => void): void {
    this.stream.once(event, listener)
  }
}
