// The body of a reply that comes in parts, at the client: read as far as its reader takes it, given up when nothing comes for too long,
// the connection dropped when nobody wants the rest.

import type { Engine, Microseconds, ScheduledTask } from '@podwire/engine'
import type { StreamSocket } from '../tls/index.ts'
import { BodyStream } from './body-stream.ts'
import { receivePart } from './body-wire.ts'
import type { HeaderList } from './message.ts'

export class ReplyBody {
  readonly stream = new BodyStream()
  readonly #engine: Engine
  readonly #socket: StreamSocket
  #heardUs: Microseconds
  #timer: ScheduledTask | undefined

  /** @param silenceUs the longest between parts; undefined: no limit */
  constructor(engine: Engine, socket: StreamSocket, silenceUs: Microseconds | undefined, gone: () => void) {
    this.#engine = engine
    this.#socket = socket
    this.#heardUs = engine.clock.now()
    this.stream.onCancel = () => {
      this.#drop()
      gone()
    }
    if (silenceUs !== undefined) this.#watch(silenceUs)
  }

  part(part: Uint8Array): void {
    this.#heardUs = this.#engine.clock.now()
    receivePart(this.#socket, this.stream, part)
  }

  end(trailers: HeaderList): void {
    this.#engine.cancel(this.#timer)
    this.stream.end(trailers)
  }

  fail(): void {
    this.#engine.cancel(this.#timer)
    this.stream.fail()
  }

  #drop(): void {
    const socket = this.#socket
    this.#engine.cancel(this.#timer)
    socket.onError = socket.onEnd = undefined
    socket.resume()
    socket.destroy()
  }

  /** A reader that takes nothing is no silence. */
  #watch(silenceUs: Microseconds): void {
    const leftUs = this.#heardUs + silenceUs - this.#engine.clock.now()
    this.#timer = this.#engine.schedule(leftUs > 0 ? leftUs : silenceUs, 'http silence', () => {
      if (this.stream.full || this.#engine.clock.now() - this.#heardUs < silenceUs) return this.#watch(silenceUs)
      this.#drop()
      this.stream.fail()
    })
  }
}
