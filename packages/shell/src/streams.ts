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
  push(data: Uint8Array | string): void
  end(): void
}

/** Input that arrives over time: a network stream, or a test typing. */
export function feedInput(engine: Engine): InputFeed {
  const chunks: Uint8Array[] = []
  let ended = false
  let waiting: Deferred<void> | undefined
  const wake = (): void => {
    const woken = waiting
    waiting = undefined
    woken?.resolve()
  }
  return {
    push: (data) => {
      if (ended || data.length === 0) return
      chunks.push(typeof data === 'string' ? encoder.encode(data) : data)
      wake()
    },
    end: () => {
      ended = true
      wake()
    },
    read: async () => {
      while (chunks.length === 0 && !ended) {
        waiting ??= engine.deferred<void>()
        await waiting.promise
      }
      return chunks.shift()
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
