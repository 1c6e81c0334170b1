// protobufjs, loaded with the first message: its 64-bit integers compile a WebAssembly module, which costs more time and memory
// than everything else a server without protobuf clients does at its start.

import type protobuf from 'protobufjs/minimal.js'
import { lazyLibrary } from '@podwire/engine'

const load = lazyLibrary(import.meta.url, 'protobufjs') as () => typeof protobuf

export type Reader = protobuf.Reader
export type Writer = protobuf.Writer

export function readerOf(bytes: Uint8Array): Reader {
  return load().Reader.create(bytes)
}

export function newWriter(): Writer {
  return load().Writer.create()
}
