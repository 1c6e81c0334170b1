// The reply on one stream of HTTP/2, in the words of Node's HTTP/1.1 responses as far as the door uses them. Headers of a connection
// are no stream's; `Connection: close` ends the connection once its streams are through, as Go's server takes it.
// Source: Go's http2/server.go (responseWriterState.writeChunk, startGracefulShutdown).

import { validateHeaderName, validateHeaderValue, type OutgoingHttpHeaders } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { AnswerTarget } from '../exchange.ts'

/** RFC 9113 §8.2.2 */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

export class Http2Reply implements AnswerTarget {
  readonly stream: ServerHttp2Stream
  #head: OutgoingHttpHeaders = {}

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream
  }

  /** It is nobody else's. */
  hijack(): void {}

  get raw(): this {
    return this
  }

  /** Nobody is there any more, or the reset is on its way. */
  get destroyed(): boolean {
    return this.stream.destroyed || this.stream.closed
  }

  /** A stream that is gone can be answered as little as one that was. */
  get headersSent(): boolean {
    return this.stream.headersSent || this.destroyed
  }

  get writableLength(): number {
    return this.stream.writableLength
  }

  /** @param head is this reply's from now on */
  writeHead(code: number, head: OutgoingHttpHeaders): this {
    head[':status'] = code
    this.#head = head
    return this
  }

  end(body?: string | Uint8Array, encoding?: BufferEncoding): void {
    const { stream } = this
    if (stream.headersSent) {
      if (!this.destroyed) stream.end()
      return
    }
    const isEmpty = body === undefined || body.length === 0
    // What has no body by its nature has ended with its head.
    if (!this.#respond(this.#head, isEmpty) || stream.writableEnded) return
    if (typeof body === 'string') stream.end(body, encoding ?? 'utf8')
    else stream.end(body)
  }

  /** The head of what a backend answered. @throws Error for names and values that are none */
  head(code: number, _reason: string, headers: Iterable<readonly [string, string]>): void {
    const head: Record<string, string | number | string[]> = { ':status': code }
    for (const [name, value] of headers) {
      const key = name.toLowerCase()
      if (OF_CONNECTIONS.has(key)) continue
      validateHeaderName(key)
      validateHeaderValue(key, value)
      const before = head[key]
      if (Array.isArray(before)) before.push(value)
      else head[key] = before === undefined ? value : [String(before), value]
    }
    this.#respond(head, false)
  }

  write(chunk: string | Uint8Array): void {
    if (!this.destroyed && !this.stream.writableEnded) this.stream.write(chunk)
  }

  /** Told once, whoever ended it. */
  onClose(listener: () => void): void {
    if (this.stream.destroyed) listener()
    else this.stream.once('close', listener)
  }

  /** Breaks off: whoever reads is told that this is not the end, and what was written and not sent is forgotten. */
  destroy(): void {
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    this.stream.destroy()
  }

  #respond(head: OutgoingHttpHeaders, endStream: boolean): boolean {
    const { stream } = this
    if (this.destroyed) return false
    if (head['connection'] === 'close') stream.session?.close()
    delete head['connection']
    stream.respond(head, { endStream })
    return true
  }
}
