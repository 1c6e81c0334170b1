// The client's handshake as one step of an async function: the server's hello, and a socket to go on with.

import type { Deferred, Engine } from '@podwire/engine'
import type { SocketAddress, SocketError, TcpSocket } from '../fabric/network.ts'
import type { ClientHello, ServerHello } from './records.ts'
import { connectTls, type StreamSocket } from './tls-socket.ts'

/** What programs written as async functions use of a socket. */
export type ReadableSocket = Pick<TcpSocket, 'read' | 'write' | 'end' | 'destroy' | 'local' | 'remote'>

export type Handshake =
  | { readonly hello: ServerHello; readonly socket: ReadableSocket }
  /** The server speaks something else, or closed without a word. */
  | { readonly failed: 'no-tls' | 'closed' }

/** Rejects with SocketError. */
export function handshake(engine: Engine, socket: TcpSocket, hello: ClientHello): Promise<Handshake> {
  const { promise, resolve, reject } = engine.deferred<Handshake>()
  const secured = connectTls(socket, hello, {
    established: (answer) => resolve({ hello: answer, socket: new TlsReader(engine, secured) }),
    failed: () => resolve({ failed: 'no-tls' }),
  })
  socket.onEnd = () => {
    socket.end()
    resolve({ failed: 'closed' })
  }
  socket.onError = (error) => reject(error)
  return promise
}

/** Keeps what comes until it is read. */
class TlsReader implements ReadableSocket {
  readonly #engine: Engine
  readonly #socket: StreamSocket
  readonly #unread: Uint8Array[] = []
  #ended = false
  #failure: SocketError | undefined
  #reader: Deferred<Uint8Array | undefined> | undefined

  constructor(engine: Engine, socket: StreamSocket) {
    this.#engine = engine
    this.#socket = socket
    socket.onData = (data) => this.#took(data)
    socket.onEnd = () => {
      this.#ended = true
      this.#reader?.resolve(undefined)
    }
    socket.onError = (error) => {
      this.#failure = error
      this.#reader?.reject(error)
    }
  }

  get local(): SocketAddress {
    return this.#socket.local
  }

  get remote(): SocketAddress {
    return this.#socket.remote
  }

  read(): Promise<Uint8Array | undefined> {
    const deferred = this.#engine.deferred<Uint8Array | undefined>()
    const next = this.#unread.shift()
    if (next !== undefined) deferred.resolve(next)
    else if (this.#failure !== undefined) deferred.reject(this.#failure)
    else if (this.#ended) deferred.resolve(undefined)
    else this.#reader = deferred
    return deferred.promise
  }

  write(data: Uint8Array): void {
    this.#socket.write(data)
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #took(data: Uint8Array): void {
    const reader = this.#reader
    this.#reader = undefined
    if (reader === undefined) this.#unread.push(data)
    else reader.resolve(data)
  }
}
