// gRPC's messages in a body: a flag, a length, the message. Compression is not simulated and refused in the words of grpc-go.
// Source: grpc/grpc doc/PROTOCOL-HTTP2.md (Length-Prefixed-Message), grpc-go rpc_util.go.

import { ByteQueue } from '../http/byte-queue.ts'
import { GrpcError } from './status.ts'

const PREFIX_BYTES = 5
/** grpc-go's default. */
const LARGEST = 4 * 1024 * 1024

export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(PREFIX_BYTES + message.length)
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, PREFIX_BYTES)
  return framed
}

/** Takes bytes as they come, gives messages. */
export class MessageReader {
  readonly #input = new ByteQueue()
  readonly #encoding: string
  /** Of the message under way. */
  #length: number | undefined

  /** @param encoding what grpc-encoding says */
  constructor(encoding = 'identity') {
    this.#encoding = encoding
  }

  /** Whether a message was begun and is not complete. */
  get isBroken(): boolean {
    return this.#input.length > 0 || this.#length !== undefined
  }

  push(bytes: Uint8Array): void {
    this.#input.push(bytes)
  }

  /** @returns undefined: more bytes are needed. @throws GrpcError */
  next(): Uint8Array | undefined {
    if (this.#length === undefined) {
      if (this.#input.length < PREFIX_BYTES) return undefined
      const prefix = Buffer.from(this.#input.take(PREFIX_BYTES))
      if (prefix[0] !== 0) throw this.#compressed(prefix[0] ?? 0)
      this.#length = prefix.readUInt32BE(1)
      if (this.#length > LARGEST) {
        const message = `grpc: received message larger than max (${this.#length} vs. ${LARGEST})`
        throw new GrpcError('RESOURCE_EXHAUSTED', message)
      }
    }
    if (this.#input.length < this.#length) return undefined
    const message = this.#input.take(this.#length)
    this.#length = undefined
    return message
  }

  #compressed(flag: number): GrpcError {
    if (flag !== 1) {
      return new GrpcError('INTERNAL', `grpc: received unexpected payload format ${flag}`)
    }
    if (this.#encoding === 'identity') {
      return new GrpcError('INTERNAL', 'grpc: compressed flag set with identity or empty encoding')
    }
    const message = `grpc: Decompressor is not installed for grpc-encoding "${this.#encoding}"`
    return new GrpcError('UNIMPLEMENTED', message)
  }
}
