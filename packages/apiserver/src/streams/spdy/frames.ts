// SPDY/3.1 frames as bytes: cutting a byte stream into frames, and writing the few the server sends.
// Source: SPDY Protocol Draft 3.1, 2.2 and 2.6.

import { PodwireError } from '@podwire/engine'

export const FRAME_SYN_STREAM = 1
export const FRAME_SYN_REPLY = 2
export const FRAME_RST_STREAM = 3
export const FRAME_PING = 6
export const FRAME_GOAWAY = 7
export const FRAME_HEADERS = 8

export const FLAG_FIN = 1

const HEADER_BYTES = 8
/** Control frames are headers and numbers: a larger one is no SPDY. */
const CONTROL_LIMIT_BYTES = 256 * 1024

export type Frame =
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer }
  | { readonly kind: 'data'; readonly streamId: number; readonly flags: number; readonly payload: Buffer }

/** Cuts bytes, which arrive in any portions, into frames. A frame in many portions is put together once. */
export class FrameReader {
  #portions: Uint8Array[] = []
  #length = 0
  /** Bytes the next step needs: a header, or a whole frame. */
  #wanted = HEADER_BYTES

  /** @throws PodwireError when the bytes are no SPDY/3 */
  push(bytes: Uint8Array): readonly Frame[] {
    this.#portions.push(bytes)
    this.#length += bytes.length
    const frames: Frame[] = []
    if (this.#length < this.#wanted) return frames
    let pending = this.#portions.length === 1 ? viewOf(bytes) : Buffer.concat(this.#portions, this.#length)
    while (pending.length >= HEADER_BYTES) {
      const length = pending.readUInt32BE(4) & 0xffffff
      const first = pending.readUInt32BE(0)
      const control = first >>> 31 === 1
      if (control && ((first >>> 16) & 0x7fff) !== 3) throw noSpdy(`version ${(first >>> 16) & 0x7fff}`)
      if (control && length > CONTROL_LIMIT_BYTES) throw noSpdy(`a control frame of ${length} bytes`)
      this.#wanted = HEADER_BYTES + length
      if (pending.length < this.#wanted) break
      const flags = pending.readUInt8(4)
      const payload = pending.subarray(HEADER_BYTES, this.#wanted)
      pending = pending.subarray(this.#wanted)
      this.#wanted = HEADER_BYTES
      frames.push(
        control
          ? { kind: 'control', type: first & 0xffff, flags, payload }
          : { kind: 'data', streamId: first & 0x7fffffff, flags, payload },
      )
    }
    this.#portions = pending.length === 0 ? [] : [pending]
    this.#length = pending.length
    return frames
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

export function noSpdy(what: string): PodwireError {
  return new PodwireError('read a SPDY/3.1 frame', `got ${what}`)
}

export function controlFrame(type: number, flags: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length)
  frame.writeUInt16BE(0x8003, 0)
  frame.writeUInt16BE(type, 2)
  frame.writeUInt32BE(payload.length, 4)
  frame.writeUInt8(flags, 4)
  frame.set(payload, HEADER_BYTES)
  return frame
}

export function dataFrame(streamId: number, flags: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length)
  frame.writeUInt32BE(streamId, 0)
  frame.writeUInt32BE(payload.length, 4)
  frame.writeUInt8(flags, 4)
  frame.set(payload, HEADER_BYTES)
  return frame
}

/** 32-bit numbers one after another: payloads of RST_STREAM, GOAWAY, and the head of SYN_REPLY. */
export function words(...values: readonly number[]): Buffer {
  const payload = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => payload.writeUInt32BE(value >>> 0, index * 4))
  return payload
}
