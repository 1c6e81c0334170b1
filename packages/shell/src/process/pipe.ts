// A pipe: bytes in flight between two processes, 64 kB at most (pipe(7)). A writer waits for room, a reader for bytes; a
// reader gets end of file when no writer is left, a writer SIGPIPE when no reader is.

import type { Deferred, Engine } from '@podwire/engine'
import { OpenFile } from './open-file.ts'
import type { Process } from './process.ts'
import { SIGPIPE } from './signals.ts'

const CAPACITY = 65_536

class PipeBuffer {
  readonly engine: Engine
  chunks: Uint8Array[] = []
  size = 0
  readerOpen = true
  writerOpen = true
  #waiting: Deferred<void>[] = []

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    const waiting = this.engine.deferred<void>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  wake(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const one of waiting) one.resolve()
  }
}

class PipeReader extends OpenFile {
  readonly #pipe: PipeBuffer

  constructor(pipe: PipeBuffer) {
    super()
    this.#pipe = pipe
  }

  protected override async fill(process: Process): Promise<Uint8Array | undefined> {
    const pipe = this.#pipe
    for (;;) {
      const chunk = pipe.chunks.shift()
      if (chunk !== undefined) {
        pipe.size -= chunk.length
        pipe.wake()
        return chunk
      }
      if (!pipe.writerOpen) return undefined
      await process.block(pipe.changed())
    }
  }

  protected override close(): void {
    this.#pipe.readerOpen = false
    this.#pipe.chunks = []
    this.#pipe.wake()
  }
}

class PipeWriter extends OpenFile {
  readonly #pipe: PipeBuffer

  constructor(pipe: PipeBuffer) {
    super()
    this.#pipe = pipe
  }

  override async write(process: Process, data: Uint8Array): Promise<void> {
    const pipe = this.#pipe
    if (data.length === 0) return
    while (pipe.readerOpen && pipe.size > 0 && pipe.size + data.length > CAPACITY) await process.block(pipe.changed())
    if (!pipe.readerOpen) process.kill(SIGPIPE)
    pipe.chunks.push(data)
    pipe.size += data.length
    pipe.wake()
  }

  protected override close(): void {
    this.#pipe.writerOpen = false
    this.#pipe.wake()
  }
}

export function createPipe(engine: Engine): { readonly reader: OpenFile; readonly writer: OpenFile } {
  const pipe = new PipeBuffer(engine)
  return { reader: new PipeReader(pipe), writer: new PipeWriter(pipe) }
}
