// A response that stays open, on top of Node's: headers at the first write (or `begin`), an end, and one notice when it is over,
// whoever ended it. A client that stops reading is cut off before it fills the memory.

import type { ServerResponse } from 'node:http'
import type { StreamAnswer, StreamWriter } from './stream-answer.ts'

/** What may wait unread for one client, beyond what it was sent at the start. */
const UNREAD_LIMIT_BYTES = 64 * 1024 * 1024

/** Chunks with their framing, so that what goes to many connections is framed once and sent in one piece each. */
const framed = new WeakMap<Uint8Array, Uint8Array>()

function frameOf(chunk: Uint8Array): Uint8Array {
  let frame = framed.get(chunk)
  if (frame === undefined) {
    frame = Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`, 'latin1'), chunk, CRLF])
    framed.set(chunk, frame)
  }
  return frame
}

const CRLF = Buffer.from('\r\n')

export interface ResponseWriterOptions {
  readonly warnings: () => readonly string[]
  /** The client stopped reading and was cut off. */
  readonly onUnread: (unreadBytes: number) => void
}

export class ResponseWriter implements StreamWriter {
  readonly #response: ServerResponse
  readonly #answer: StreamAnswer
  readonly #options: ResponseWriterOptions
  #begun = false
  #ended = false
  #limitBytes: number

  constructor(response: ServerResponse, answer: StreamAnswer, options: ResponseWriterOptions) {
    this.#response = response
    this.#answer = answer
    this.#options = options
    // What exists when a watch begins is sent at once, however much it is.
    this.#limitBytes = Number.MAX_SAFE_INTEGER
  }

  /** Sends the headers, so that the client knows the stream is open. From here on it has to keep up. */
  begin(): void {
    this.#sendHead()
    this.#limitBytes = this.#response.writableLength + (this.#answer.unreadLimitBytes ?? UNREAD_LIMIT_BYTES)
  }

  write(chunk: string | Uint8Array): void {
    const response = this.#response
    if (this.#ended || response.destroyed) return
    this.#sendHead()
    const { socket } = response
    // Node writes a chunk in three pieces; past it, a shared one goes out as it is.
    if (typeof chunk !== 'string' && response.chunkedEncoding && socket !== null && chunk.length > 0) {
      socket.write(frameOf(chunk))
    } else response.write(chunk)
    const unread = response.writableLength
    if (unread <= this.#limitBytes) return
    response.destroy()
    this.#options.onUnread(unread)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#sendHead()
    this.#response.end()
  }

  onClose(listener: () => void): void {
    if (this.#response.destroyed || this.#response.closed) listener()
    else this.#response.once('close', listener)
  }

  #sendHead(): void {
    if (this.#begun) return
    this.#begun = true
    const response = this.#response
    response.statusCode = 200
    response.setHeader('content-type', this.#answer.contentType)
    response.setHeader('cache-control', 'no-cache, private')
    for (const [name, value] of this.#answer.headers ?? []) response.setHeader(name, value)
    const warned = this.#options.warnings()
    if (warned.length > 0) response.setHeader('warning', warned)
    response.flushHeaders()
  }
}
