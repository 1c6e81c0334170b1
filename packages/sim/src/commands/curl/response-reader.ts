// Reads a response as curl does: byte by byte, without losing what is no HTTP, and knowing how much of a body is missing.
// The lab's own client (http/client.ts) wants whole, well-formed responses; curl shows broken ones too.

import type { HeaderList } from '../../http/message.ts'

export { encodeRequest } from '../../http/frame.ts'
export type { HeaderList, HttpRequest } from '../../http/message.ts'

type ReaderState =
  /** Nothing came yet. */
  | 'empty'
  | 'head'
  | 'body'
  | 'done'
  /** The first bytes are no status line: what a server of another protocol says. */
  | 'not-http'
  | 'broken'

export interface ResponseReader {
  readonly state: ReaderState
  readonly status: number
  readonly reason: string
  readonly httpVersion: string
  readonly headers: HeaderList
  /** Status line and headers as they came, with all 1xx responses before. */
  readonly headText: string
  /** Bytes of the body so far. */
  readonly received: number
  readonly expected: number | undefined
  readonly problem: string
  /** Undefined is the peer's end. */
  feed(chunk: Uint8Array | undefined): void
  body(): Uint8Array | undefined
  missing(): string
}

export function createResponseReader(method: string): ResponseReader {
  return new Reader(method)
}

const LINE_END = Buffer.from('\r\n\r\n')

class Reader implements ResponseReader {
  state: ReaderState = 'empty'
  status = 0
  reason = ''
  httpVersion = '0'
  headers: HeaderList = []
  headText = ''
  received = 0
  expected: number | undefined
  problem = ''
  readonly #method: string
  #pending: Buffer = Buffer.alloc(0)
  readonly #body: Buffer[] = []
  #chunked = false

  constructor(method: string) {
    this.#method = method
  }

  feed(chunk: Uint8Array | undefined): void {
    if (chunk === undefined) return this.#end()
    if (this.state === 'empty') this.state = 'head'
    this.#pending = Buffer.concat([this.#pending, chunk])
    if (this.state === 'head') this.#readHead()
    if (this.state === 'body') this.#readBody()
    else if (this.state === 'not-http') this.#take(this.#pending.length)
  }

  body(): Uint8Array | undefined {
    return this.#body.length === 0 ? undefined : Buffer.concat(this.#body)
  }

  missing(): string {
    if (this.expected === undefined) return 'transfer closed with outstanding read data remaining'
    return `transfer closed with ${this.expected - this.received} bytes remaining to read`
  }

  #end(): void {
    if (this.state === 'body' && !this.#chunked && this.expected === undefined) this.state = 'done'
  }

  #take(count: number): void {
    const taken = this.#pending.subarray(0, count)
    if (taken.length > 0) this.#body.push(taken)
    this.received += taken.length
    this.#pending = this.#pending.subarray(taken.length)
  }

  #readHead(): void {
    while (this.state === 'head') {
      const start = this.#pending.subarray(0, 5).toString('latin1')
      if (!'HTTP/'.startsWith(start.slice(0, 5))) {
        this.state = 'not-http'
        return
      }
      const end = this.#pending.indexOf(LINE_END)
      if (end < 0) return
      const text = this.#pending.subarray(0, end).toString('utf8')
      this.#pending = this.#pending.subarray(end + 4)
      this.#parseHead(text)
    }
  }

  #parseHead(text: string): void {
    this.headText += `${text}\r\n\r\n`
    const [first = '', ...lines] = text.split('\r\n')
    const match = /^HTTP\/(\d(?:\.\d)?) (\d{3})(?: (.*))?$/.exec(first)
    if (match === null) {
      this.state = 'broken'
      this.problem = 'Unsupported HTTP version in response'
      return
    }
    this.httpVersion = match[1] ?? '1.1'
    this.status = Number(match[2])
    this.reason = match[3] ?? ''
    this.headers = lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
    })
    if (this.status < 200) return
    this.#startBody()
  }

  #startBody(): void {
    const value = (wanted: string): string | undefined =>
      this.headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
    this.#chunked = /chunked/i.test(value('transfer-encoding') ?? '')
    const length = value('content-length')
    if (!this.#chunked && length !== undefined) this.expected = Number(length)
    const bodiless = this.#method === 'HEAD' || this.status === 204 || this.status === 304
    this.state = bodiless || this.expected === 0 ? 'done' : 'body'
  }

  #readBody(): void {
    if (this.#chunked) return this.#readChunks()
    const left = this.expected === undefined ? this.#pending.length : this.expected - this.received
    this.#take(left)
    if (this.expected !== undefined && this.received >= this.expected) this.state = 'done'
  }

  #readChunks(): void {
    for (;;) {
      const end = this.#pending.indexOf('\r\n')
      if (end < 0) return
      const size = Number.parseInt(this.#pending.subarray(0, end).toString('latin1'), 16)
      if (Number.isNaN(size)) {
        this.state = 'broken'
        this.problem = 'Illegal or missing hexadecimal sequence in chunked-encoding'
        return
      }
      if (this.#pending.length < end + 2 + size + 2) return
      this.#pending = this.#pending.subarray(end + 2)
      if (size === 0) {
        this.state = 'done'
        return
      }
      this.#take(size)
      this.#pending = this.#pending.subarray(2)
    }
  }
}
