// Streams for those who run a shell: one that collects output, one that is fed from outside.

import type { Deferred, Engine } from '@podwire/engine'
import type { InputStream, OutputStream } from './command.ts'

const encoder = new TextEncoder()

export interface OutputCollector extends OutputStream {
  text(): string
  bytes(): Uint8Array
}

export function collectOutput(): OutputCollector {
  const chunks: Uint8Array[] = []
  return {
    write: async (data) => {
      chunks.push(typeof data === 'string' ? encoder.encode(data) : data)
    },
    text: () => new TextDecoder().decode(Buffer.concat(chunks)),
    bytes: () => Buffer.concat(chunks),
  }
}

export interface InputFeed extends InputStream {
  /** Resolves when what waits to be read is little again; undefined: it is. */
  push(data: Uint8Array | string): Promise<void> | undefined
  end(): void
}

/** More than this unread, and who feeds should wait. */
const FULL_BYTES = 1024 * 1024
const LITTLE_BYTES = 256 * 1024

/** Input that arrives over time: a network stream, or a test typing. */
export function feedInput(engine: Engine): InputFeed {
  const chunks: Uint8Array[] = []
  let unread = 0
  let ended = false
  let waiting: Deferred<void> | undefined
  let room: Deferred<void> | undefined
  const wake = (): void => {
    const woken = waiting
    waiting = undefined
    woken?.resolve()
  }
  const makeRoom = (): void => {
    const made = room
    room = undefined
    made?.resolve()
  }
  return {
    push: (data) => {
      if (ended || data.length === 0) return undefined
      const bytes = typeof data === 'string' ? encoder.encode(data) : data
      chunks.push(bytes)
      unread += bytes.length
      wake()
      if (unread <= FULL_BYTES) return undefined
      room ??= engine.deferred<void>()
      return room.promise
    },
    end: () => {
      ended = true
      wake()
      makeRoom()
    },
    read: async () => {
      while (chunks.length === 0 && !ended) {
        waiting ??= engine.deferred<void>()
        await waiting.promise
      }
      const chunk = chunks.shift()
      unread -= chunk?.length ?? 0
      if (unread <= LITTLE_BYTES) makeRoom()
      return chunk
    },
  }
}

/** Input that is all there. */
export function textInput(text: string): InputStream {
  let left: Uint8Array | undefined = encoder.encode(text)
  return {
    read: async () => {
      const chunk = left
      left = undefined
      return chunk?.length === 0 ? undefined : chunk
    },
  }
}
