// Bodies in parts between a connection and a BodyStream: out as far as the peer takes them, in as far as the reader does. So a slow
// reader at one end slows the writer at the other, and what waits in between is a window or two.

import type { StreamSocket } from '../tls/index.ts'
import { type BodyStream, joinParts, WINDOW_BYTES } from './body-stream.ts'
import { type BodyFraming, EndFrame, PartFrame } from './frame.ts'
import type { HeaderList } from './message.ts'
import type { ParserEvent } from './parser.ts'

/** Sends a body; `done` is called once, with whether it was complete. The connection stays. */
export function sendBody(
  socket: StreamSocket,
  stream: BodyStream,
  framing: BodyFraming,
  done: (complete: boolean) => void,
): void {
  const over = (complete: boolean): void => {
    socket.onTaken = undefined
    done(complete)
  }
  stream.readBy({
    part: (part) => {
      socket.write(new PartFrame(part, framing))
      if (socket.backlogBytes < WINDOW_BYTES) return
      stream.pause()
      socket.onTaken ??= () => {
        if (socket.backlogBytes < WINDOW_BYTES) stream.resume()
      }
    },
    end: (trailers) => {
      socket.write(new EndFrame(trailers, framing))
      over(true)
    },
    failed: () => over(false),
  })
}

/** Takes a part that came. */
export function receivePart(socket: StreamSocket, stream: BodyStream, part: Uint8Array): void {
  stream.write(part)
  if (!stream.full) return
  socket.pause()
  stream.onRoom = () => socket.resume()
}

export type Assembled<Start> =
  | {
      readonly kind: 'whole'
      readonly start: Start
      readonly headers: HeaderList
      readonly body: Uint8Array
      readonly trailers: HeaderList
    }
  | { readonly kind: 'begun'; readonly start: Start; readonly headers: HeaderList }
  | { readonly kind: 'part'; readonly part: Uint8Array }
  | { readonly kind: 'end'; readonly trailers: HeaderList }
  | { readonly kind: 'error'; readonly status: number }

/** Puts the events of a streaming parser together: what came in one go is a whole message, what did not has begun. */
export class MessageAssembler<Start> {
  #begun = false

  take(events: readonly ParserEvent<Start>[]): readonly Assembled<Start>[] {
    const [first, second] = events
    if (!this.#begun && events.length === 2 && first?.kind === 'head' && second?.kind === 'message') {
      const { start, headers, trailers } = second
      return [{ kind: 'whole', start, headers, body: joinParts([]), trailers }]
    }
    const result: Assembled<Start>[] = []
    let head: Extract<ParserEvent<Start>, { kind: 'head' }> | undefined
    let parts: Uint8Array[] = []
    const begin = (): void => {
      if (head === undefined) return
      result.push({ kind: 'begun', start: head.start, headers: head.headers })
      if (parts.length > 0) result.push({ kind: 'part', part: joinParts(parts) })
      this.#begun = true
      head = undefined
      parts = []
    }
    for (const event of events) {
      if (event.kind === 'head') head = event
      else if (event.kind === 'part') {
        if (this.#begun) result.push(event)
        else parts.push(event.part)
      } else if (event.kind === 'error') {
        begin()
        result.push(event)
      } else if (this.#begun) {
        result.push({ kind: 'end', trailers: event.trailers })
        this.#begun = false
      } else {
        const { start, headers, trailers } = event
        result.push({ kind: 'whole', start, headers, body: joinParts(parts), trailers })
        head = undefined
        parts = []
      }
    }
    begin()
    return result
  }
}
