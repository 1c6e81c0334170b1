// Keeps virtual time still while something goes on in Node's event loop that the simulation waits for: messages between an HTTP client
// and a server in one process, and what the client's code does with them. It lets go once nothing went on for some turns of the
// loop. Turns are counted, not timed, so that equal runs let go at equal moments.

import { macrotask, type Engine } from '@podwire/engine'

/** A message takes up to two turns from stream to stream and through a parser; the rest is for promises in between. */
const QUIET_TURNS = 6

export class BusyHold {
  readonly #engine: Engine
  #release: (() => void) | undefined
  #quiet = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Something goes on. */
  readonly touch = (): void => {
    this.#quiet = 0
    if (this.#release !== undefined) return
    this.#release = this.#engine.hold()
    void this.#untilQuiet()
  }

  async #untilQuiet(): Promise<void> {
    while (this.#quiet++ < QUIET_TURNS) await macrotask()
    this.#release?.()
    this.#release = undefined
  }
}
