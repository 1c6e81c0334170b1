// What a client has not taken yet. Writers that can wait are told when to go on, so that a slow client holds up the program it
// watches and fills no memory; one that takes nothing while those write who cannot wait is dropped.

import type { Deferred, Engine } from '@podwire/engine'

const HIGH_BYTES = 1024 * 1024
const LOW_BYTES = 256 * 1024
/** For writers that cannot wait: the simulated network has no windows. */
const LIMIT_BYTES = 64 * 1024 * 1024

export class Outflow {
  readonly #engine: Engine
  readonly #enter: (work: () => void) => void
  readonly #drop: () => void
  #pending = 0
  #closed = false
  #room: Deferred<void> | undefined

  /** @param drop cuts the client off */
  constructor(engine: Engine, enter: (work: () => void) => void, drop: () => void) {
    this.#engine = engine
    this.#enter = enter
    this.#drop = drop
  }

  /** Sends through `write`, which calls back when the bytes have left. Resolves when there is room again; undefined: now. */
  send(bytes: number, write: (sent: () => void) => void): Promise<void> | undefined {
    if (this.#closed) return undefined
    if (this.#pending > LIMIT_BYTES) {
      this.#drop()
      return undefined
    }
    this.#pending += bytes
    write(() => this.#sent(bytes))
    if (this.#pending <= HIGH_BYTES) return undefined
    this.#room ??= this.#engine.deferred<void>()
    return this.#room.promise
  }

  /** Nobody reads any more: nobody waits. */
  close(): void {
    this.#closed = true
    this.#release()
  }

  #sent(bytes: number): void {
    this.#pending -= bytes
    if (this.#pending <= LOW_BYTES) this.#release()
  }

  #release(): void {
    const room = this.#room
    this.#room = undefined
    if (room !== undefined) this.#enter(() => room.resolve())
  }
}
