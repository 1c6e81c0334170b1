// The newest event of each representation as bytes: a thousand watches of one kind are told of the same write one after the other,
// and it is encoded once for all of them. Source of the idea: apiserver storage/cacher cachingObject.

import type { ApiObject } from './request-handler.ts'

/** The newest event of one representation; watches that show objects the same way hold the same one. */
export class SharedEvent {
  #object: ApiObject | undefined
  #type = ''
  #bytes: Uint8Array = new Uint8Array()

  encode(
    type: string,
    object: ApiObject,
    encode: (type: string, object: ApiObject) => string | Uint8Array,
  ): Uint8Array {
    if (this.#object === object && this.#type === type) return this.#bytes
    const encoded = encode(type, object)
    this.#bytes = typeof encoded === 'string' ? Buffer.from(encoded) : encoded
    this.#object = object
    this.#type = type
    return this.#bytes
  }
}

export class SharedEvents {
  readonly #newest = new Map<string, SharedEvent>()

  /** @param representation whatever tells encodings of one object apart: format, transform, version, kind */
  of(representation: string): SharedEvent {
    const known = this.#newest.get(representation)
    if (known !== undefined) return known
    const shared = new SharedEvent()
    this.#newest.set(representation, shared)
    return shared
  }
}
