// A watch or a followed log on one stream of HTTP/2. A client that stops reading has its stream reset before it fills the memory; the
// other streams of its connection go on.

import type { ServerHttp2Stream } from 'node:http2'
import { streamHead, UNREAD_LIMIT_BYTES, type OpenWriter, type StreamWriterOptions } from '../response-writer.ts'
import type { StreamAnswer } from '../stream-answer.ts'
import type { Http2Reply } from './reply.ts'

export class Http2StreamWriter implements OpenWriter {
  readonly #reply: Http2Reply
  readonly #stream: ServerHttp2Stream
  readonly #answer: StreamAnswer
  readonly #options: StreamWriterOptions
  #begun = false
  #ended = false
  // What exists when a watch begins is sent at once, however much it is.
  #limitBytes = Number.MAX_SAFE_INTEGER

  constructor(reply: Http2Reply, answer: StreamAnswer, options: StreamWriterOptions) {
    this.#reply = reply
    this.#stream = reply.stream
    this.#answer = answer
    this.#options = options
  }

  begin(): void {
    this.#sendHead()
    this.#limitBytes = this.#reply.writableLength + (this.#answer.unreadLimitBytes ?? UNREAD_LIMIT_BYTES)
  }

  write(chunk: string | Uint8Array): void {
    // Of a thousand watches that are told of one event each is far from the last in memory: it is touched as little as can be.
    const stream = this.#stream
    if (this.#ended || stream.destroyed || stream.closed) return
    if (!this.#begun) this.#sendHead()
    if (chunk.length > 0) stream.write(chunk)
    const unread = stream.writableLength
    if (unread <= this.#limitBytes) return
    this.#reply.destroy()
    this.#options.onUnread(unread)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#sendHead()
    this.#reply.end()
  }

  onClose(listener: () => void): void {
    this.#reply.onClose(listener)
  }

  #sendHead(): void {
    if (this.#begun) return
    this.#begun = true
    this.#reply.head(200, '', streamHead(this.#answer, this.#options))
  }
}
