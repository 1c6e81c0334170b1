// A response that stays open, on top of Node's: headers at the first write (or `begin`), an end, and one notice when it is over,
// whoever ended it. A client that stops reading is cut off before it fills the memory.

import type { ServerResponse } from 'node:http'
import type { StreamAnswer, StreamWriter } from './stream-answer.ts'

/** What may wait unread for one client. */
const UNREAD_LIMIT_BYTES = 64 * 1024 * 1024

export class ResponseWriter implements StreamWriter {
  readonly #response: ServerResponse
  readonly #answer: StreamAnswer
  readonly #warnings: () => readonly string[]
  #begun = false
  #ended = false

  constructor(response: ServerResponse, answer: StreamAnswer, warnings: () => readonly string[]) {
    this.#response = response
    this.#answer = answer
    this.#warnings = warnings
  }

  /** Sends the headers, so that the client knows the stream is open. */
  begin(): void {
    if (this.#begun) return
    this.#begun = true
    const response = this.#response
    response.statusCode = 200
    response.setHeader('content-type', this.#answer.contentType)
    response.setHeader('cache-control', 'no-cache, private')
    for (const [name, value] of this.#answer.headers ?? []) response.setHeader(name, value)
    const warned = this.#warnings()
    if (warned.length > 0) response.setHeader('warning', warned)
    response.flushHeaders()
  }

  write(chunk: string | Uint8Array): void {
    if (this.#ended || this.#response.destroyed) return
    this.begin()
    this.#response.write(chunk)
    if (this.#response.writableLength > UNREAD_LIMIT_BYTES) this.#response.destroy()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.begin()
    this.#response.end()
  }

  onClose(listener: () => void): void {
    if (this.#response.destroyed || this.#response.closed) listener()
    else this.#response.once('close', listener)
  }
}
