// The server side of one SPDY/3.1 connection: streams opened by the client, data both ways, half-close, ping, go-away.
// Bytes in and out are handed over, so it runs on a socket and inside a websocket tunnel alike.
// Source: SPDY Protocol Draft 3.1, moby/spdystream. As there, flow control frames are read and not acted upon: the Kubernetes
// clients send none, and would answer none. What holds a sender back is the transport under it.

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
  noSpdy,
  words,
  type Frame,
} from './frames.ts'
import { HeaderReader, HeaderWriter } from './header-block.ts'
import { SpdyStream } from './stream.ts'

export { SpdyStream } from './stream.ts'

const PROTOCOL_ERROR = 1
const REFUSED_STREAM = 3
/** More at a time is an attack. */
const STREAM_LIMIT = 10_000

export interface SpdyTransport {
  /** Resolves when the client has room for more; undefined: it has. */
  send(bytes: Uint8Array): Promise<void> | undefined
  /** Nothing more is read from the client until the promise resolves. */
  pauseWhile(busy: Promise<void>): void
}

export interface SpdyStreams {
  /** False: the stream is refused. */
  accepts(headers: ReadonlyMap<string, string>): boolean
  add(stream: SpdyStream): void
}

export class SpdyConnection {
  readonly #transport: SpdyTransport
  readonly #handler: SpdyStreams
  readonly #frames = new FrameReader()
  readonly #headersIn = new HeaderReader()
  readonly #headersOut = new HeaderWriter()
  readonly #streams = new Map<number, SpdyStream>()
  #lastStreamId = 0
  #closed = false

  constructor(transport: SpdyTransport, handler: SpdyStreams) {
    this.#transport = transport
    this.#handler = handler
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
    this.#control(FRAME_GOAWAY, words(this.#lastStreamId, 0))
  }

  /** The transport is gone: so are all streams. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const stream of this.#streams.values()) void stream.deliver('gone')
    this.#streams.clear()
  }

  #control(type: number, payload: Uint8Array): void {
    if (!this.#closed) void this.#transport.send(controlFrame(type, 0, payload))
  }

  #handle(frame: Frame): void {
    if (frame.kind === 'data') {
      const stream = this.#streams.get(frame.streamId)
      const busy = frame.payload.length > 0 ? stream?.deliver(frame.payload) : undefined
      if (busy !== undefined) this.#transport.pauseWhile(busy)
      if ((frame.flags & FLAG_FIN) !== 0) void stream?.deliver('end')
      return
    }
    const { type, payload, flags } = frame
    if (type === FRAME_SYN_STREAM) this.#open(payload, flags)
    else if (type === FRAME_RST_STREAM) this.#reset(payload)
    // A ping is answered by the side that did not start it; clients count in odd numbers.
    else if (type === FRAME_PING && payload.length === 4) {
      if (payload.readUInt32BE(0) % 2 === 1) this.#control(FRAME_PING, payload)
    }
    // The compression context runs through every header block, wanted or not.
    else if (type === FRAME_HEADERS) this.#headersIn.read(payload.subarray(4))
  }

  #open(payload: Buffer, flags: number): void {
    if (payload.length < 10) throw noSpdy(`a SYN_STREAM of ${payload.length} bytes`)
    const id = payload.readUInt32BE(0) & 0x7fffffff
    const headers = this.#headersIn.read(payload.subarray(10))
    if (id % 2 === 0 || id <= this.#lastStreamId) {
      this.#control(FRAME_RST_STREAM, words(id, PROTOCOL_ERROR))
      return
    }
    this.#lastStreamId = id
    if (this.#streams.size >= STREAM_LIMIT || !this.#handler.accepts(headers)) {
      this.#control(FRAME_RST_STREAM, words(id, REFUSED_STREAM))
      return
    }
    const stream = new SpdyStream(id, headers, {
      send: (flag, bytes) => (this.#closed ? undefined : this.#transport.send(dataFrame(id, flag, bytes))),
      over: () => this.#streams.delete(id),
    })
    this.#streams.set(id, stream)
    this.#control(FRAME_SYN_REPLY, Buffer.concat([words(id), this.#headersOut.write(new Map())]))
    this.#handler.add(stream)
    if ((flags & FLAG_FIN) !== 0) void stream.deliver('end')
  }

  #reset(payload: Buffer): void {
    if (payload.length < 8) throw noSpdy(`a RST_STREAM of ${payload.length} bytes`)
    const id = payload.readUInt32BE(0) & 0x7fffffff
    const stream = this.#streams.get(id)
    this.#streams.delete(id)
    void stream?.deliver('gone')
  }
}
