// A body under way: its parts in order, then its end with trailers, or the news that it was cut off. One writer, one reader. What the
// reader does not take waits here, and the writer can see how much that is; nothing is copied and nothing takes time.

import type { HeaderList } from './message.ts'

export interface BodyReader {
  part(part: Uint8Array): void
  end(trailers: HeaderList): void
  /** The rest never comes. */
  failed(): void
}

/** So much may wait before the writer should. TCP windows of Linux begin with as much. */
export const WINDOW_BYTES = 64 * 1024

const NO_TRAILERS: HeaderList = []

export class BodyStream {
  /** The writer's: the reader has taken so much that there is room again. */
  onRoom: (() => void) | undefined
  /** The writer's: nobody wants the rest. */
  onCancel: (() => void) | undefined
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #reader: BodyReader | undefined
  #paused = false
  #last: 'end' | 'failed' | 'cancelled' | undefined
  #lastTold = false
  #trailers: HeaderList = NO_TRAILERS

  /** Whether more than a window waits for the reader. */
  get full(): boolean {
    return this.#waitingBytes >= WINDOW_BYTES
  }

  /** Somebody has begun to read. */
  get isRead(): boolean {
    return this.#reader !== undefined
  }

  /** Nothing is written any more. */
  get over(): boolean {
    return this.#last !== undefined
  }

  write(part: Uint8Array): void {
    if (this.#last !== undefined || part.length === 0) return
    if (this.#reader !== undefined && !this.#paused) return this.#reader.part(part)
    this.#waiting.push(part)
    this.#waitingBytes += part.length
  }

  end(trailers: HeaderList = NO_TRAILERS): void {
    if (this.#last !== undefined) return
    this.#last = 'end'
    this.#trailers = trailers
    this.#flush()
  }

  /** Its connection broke. */
  fail(): void {
    if (this.#last !== undefined) return
    this.#last = 'failed'
    this.#flush()
  }

  /** Begins reading. A stream is read once. */
  readBy(reader: BodyReader): void {
    this.#reader = reader
    this.#flush()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#flush()
  }

  /** The reader wants no more. */
  cancel(): void {
    if (this.#last === 'cancelled') return
    const wasOver = this.#last !== undefined
    this.#last = 'cancelled'
    this.#waiting.length = 0
    this.#waitingBytes = 0
    if (!wasOver) this.onCancel?.()
  }

  #flush(): void {
    const reader = this.#reader
    if (reader === undefined || this.#paused) return
    const wasFull = this.full
    for (let part = this.#waiting.shift(); part !== undefined; part = this.#waiting.shift()) {
      this.#waitingBytes -= part.length
      reader.part(part)
      if (this.#isPaused()) break
    }
    if (wasFull && !this.full) this.onRoom?.()
    if (this.#waiting.length > 0 || this.#isPaused() || this.#lastTold) return
    if (this.#last === undefined || this.#last === 'cancelled') return
    this.#lastTold = true
    if (this.#last === 'end') reader.end(this.#trailers)
    else reader.failed()
  }

  /** Asked anew: the reader may have paused meanwhile. */
  #isPaused(): boolean {
    return this.#paused
  }
}

/** A body that is there already, with trailers. */
export function wholeBody(body: Uint8Array, trailers: HeaderList): BodyStream {
  const stream = new BodyStream()
  stream.write(body)
  stream.end(trailers)
  return stream
}

export interface CollectedBody {
  readonly body: Uint8Array
  readonly trailers: HeaderList
}

/** Hands the whole body over once it is there. @param limitBytes past it the rest is not wanted; 0: no limit */
export function collectBody(
  stream: BodyStream,
  limitBytes: number,
  done: (outcome: CollectedBody | 'too-large' | 'failed') => void,
): void {
  const parts: Uint8Array[] = []
  let bytes = 0
  stream.readBy({
    part: (part) => {
      bytes += part.length
      if (limitBytes === 0 || bytes <= limitBytes) return void parts.push(part)
      stream.cancel()
      done('too-large')
    },
    end: (trailers) => done({ body: joinParts(parts), trailers }),
    failed: () => done('failed'),
  })
}

export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}
