// The server side of one SPDY/3.1 connection: streams opened by the client, data both ways, half-close, ping, go-away.
// Bytes in and out are handed over, so it runs on a socket and inside a websocket tunnel alike. No flow control: the Kubernetes
// clients (spdystream) neither send nor expect WINDOW_UPDATE.

import {
  controlFrame,
  dataFrame,
  FLAG_FIN,
  FRAME_GOAWAY,
  FRAME_HEADERS,
  FRAME_PING,
  FRAME_RST_STREAM,
  FRAME_SYN_REPLY,
  FRAME_SYN_STREAM,
  FrameReader,
  words,
  type Frame,
} from './frames.ts'
import { HeaderReader, HeaderWriter } from './header-block.ts'

/** Longer writes are cut, so that one stream does not keep the others waiting. */
const DATA_FRAME_BYTES = 32 * 1024

export interface SpdyStreamEvents {
  data(bytes: Uint8Array): void
  /** The client half-closed. */
  end(): void
  /** The client reset the stream, or the connection is gone. */
  gone(): void
}

export class SpdyStream {
  readonly id: number
  readonly headers: ReadonlyMap<string, string>
  readonly #send: (frame: Uint8Array) => void
  #events: SpdyStreamEvents | undefined
  #early: (() => void)[] = []
  #ended = false
  #over = false

  constructor(id: number, headers: ReadonlyMap<string, string>, send: (frame: Uint8Array) => void) {
    this.id = id
    this.headers = headers
    this.#send = send
  }

  /** Starts delivery; what came before is delivered first. */
  listen(events: SpdyStreamEvents): void {
    this.#events = events
    const early = this.#early
    this.#early = []
    for (const deliver of early) deliver()
  }

  write(bytes: Uint8Array): void {
    if (this.#ended || this.#over) return
    for (let from = 0; from < bytes.length; from += DATA_FRAME_BYTES) {
      this.#send(dataFrame(this.id, 0, bytes.subarray(from, from + DATA_FRAME_BYTES)))
    }
  }

  /** Half-closes our side. */
  end(): void {
    if (this.#ended || this.#over) return
    this.#ended = true
    this.#send(dataFrame(this.id, FLAG_FIN, new Uint8Array()))
  }

  /** For the connection: what the client did. */
  deliver(what: 'end' | 'gone' | Uint8Array): void {
    if (this.#over) return
    if (what === 'gone') this.#over = true
    const act = (): void => {
      if (what === 'end') this.#events?.end()
      else if (what === 'gone') this.#events?.gone()
      else this.#events?.data(what)
    }
    if (this.#events === undefined) this.#early.push(act)
    else act()
  }
}

export class SpdyConnection {
  readonly #send: (bytes: Uint8Array) => void
  readonly #onStream: (stream: SpdyStream) => void
  readonly #frames = new FrameReader()
  readonly #headersIn = new HeaderReader()
  readonly #headersOut = new HeaderWriter()
  readonly #streams = new Map<number, SpdyStream>()
  #lastStreamId = 0
  #closed = false

  constructor(send: (bytes: Uint8Array) => void, onStream: (stream: SpdyStream) => void) {
    this.#send = send
    this.#onStream = onStream
  }

  /** @throws PodwireError when the bytes are no SPDY/3 */
  receive(bytes: Uint8Array): void {
    for (const frame of this.#frames.push(bytes)) {
      if (this.#closed) return
      this.#handle(frame)
    }
  }

  /** Says that no more streams are taken. */
  goAway(): void {
    if (!this.#closed) this.#send(controlFrame(FRAME_GOAWAY, 0, words(this.#lastStreamId, 0)))
  }

  /** The transport is gone: so are all streams. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const stream of this.#streams.values()) stream.deliver('gone')
    this.#streams.clear()
  }

  #handle(frame: Frame): void {
    if (frame.kind === 'data') {
      const stream = this.#streams.get(frame.streamId)
      if (frame.payload.length > 0) stream?.deliver(frame.payload)
      if ((frame.flags & FLAG_FIN) !== 0) stream?.deliver('end')
      return
    }
    if (frame.type === FRAME_SYN_STREAM) this.#open(frame.payload, frame.flags)
    else if (frame.type === FRAME_RST_STREAM) this.#reset(frame.payload)
    else if (frame.type === FRAME_PING) this.#send(controlFrame(FRAME_PING, 0, frame.payload))
    // The compression context runs through every header block, wanted or not.
    else if (frame.type === FRAME_HEADERS) this.#headersIn.read(frame.payload.subarray(4))
  }

  #open(payload: Buffer, flags: number): void {
    const id = payload.readUInt32BE(0) & 0x7fffffff
    const headers = this.#headersIn.read(payload.subarray(10))
    this.#lastStreamId = id
    const stream = new SpdyStream(id, headers, (frame) => {
      if (!this.#closed) this.#send(frame)
    })
    this.#streams.set(id, stream)
    this.#send(controlFrame(FRAME_SYN_REPLY, 0, Buffer.concat([words(id), this.#headersOut.write(new Map())])))
    this.#onStream(stream)
    if ((flags & FLAG_FIN) !== 0) stream.deliver('end')
  }

  #reset(payload: Buffer): void {
    const id = payload.readUInt32BE(0) & 0x7fffffff
    this.#streams.get(id)?.deliver('gone')
    this.#streams.delete(id)
  }
}
