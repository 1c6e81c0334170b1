// The SPDY codec: the dictionary against its published checksum, blocks against zlib's own stream, frames cut anywhere.

import { deflateSync, constants, createDeflate } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { SpdyConnection, type SpdyStream } from './connection.ts'
import { controlFrame, dataFrame, FLAG_FIN, FRAME_PING, FRAME_SYN_STREAM, FrameReader, words } from './frames.ts'
import { HeaderReader, HeaderWriter, SPDY_DICTIONARY } from './header-block.ts'

function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return ((b << 16) | a) >>> 0
}

/** Header blocks as a client's zlib writes them: one stream, flushed after each. */
async function clientBlocks(...blocks: ReadonlyMap<string, string>[]): Promise<readonly Buffer[]> {
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY })
  const written: Buffer[] = []
  for (const headers of blocks) {
    const parts = [...headers].flatMap(([name, value]) => [
      words(name.length),
      Buffer.from(name),
      words(value.length),
      Buffer.from(value),
    ])
    deflate.write(Buffer.concat([words(headers.size), ...parts]))
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()))
    const chunks: Buffer[] = []
    for (let chunk: unknown = deflate.read(); chunk !== null; chunk = deflate.read()) chunks.push(chunk as Buffer)
    written.push(Buffer.concat(chunks))
  }
  return written
}

test('the dictionary has the length and checksum of the specification', () => {
  expect([SPDY_DICTIONARY.length, adler32(SPDY_DICTIONARY).toString(16)]).toEqual([1423, 'e3c6a7c2'])
  expect(deflateSync('x', { dictionary: SPDY_DICTIONARY }).subarray(2, 6).toString('hex')).toBe('e3c6a7c2')
})

test('reads blocks that refer back to the dictionary and to earlier blocks', async () => {
  const first = new Map([
    ['streamtype', 'error'],
    ['port', '80'],
    ['requestid', '0'],
  ])
  const second = new Map([
    ['streamtype', 'data'],
    ['port', '80'],
    ['requestid', '0'],
    ['content-type', 'text/plain'],
  ])
  const many = Array.from(
    { length: 200 },
    (_, index) =>
      new Map([
        ['streamtype', 'data'],
        ['requestid', `${index}-${'x'.repeat(400)}`],
      ]),
  )
  const reader = new HeaderReader()
  const blocks = await clientBlocks(first, second, ...many)
  expect(blocks.map((block) => reader.read(block))).toEqual([first, second, ...many])
})

test('writes blocks a reader of one connection understands', () => {
  const writer = new HeaderWriter()
  const reader = new HeaderReader()
  for (const headers of [new Map<string, string>(), new Map([['a', 'b']]), new Map([['a', 'b']])]) {
    expect(reader.read(writer.write(headers))).toEqual(headers)
  }
})

test('frames are the same however the bytes are cut', () => {
  const bytes = Buffer.concat([
    controlFrame(FRAME_PING, 0, words(7)),
    dataFrame(1, FLAG_FIN, Buffer.from('hello')),
    dataFrame(3, 0, Buffer.alloc(0)),
  ])
  const whole = new FrameReader().push(bytes)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const reader = new FrameReader()
      const frames = places.slice(1).flatMap((place, index) => reader.push(bytes.subarray(places[index], place)))
      expect(frames).toEqual(whole)
    }),
  )
})

describe('what is no SPDY/3', () => {
  it.each([
    ['another version', Buffer.from('8002000100000000', 'hex')],
    ['a huge control frame', Buffer.from('8003000100ffffff', 'hex')],
  ])('%s', (_name, bytes) => {
    expect(() => new FrameReader().push(bytes)).toThrow('Failed to read a SPDY/3.1 frame')
  })
})

test('a connection opens streams, echoes pings and delivers early data once somebody listens', async () => {
  const [block] = await clientBlocks(new Map([['streamtype', 'stdin']]))
  const sent: Buffer[] = []
  const streams: SpdyStream[] = []
  const connection = new SpdyConnection(
    { send: (bytes) => void sent.push(Buffer.from(bytes)), pauseWhile: () => {} },
    { accepts: () => true, add: (stream) => void streams.push(stream) },
  )
  connection.receive(
    controlFrame(FRAME_SYN_STREAM, 0, Buffer.concat([words(1, 0), Buffer.alloc(2), block ?? Buffer.alloc(0)])),
  )
  connection.receive(dataFrame(1, FLAG_FIN, Buffer.from('abc')))
  connection.receive(controlFrame(FRAME_PING, 0, words(9)))
  const seen: string[] = []
  streams[0]?.listen({
    data: (bytes) => void seen.push(Buffer.from(bytes).toString()),
    end: () => seen.push('end'),
    gone: () => seen.push('gone'),
  })
  connection.close()
  expect(seen).toEqual(['abc', 'end', 'gone'])
  const [reply, ping] = new FrameReader().push(Buffer.concat(sent))
  expect(reply).toMatchObject({ kind: 'control', type: 2 })
  expect(ping).toMatchObject({ kind: 'control', type: FRAME_PING, payload: words(9) })
})
