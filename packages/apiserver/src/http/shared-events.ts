// The newest event of each representation as bytes: a thousand watches of one kind are told of the same write one after the other,
// and it is encoded once for all of them. Source of the idea: apiserver storage/cacher cachingObject.

import type { ApiObject } from './request-handler.ts'

interface Encoded {
  readonly object: ApiObject
  readonly type: string
  readonly bytes: Uint8Array
}

export class SharedEvents {
  readonly #newest = new Map<string, Encoded>()

  /** @param representation whatever tells encodings of one object apart: format, transform, version, kind */
  encode(representation: string, type: string, object: ApiObject, encode: () => string | Uint8Array): Uint8Array {
    const newest = this.#newest.get(representation)
    if (newest !== undefined && newest.object === object && newest.type === type) return newest.bytes
    const encoded = encode()
    const bytes = typeof encoded === 'string' ? Buffer.from(encoded) : encoded
    this.#newest.set(representation, { object, type, bytes })
    return bytes
  }
}
