// One stream of a SPDY connection, seen from the server: what the client sends and how it ends, and the answers.

import { PodwireError } from '@podwire/engine'
import { FLAG_FIN } from './frames.ts'

/** Longer writes are cut, so that one stream does not keep the others waiting. */
const DATA_FRAME_BYTES = 32 * 1024
/** What a client may send before anybody listens. */
const EARLY_LIMIT_BYTES = 1024 * 1024

export interface SpdyStreamEvents {
  /** Resolves when there is room for more; undefined: there is. */
  data(bytes: Uint8Array): Promise<void> | undefined
  /** The client half-closed. */
  end(): void
  /** The client reset the stream, or the connection is gone. */
  gone(): void
}

interface StreamEnds {
  send(flags: number, bytes: Uint8Array): Promise<void> | undefined
  /** Both sides are closed. */
  over(): void
}

type Delivered = 'end' | 'gone' | Uint8Array

export class SpdyStream {
  readonly id: number
  readonly headers: ReadonlyMap<string, string>
  readonly #ends: StreamEnds
  #events: SpdyStreamEvents | undefined
  #early: Delivered[] = []
  #earlyBytes = 0
  #ended = false
  #peerEnded = false
  #over = false

  constructor(id: number, headers: ReadonlyMap<string, string>, ends: StreamEnds) {
    this.id = id
    this.headers = headers
    this.#ends = ends
  }

  /** Starts delivery; what came before is delivered first. */
  listen(events: SpdyStreamEvents): void {
    this.#events = events
    const early = this.#early
    this.#early = []
    for (const what of early) void this.#act(events, what)
  }

  /** Resolves when the client has room for more; undefined: it has. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#ended || this.#over) return undefined
    let room: Promise<void> | undefined
    for (let from = 0; from < bytes.length; from += DATA_FRAME_BYTES) {
      room = this.#ends.send(0, bytes.subarray(from, from + DATA_FRAME_BYTES))
    }
    return room
  }

  /** Half-closes our side. */
  end(): void {
    if (this.#ended || this.#over) return
    this.#ended = true
    void this.#ends.send(FLAG_FIN, new Uint8Array())
    if (this.#peerEnded) this.#ends.over()
  }

  /**
   * For the connection: what the client did.
   * @throws PodwireError when nobody listens and it does not stop
   */
  deliver(what: Delivered): Promise<void> | undefined {
    if (this.#over || (this.#peerEnded && what !== 'gone')) return undefined
    if (what === 'gone') this.#over = true
    if (what === 'end') this.#peerEnded = true
    if (this.#events !== undefined) {
      const busy = this.#act(this.#events, what)
      if (this.#peerEnded && this.#ended) this.#ends.over()
      return busy
    }
    if (typeof what !== 'string') this.#earlyBytes += what.length
    if (typeof what !== 'string' && this.#earlyBytes > EARLY_LIMIT_BYTES)
      throw new PodwireError('keep data of a SPDY stream', 'nobody reads it')
    this.#early.push(what)
    return undefined
  }

  #act(events: SpdyStreamEvents, what: Delivered): Promise<void> | undefined {
    if (what === 'end') events.end()
    else if (what === 'gone') events.gone()
    else return events.data(what)
    return undefined
  }
}
