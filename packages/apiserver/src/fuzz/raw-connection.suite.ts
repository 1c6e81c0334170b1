// A keep-alive connection on which requests go out one after the other and answers are read whole, whatever they are. It speaks
// bytes itself: an HTTP client would refuse to send what is to be tried.

import { connect, type Socket } from 'node:net'
import type { HostileRequest } from './hostile-requests.suite.ts'

/** How long an answer may take; a request that hangs counts as not answered. */
const LIMIT_MS = 10_000

export interface RawAnswer {
  readonly code: number
  readonly head: string
  readonly body: Buffer
}

export class RawConnection {
  readonly #port: number
  readonly #token: string
  #socket: Socket | undefined
  #received = Buffer.alloc(0)
  #wake: () => void = () => {}

  constructor(port: number, token: string) {
    this.#port = port
    this.#token = token
  }

  /** @returns undefined when no answer came */
  async send(request: HostileRequest): Promise<RawAnswer | undefined> {
    const socket = await this.#open()
    const { body, headers, method, path } = request
    const lines = [`${method} ${path.replaceAll(/[^\x21-\x7e]/g, encodeURIComponent)} HTTP/1.1`, 'host: 127.0.0.1']
    lines.push(`authorization: Bearer ${this.#token}`, `content-length: ${body.length}`)
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
    socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]))
    return this.#answer(method === 'HEAD')
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  async #open(): Promise<Socket> {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket
    const socket = connect(this.#port, '127.0.0.1')
    socket.setNoDelay(true)
    this.#received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    socket.on('error', () => this.#wake())
    socket.on('close', () => this.#wake())
    await new Promise((resolve) => socket.once('connect', resolve))
    this.#socket = socket
    return socket
  }

  async #answer(withoutBody: boolean): Promise<RawAnswer | undefined> {
    const head = await this.#until(() => {
      const end = this.#received.indexOf('\r\n\r\n')
      return end < 0 ? undefined : end + 4
    })
    if (head === undefined) return undefined
    const text = head.toString('latin1')
    const code = Number(text.slice(9, 12))
    if (/\r\nconnection: close/i.test(text)) {
      const body = await this.#rest()
      return { code, head: text, body }
    }
    if (withoutBody || code === 304) return { code, head: text, body: Buffer.alloc(0) }
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
    if (length === undefined) {
      // A stream: that it began is the answer.
      this.close()
      return { code, head: text, body: Buffer.alloc(0) }
    }
    const body = await this.#until(() => (this.#received.length >= Number(length) ? Number(length) : undefined))
    return body === undefined ? undefined : { code, head: text, body }
  }

  async #rest(): Promise<Buffer> {
    while (this.#socket?.destroyed === false && !this.#socket.readableEnded) await this.#more()
    const rest = this.#received
    this.#received = Buffer.alloc(0)
    this.close()
    return rest
  }

  /** Waits until `found` says how many bytes to take; undefined when the connection ends first. */
  async #until(found: () => number | undefined): Promise<Buffer | undefined> {
    for (;;) {
      const length = found()
      if (length !== undefined) {
        const taken = this.#received.subarray(0, length)
        this.#received = this.#received.subarray(length)
        return taken
      }
      if (this.#socket === undefined || this.#socket.destroyed || this.#socket.readableEnded) {
        this.close()
        return undefined
      }
      await this.#more()
    }
  }

  /** Until something comes or the time is up, which closes the connection. */
  #more(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.close()
        resolve()
      }, LIMIT_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
