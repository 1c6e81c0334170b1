// A response that stays open, on top of Node's: headers at the first write (or `begin`), an end, and one notice when it is over,
// whoever ended it. A client that stops reading is cut off before it fills the memory.

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { StreamAnswer, StreamWriter } from './stream-answer.ts'

/** What may wait unread for one client, beyond what it was sent at the start. */
export const UNREAD_LIMIT_BYTES = 64 * 1024 * 1024

const CRLF = Buffer.from('\r\n')

/** The last chunk with its framing: what goes to many connections is framed once and sent in one piece each. */
let framed: { readonly chunk: Uint8Array; readonly frame: Uint8Array } | undefined

function frameOf(chunk: Uint8Array): Uint8Array {
  if (framed?.chunk === chunk) return framed.frame
  const frame = Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`, 'latin1'), chunk, CRLF])
  framed = { chunk, frame }
  return frame
}

export interface StreamWriterOptions {
  readonly warnings: () => readonly string[]
  readonly auditId: string
  /** The client stopped reading and was cut off. */
  readonly onUnread: (unreadBytes: number) => void
}

/** A writer as the door holds it. */
export interface OpenWriter extends StreamWriter {
  /** Sends the headers, so that the client knows the stream is open. From here on it has to keep up. */
  begin(): void
  /** Told once when it is over, whoever ended it. */
  onClose(listener: () => void): void
}

/** The headers of a stream, repeated ones as they are. */
export function streamHead(
  { contentType, headers }: StreamAnswer,
  { auditId, warnings }: StreamWriterOptions,
): readonly (readonly [name: string, value: string])[] {
  return [
    ['content-type', contentType],
    ['audit-id', auditId],
    ['cache-control', 'no-cache, private'],
    ...(headers ?? []),
    ...warnings().map((warning) => ['warning', warning] as const),
  ]
}

export class ResponseWriter implements OpenWriter {
  readonly #response: ServerResponse
  readonly #answer: StreamAnswer
  readonly #options: StreamWriterOptions
  #begun = false
  /** Where chunks go once the headers are out, framed by ourselves. */
  #socket: Socket | undefined
  #ended = false
  #limitBytes: number

  constructor(response: ServerResponse, answer: StreamAnswer, options: StreamWriterOptions) {
    this.#response = response
    this.#answer = answer
    this.#options = options
    // What exists when a watch begins is sent at once, however much it is.
    this.#limitBytes = Number.MAX_SAFE_INTEGER
  }

  begin(): void {
    this.#sendHead()
    this.#limitBytes = this.#response.writableLength + (this.#answer.unreadLimitBytes ?? UNREAD_LIMIT_BYTES)
  }

  write(chunk: string | Uint8Array): void {
    if (this.#ended) return
    this.#sendHead()
    const out = this.#socket ?? this.#response
    if (out.destroyed) return
    // Node writes a chunk in three pieces; past it, a shared one goes out as it is, and nothing but the socket is touched.
    if (this.#socket === undefined || typeof chunk === 'string') this.#response.write(chunk)
    else if (chunk.length > 0) this.#socket.write(frameOf(chunk))
    const unread = out.writableLength
    if (unread <= this.#limitBytes) return
    this.#response.destroy()
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
    for (const [name, value] of streamHead(this.#answer, this.#options)) response.appendHeader(name, value)
    response.flushHeaders()
    if (response.chunkedEncoding && response.socket !== null) this.#socket = response.socket
  }
}
