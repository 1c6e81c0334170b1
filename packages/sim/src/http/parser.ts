// Reads HTTP/1.x messages from bytes in any chunking. Limits: 8 KiB a line, 64 KiB a header block, a body limit of the owner's.
// A malformed message is a value with the status a server answers; after it the stream is beyond reading.
// Trailers that are malformed are dropped. A message that hands the connection over (an upgrade) stops the parser; `takeRest` has what
// came behind it. Pipelined CONNECT is not understood here.

import { ByteQueue } from './byte-queue.ts'
import { type BodyLength, parseHeaderLine } from './header-rules.ts'
import type { HeaderList } from './message.ts'

export interface ParserLimits {
  readonly lineBytes: number
  readonly headerBytes: number
  readonly bodyBytes: number
}

export const DEFAULT_LIMITS: ParserLimits = {
  lineBytes: 8 * 1024,
  headerBytes: 64 * 1024,
  bodyBytes: 256 * 1024 * 1024,
}

/** What is different between requests and responses. */
export interface MessageKind<Start> {
  /** A number is the status that refuses the line. */
  parseStart(line: string): Start | number
  /** A number is the status that refuses the message. */
  bodyLength(start: Start, headers: HeaderList): BodyLength | number
  /** True when what follows this message is another protocol's. */
  handsOver?(start: Start): boolean
  /** Bodies come part by part, after their head and before their message, whose own is empty. */
  readonly streams?: boolean
}

export type ParserEvent<Start> =
  /** The headers are complete, the body is not here yet. */
  | { readonly kind: 'head'; readonly start: Start; readonly headers: HeaderList }
  | { readonly kind: 'part'; readonly part: Uint8Array }
  | {
      readonly kind: 'message'
      readonly start: Start
      readonly headers: HeaderList
      readonly body: Uint8Array
      readonly trailers: HeaderList
    }
  | { readonly kind: 'error'; readonly status: number }

type State =
  | 'start'
  | 'headers'
  | 'length'
  | 'chunk-size'
  | 'chunk'
  | 'chunk-end'
  | 'trailers'
  | 'until-end'
  | 'handed-over'
  | 'broken'

const EMPTY = new Uint8Array()
const NO_TRAILERS: HeaderList = []

export class MessageParser<Start> {
  readonly #kind: MessageKind<Start>
  readonly #limits: ParserLimits
  readonly #input = new ByteQueue()
  #state: State = 'start'
  #start: Start | undefined
  #headers: (readonly [string, string])[] = []
  #headerBytes = 0
  #wanted = 0
  #body: Uint8Array[] = []
  #bodyBytes = 0
  #trailers: (readonly [string, string])[] | undefined

  constructor(kind: MessageKind<Start>, limits: ParserLimits = DEFAULT_LIMITS) {
    this.#kind = kind
    this.#limits = limits
  }

  /** True between messages. */
  get idle(): boolean {
    return this.#state === 'start' && this.#input.length === 0
  }

  feed(data: Uint8Array): readonly ParserEvent<Start>[] {
    const events: ParserEvent<Start>[] = []
    this.#input.push(data)
    while (this.#step(events)) if (this.#state === 'broken') break
    return events
  }

  /** What came behind a message that handed the connection over. */
  takeRest(): Uint8Array {
    return this.#input.take(this.#input.length)
  }

  /** The peer closed. Ends a body that runs until then; anything else unfinished is an error. */
  end(): ParserEvent<Start> | undefined {
    if (this.#state === 'until-end') return this.#message()
    return this.idle || this.#state === 'broken' || this.#state === 'handed-over'
      ? undefined
      : { kind: 'error', status: 400 }
  }

  #step(events: ParserEvent<Start>[]): boolean {
    switch (this.#state) {
      case 'start':
        return this.#stepStart(events)
      case 'headers':
        return this.#stepHeader(events)
      case 'length':
        return this.#stepLength(events)
      case 'chunk-size':
        return this.#stepChunkSize(events)
      case 'chunk':
        return this.#stepChunk(events)
      case 'chunk-end':
        return this.#stepChunkEnd(events)
      case 'trailers':
        return this.#stepTrailer(events)
      case 'until-end':
        return this.#collect(Infinity, events)
      case 'handed-over':
      case 'broken':
        return false
    }
  }

  #stepStart(events: ParserEvent<Start>[]): boolean {
    const line = this.#input.line(this.#limits.lineBytes)
    if (line === undefined) return false
    if (line === 'too-long') return this.#refuse(414, events)
    // RFC 9112 §2.2: empty lines before a request are ignored.
    if (line === '') return true
    const start = this.#kind.parseStart(line)
    if (typeof start === 'number') return this.#refuse(start, events)
    this.#start = start
    this.#headers = []
    this.#headerBytes = line.length
    this.#state = 'headers'
    return true
  }

