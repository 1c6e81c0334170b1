// The receiving half of a connection's socket: keeps what arrived until the program takes it, through callbacks or through read(). Order is
// data, then the peer's end or an error; each is told once. Callbacks set late get what waits in a turn of their own. While it is
// paused it gives nothing.

import type { Deferred } from '@podwire/engine'
import type { FabricCore } from './core.ts'
import type { SocketError, WireFrame } from './network.ts'
import type { SocketOwner } from './socket-owner.ts'
import type { Transport } from './transport.ts'

export class Inbox {
  protected readonly transport: Transport
  readonly #core: FabricCore
  readonly #owner: SocketOwner
  #unread: (Uint8Array | WireFrame)[] | undefined
  #ended = false
  #endTold = false
  #failure: SocketError | undefined
  #failureTold = false
  #flushing = false
  #paused = false
  #reader: Deferred<Uint8Array | undefined> | undefined
  #onData: ((data: Uint8Array) => void) | undefined
  #onFrame: ((frame: WireFrame) => void) | undefined
  #onEnd: (() => void) | undefined
  #onError: ((error: SocketError) => void) | undefined

  constructor(transport: Transport, core: FabricCore, owner: SocketOwner) {
    this.transport = transport
    this.#core = core
    this.#owner = owner
  }

  get onData(): ((data: Uint8Array) => void) | undefined {
    return this.#onData
  }

  set onData(handler: ((data: Uint8Array) => void) | undefined) {
    this.#onData = handler
    this.#flushSoon()
  }

  get onFrame(): ((frame: WireFrame) => void) | undefined {
    return this.#onFrame
  }

  set onFrame(handler: ((frame: WireFrame) => void) | undefined) {
    this.#onFrame = handler
    this.#flushSoon()
  }

  get onEnd(): (() => void) | undefined {
    return this.#onEnd
  }

  set onEnd(handler: (() => void) | undefined) {
    this.#onEnd = handler
    this.#flushSoon()
  }

  get onError(): ((error: SocketError) => void) | undefined {
    return this.#onError
  }

  set onError(handler: ((error: SocketError) => void) | undefined) {
    this.#onError = handler
    this.#flushSoon()
  }

  /** Data that arrived and was not taken. */
  get hasUnread(): boolean {
    return this.#unread !== undefined && this.#unread.length > 0
  }

  /** Bytes that arrived and were not taken. */
  get unreadBytes(): number {
    let bytes = 0
    for (const data of this.#unread ?? []) bytes += windowBytes(data)
    return bytes
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#flushSoon()
  }

  /** The peer's FIN has come. */
  get peerEnded(): boolean {
    return this.#ended
  }

  /** Nobody would notice the peer's end now. */
  get endUnwatched(): boolean {
    return this.#onEnd === undefined && this.#reader === undefined
  }

  deliver(data: Uint8Array | WireFrame): void {
    if (this.#failure !== undefined) return
    if (!this.hasUnread && !this.#paused && this.#give(data)) return this.taken()
    if (this.#unread === undefined) this.#unread = [data]
    else this.#unread.push(data)
  }

  /** The program has taken something. */
  protected taken(): void {}

  deliverEnd(): void {
    this.#ended = true
    if (!this.hasUnread) this.#tellEnd()
  }

  /** A reset throws unread data away, as the kernel does. */
  deliverFailure(error: SocketError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#unread = undefined
    this.#tellFailure()
  }

  /** Lets go of everything: the program is gone. */
  silence(): void {
    this.#onData = this.#onFrame = this.#onEnd = this.#onError = undefined
    this.#unread = undefined
  }

  read(): Promise<Uint8Array | undefined> {
    const deferred = this.#core.engine.deferred<Uint8Array | undefined>()
    const next = this.#unread?.shift()
    if (next !== undefined) {
      deferred.resolve(bytesOf(next))
      this.taken()
    } else if (this.#failure !== undefined) deferred.reject(this.#failure)
    else if (this.#ended) deferred.resolve(undefined)
    else this.#reader = deferred
    return deferred.promise
  }

  #give(data: Uint8Array | WireFrame): boolean {
    if (data instanceof Uint8Array) return this.#giveBytes(data)
    if (this.#onFrame === undefined) return this.#giveBytes(data)
    this.#core.tell(this.#owner, this.#onFrame, data, undefined)
    return true
  }

  #giveBytes(data: Uint8Array | WireFrame): boolean {
    if (this.#reader !== undefined) {
      this.#wakeReader(this.#reader, bytesOf(data))
      return true
    }
    if (this.#onData === undefined) return false
    this.#core.tell(this.#owner, this.#onData, bytesOf(data), undefined)
    return true
  }

  #wakeReader(reader: Deferred<Uint8Array | undefined>, data: Uint8Array | undefined): void {
    this.#reader = undefined
    this.#core.wake(this.#owner, () => reader.resolve(data))
  }

  #tellEnd(): void {
    if (this.#reader !== undefined) {
      this.#endTold = true
      this.#wakeReader(this.#reader, undefined)
    } else if (this.#onEnd !== undefined && !this.#endTold) {
      this.#endTold = true
      this.#core.tell(this.#owner, this.#onEnd, undefined, undefined)
    }
  }

  #tellFailure(): void {
    const failure = this.#failure
    if (failure === undefined) return
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      this.#failureTold = true
      this.#core.wake(this.#owner, () => reader.reject(failure))
    } else if (this.#onError !== undefined && !this.#failureTold) {
      this.#failureTold = true
      this.#core.tell(this.#owner, this.#onError, failure, undefined)
    }
  }

  #flushSoon(): void {
    if (!this.#flushing && this.#waiting()) this.#scheduleFlush()
  }

  #scheduleFlush(): void {
    this.#flushing = true
    this.#core.engine.schedule(0, this.transport.protocol, () => {
      this.#flushing = false
      this.#flush()
    })
  }

  #waiting(): boolean {
    return this.hasUnread || (this.#ended && !this.#endTold) || (this.#failure !== undefined && !this.#failureTold)
  }

  #flush(): void {
    while (this.#unread !== undefined && !this.#paused) {
      const next = this.#unread[0]
      if (next === undefined) break
      // Taken out first: the callback may read() the following ones itself.
      this.#unread.shift()
      if (this.#give(next)) {
        this.taken()
        continue
      }
      this.#unread.unshift(next)
      return
    }
    if (this.#failure !== undefined) this.#tellFailure()
    else if (this.#ended && !this.hasUnread) this.#tellEnd()
  }
}

/** What a segment counts for in the receiver's window. */
export function windowBytes(data: Uint8Array | WireFrame): number {
  return data instanceof Uint8Array ? data.length : (data.size ?? 0)
}

function bytesOf(data: Uint8Array | WireFrame): Uint8Array {
  return data instanceof Uint8Array ? data : data.bytes()
}
