// The body of a fetch-style program's response. What is there without waiting is sent whole; a stream that waits (for virtual time, for
// somebody's answer) goes out in parts as it gives them, and is read no faster than the client takes it.

import { macrotask } from '@podwire/engine'
import { BodyStream, joinParts } from '../http/body-stream.ts'
import type { HttpResponse } from '../http/message.ts'
import { describeError } from './describe-error.ts'
import type { ContainerContext } from './image.ts'

/** A stream that has nothing after so many turns of the host's event loop waits for something. */
const PATIENCE_TURNS = 20
const NO_BODY = new Uint8Array()

type Body = Pick<HttpResponse, 'body' | 'stream'>
type Reader = ReadableStreamDefaultReader<Uint8Array>
type Part = Awaited<ReturnType<Reader['read']>>

export async function fetchBody(context: ContainerContext, { body }: Response): Promise<Body> {
  if (body === null) return { body: NO_BODY }
  const reader = body.getReader()
  const parts: Uint8Array[] = []
  for (;;) {
    const reading = reader.read()
    const part = await soon(context, reading)
    if (part === undefined) return { body: NO_BODY, stream: inParts(context, reader, reading, parts) }
    if (part.done) return { body: joinParts(parts) }
    parts.push(part.value)
  }
}

/** Web streams work on the host's event loop: virtual time stands still meanwhile. Undefined: it takes longer. */
async function soon({ engine }: ContainerContext, reading: Promise<Part>): Promise<Part | undefined> {
  const release = engine.hold()
  let over = false
  const patience = async (): Promise<undefined> => {
    for (let turn = 0; turn < PATIENCE_TURNS && !over; turn++) await macrotask()
    return undefined
  }
  try {
    return await Promise.race([reading, patience()])
  } finally {
    over = true
    release()
  }
}

function inParts(
  context: ContainerContext,
  reader: Reader,
  first: Promise<Part>,
  before: readonly Uint8Array[],
): BodyStream {
  const out = new BodyStream()
  let room: (() => void) | undefined
  out.onRoom = () => room?.()
  out.onCancel = () => {
    room?.()
    void reader.cancel().catch(() => undefined)
  }
  for (const part of before) out.write(part)
  const pump = async (): Promise<void> => {
    for (let reading = first; ; reading = reader.read()) {
      const part = await reading
      context.engine.touchAsync()
      if (part.done || out.over) return out.end()
      out.write(part.value)
      if (!out.full) continue
      const { promise, resolve } = context.engine.deferred<void>()
      room = resolve
      await promise
    }
  }
  pump().catch((error: unknown) => {
    context.stderr(`${describeError(error)}\n`)
    out.fail()
  })
  return out
}