  #stepHeader(events: ParserEvent<Start>[]): boolean {
    const line = this.#input.line(this.#limits.lineBytes)
    if (line === undefined) return false
    if (line === 'too-long') return this.#refuse(431, events)
    if (line === '') return this.#endOfHeaders(events)
    this.#headerBytes += line.length + 2
    if (this.#headerBytes > this.#limits.headerBytes) return this.#refuse(431, events)
    const header = parseHeaderLine(line)
    if (header === undefined) return this.#refuse(400, events)
    this.#headers.push(header)
    return true
  }

  #endOfHeaders(events: ParserEvent<Start>[]): boolean {
    const start = this.#start
    if (start === undefined) return this.#refuse(400, events)
    const length = this.#kind.bodyLength(start, this.#headers)
    if (typeof length === 'number') return this.#refuse(length, events)
    this.#body = []
    this.#bodyBytes = 0
    if (length.kind === 'refused') return this.#refuse(length.status, events)
    const streams = this.#kind.streams === true
    if (streams) events.push({ kind: 'head', start, headers: this.#headers })
    if (length.kind === 'none' || (length.kind === 'length' && length.bytes === 0)) {
      events.push(this.#message())
      return true
    }
    if (length.kind === 'length') {
      if (length.bytes > this.#limits.bodyBytes) return this.#refuse(413, events)
      this.#wanted = length.bytes
    }
    this.#state = length.kind === 'length' ? 'length' : length.kind === 'chunked' ? 'chunk-size' : 'until-end'
    if (!streams && this.#input.length === 0) events.push({ kind: 'head', start, headers: this.#headers })
    return true
  }

  #stepLength(events: ParserEvent<Start>[]): boolean {
    const more = this.#collect(this.#wanted, events)
    if (this.#wanted > 0) return more
    events.push(this.#message())
    return true
  }

  #stepChunkSize(events: ParserEvent<Start>[]): boolean {
    const line = this.#input.line(this.#limits.lineBytes)
    if (line === undefined) return false
    if (line === 'too-long') return this.#refuse(400, events)
    const size = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?$/.exec(line)?.[1]
    if (size === undefined) return this.#refuse(400, events)
    this.#wanted = Number.parseInt(size, 16)
    if (this.#bodyBytes + this.#wanted > this.#limits.bodyBytes) return this.#refuse(413, events)
    this.#state = this.#wanted === 0 ? 'trailers' : 'chunk'
    return true
  }

  #stepChunk(events: ParserEvent<Start>[]): boolean {
    const more = this.#collect(this.#wanted, events)
    if (this.#wanted === 0) this.#state = 'chunk-end'
    return more
  }

  #stepChunkEnd(events: ParserEvent<Start>[]): boolean {
    const line = this.#input.line(this.#limits.lineBytes)
    if (line === undefined) return false
    if (line !== '') return this.#refuse(400, events)
    this.#state = 'chunk-size'
    return true
  }

  #stepTrailer(events: ParserEvent<Start>[]): boolean {
    const line = this.#input.line(this.#limits.lineBytes)
    if (line === undefined) return false
    if (line === 'too-long' || (this.#headerBytes += line.length) > this.#limits.headerBytes) {
      return this.#refuse(431, events)
    }
    if (line === '') events.push(this.#message())
    else {
      const trailer = parseHeaderLine(line)
      if (trailer !== undefined) (this.#trailers ??= []).push(trailer)
    }
    return true
  }

  /** Takes what is there, up to `count`. */
  #collect(count: number, events: ParserEvent<Start>[]): boolean {
    if (this.#input.length === 0) return false
    const part = this.#input.take(count)
    if (this.#kind.streams === true) events.push({ kind: 'part', part })
    else this.#body.push(part)
    this.#bodyBytes += part.length
    this.#wanted -= part.length
    return this.#bodyBytes > this.#limits.bodyBytes ? this.#refuse(413, events) : true
  }

  #message(): ParserEvent<Start> {
    const { [0]: first } = this.#body
    const body = first === undefined ? EMPTY : this.#body.length === 1 ? first : Buffer.concat(this.#body)
    this.#body = []
    const trailers = this.#trailers ?? NO_TRAILERS
    this.#trailers = undefined
    const start = this.#start
    this.#state = start !== undefined && this.#kind.handsOver?.(start) === true ? 'handed-over' : 'start'
    if (start === undefined) return { kind: 'error', status: 400 }
    return { kind: 'message', start, headers: this.#headers, body, trailers }
  }

  #refuse(status: number, events: ParserEvent<Start>[]): boolean {
    this.#state = 'broken'
    events.push({ kind: 'error', status })
    return false
  }
}
