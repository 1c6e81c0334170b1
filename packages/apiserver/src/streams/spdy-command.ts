// exec and attach over SPDY/3.1, for kubectl up to 1.29 and as fallback of later ones: one stream each for error, stdin, stdout,
// stderr and resize, named by the header `streamtype`. The session starts when all streams it needs are there. Terminal sizes came
// with version 3; before version 4 the status is a line of text, and success says nothing.
// Source: kubelet server/remotecommand (httpstream.go).

import type { SpdyStream } from './spdy/connection.ts'
import {
  parseResize,
  statusText,
  type CommandEvents,
  type CommandOptions,
  type CommandStatus,
  type CommandTransport,
} from './remote-command.ts'

export interface SpdyCommandProtocol {
  readonly name: string
  readonly resizes: boolean
  readonly status: 'json' | 'text'
}

/** A client's offer is answered with the first of its names that is here. */
export const SPDY_COMMAND_PROTOCOLS: ReadonlyMap<string, SpdyCommandProtocol> = new Map(
  [
    { name: 'v4.channel.k8s.io', resizes: true, status: 'json' as const },
    { name: 'v3.channel.k8s.io', resizes: true, status: 'text' as const },
    { name: 'v2.channel.k8s.io', resizes: false, status: 'text' as const },
    { name: 'channel.k8s.io', resizes: false, status: 'text' as const },
  ].map((protocol) => [protocol.name, protocol]),
)

const STREAM_TYPES: ReadonlySet<string> = new Set(['error', 'stdin', 'stdout', 'stderr', 'resize'])

export class SpdyCommand implements CommandTransport {
  readonly #needed: Set<string>
  readonly #protocol: SpdyCommandProtocol
  readonly #streams = new Map<string, SpdyStream>()
  readonly #onReady: () => void
  readonly #close: () => void
  #events: CommandEvents | undefined

  /** @param onReady called once, when the session can start */
  constructor(options: CommandOptions, protocol: SpdyCommandProtocol, onReady: () => void, close: () => void) {
    this.#protocol = protocol
    this.#needed = new Set([
      'error',
      ...(options.stdin ? ['stdin'] : []),
      ...(options.stdout ? ['stdout'] : []),
      ...(options.stderr && !options.tty ? ['stderr'] : []),
      ...(options.tty && protocol.resizes ? ['resize'] : []),
    ])
    this.#onReady = onReady
    this.#close = close
  }

  /** True while streams are still awaited. */
  get waiting(): boolean {
    return this.#needed.size > 0
  }

  /** One stream of each kind. */
  accepts(headers: ReadonlyMap<string, string>): boolean {
    const type = headers.get('streamtype') ?? ''
    return STREAM_TYPES.has(type) && !this.#streams.has(type)
  }

  add(stream: SpdyStream): void {
    const type = stream.headers.get('streamtype') ?? ''
    this.#streams.set(type, stream)
    if (this.#needed.delete(type) && this.#needed.size === 0) this.#onReady()
  }

  stdout(bytes: Uint8Array): Promise<void> | undefined {
    return this.#streams.get('stdout')?.write(bytes)
  }

  stderr(bytes: Uint8Array): Promise<void> | undefined {
    return this.#streams.get('stderr')?.write(bytes)
  }

  finish(status: CommandStatus): void {
    const text = this.#protocol.status === 'json' ? JSON.stringify(status) : statusText(status)
    if (text !== '') void this.#streams.get('error')?.write(Buffer.from(text))
    for (const stream of this.#streams.values()) stream.end()
    this.#close()
  }

  /** The connection ended. */
  gone(): void {
    this.#events?.gone()
  }

  listen(events: CommandEvents): void {
    this.#events = events
    const ignore = (): undefined => undefined
    for (const [type, stream] of this.#streams) {
      const data =
        type === 'stdin'
          ? (bytes: Uint8Array) => events.stdin(bytes)
          : type === 'resize'
            ? (bytes: Uint8Array): undefined => {
                for (const { columns, rows } of parseResize(Buffer.from(bytes).toString('utf8')))
                  events.resize(columns, rows)
              }
            : ignore
      // Clients reset single streams while they leave; only the end of the connection counts as gone.
      stream.listen({ data, end: type === 'stdin' ? () => events.stdinEnd() : ignore, gone: ignore })
    }
  }
}
