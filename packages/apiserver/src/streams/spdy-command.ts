// exec and attach over SPDY/3.1, for kubectl up to 1.29 and as fallback of later ones: one stream each for error, stdin, stdout,
// stderr and resize, named by the header `streamtype`. The session starts when all streams it needs are there.
// Source: kubelet server/remotecommand (httpstream.go).

import type { SpdyStream } from './spdy/connection.ts'
import { parseResize, type CommandEvents, type CommandOptions, type CommandTransport } from './remote-command.ts'

/** Newest first; versions 4 and 5 say the same over SPDY, and all since 1.5 know 4. */
export const SPDY_COMMAND_PROTOCOLS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

export class SpdyCommand implements CommandTransport {
  readonly #needed: Set<string>
  readonly #streams = new Map<string, SpdyStream>()
  readonly #onReady: () => void
  readonly #close: () => void
  #events: CommandEvents | undefined

  /** @param onReady called once, when the session can start */
  constructor(options: CommandOptions, onReady: () => void, close: () => void) {
    this.#needed = new Set([
      'error',
      ...(options.stdin ? ['stdin'] : []),
      ...(options.stdout ? ['stdout'] : []),
      ...(options.stderr && !options.tty ? ['stderr'] : []),
      ...(options.tty ? ['resize'] : []),
    ])
    this.#onReady = onReady
    this.#close = close
  }

  /** True while streams are still awaited. */
  get waiting(): boolean {
    return this.#needed.size > 0
  }

  add(stream: SpdyStream): void {
    const type = stream.headers.get('streamtype') ?? ''
    this.#streams.set(type, stream)
    if (this.#needed.delete(type) && this.#needed.size === 0) this.#onReady()
  }

  stdout(bytes: Uint8Array): void {
    this.#streams.get('stdout')?.write(bytes)
  }

  stderr(bytes: Uint8Array): void {
    this.#streams.get('stderr')?.write(bytes)
  }

  finish(status: object): void {
    this.#streams.get('error')?.write(Buffer.from(JSON.stringify(status)))
    for (const stream of this.#streams.values()) stream.end()
    this.#close()
  }

  /** The connection ended. */
  gone(): void {
    this.#events?.gone()
  }

  listen(events: CommandEvents): void {
    this.#events = events
    const ignore = (): void => {}
    for (const [type, stream] of this.#streams) {
      const data =
        type === 'stdin'
          ? (bytes: Uint8Array): void => events.stdin(bytes)
          : type === 'resize'
            ? (bytes: Uint8Array): void => {
                for (const { columns, rows } of parseResize(Buffer.from(bytes).toString('utf8')))
                  events.resize(columns, rows)
              }
            : ignore
      // Clients reset single streams while they leave; only the end of the connection counts as gone.
      stream.listen({ data, end: type === 'stdin' ? () => events.stdinEnd() : ignore, gone: ignore })
    }
  }
}
