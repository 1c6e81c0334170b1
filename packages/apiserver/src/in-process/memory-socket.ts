// Two ends of a connection without a socket: what one writes the other reads, in order and with back-pressure; an end that is
// destroyed takes the other with it, as a reset does. Node's HTTP client and server take such streams in place of sockets.

import { Duplex } from 'node:stream'

export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  readonly #onTraffic: () => void
  #peer: MemorySocket | undefined
  /** The other end's write, until this one has room for more. */
  #written: (() => void) | undefined

  private constructor(onTraffic: () => void) {
    super()
    this.#onTraffic = onTraffic
  }

  /** @param onTraffic called whenever something goes over the connection, either way */
  static pair(onTraffic: () => void): readonly [client: MemorySocket, server: MemorySocket] {
    const [client, server] = [new MemorySocket(onTraffic), new MemorySocket(onTraffic)]
    client.#peer = server
    server.#peer = client
    return [client, server]
  }

  // What HTTP clients and servers set on a socket; there is nothing to set here.
  setKeepAlive(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {
    const written = this.#written
    this.#written = undefined
    written?.()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#onTraffic()
    const peer = this.#peer
    if (peer === undefined || peer.destroyed || peer.push(chunk)) done()
    else peer.#written = done
  }

  override _final(done: (error?: Error) => void): void {
    this.#onTraffic()
    this.#peer?.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#onTraffic()
    const peer = this.#peer
    this.#peer = undefined
    if (peer !== undefined && !peer.destroyed) process.nextTick(() => peer.destroy())
    done(error)
  }
}
