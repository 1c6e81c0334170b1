// Answers as protobuf bodies and frames of a watch. Each object is encoded once, however many lists and watches it goes to.
// Source: apimachinery runtime/serializer/protobuf, runtime/serializer/streaming, util/framer (LengthDelimitedFrameWriter).

import { newWriter } from './load-protobufjs.ts'
import type { ObjectSchema } from '../schema/index.ts'
import { encodeMessage } from './encode.ts'
import { sealEnvelope } from './envelope.ts'
import { findKindSchema } from './kind-schema.ts'
import { wireSchemaOf } from './wire-fields.ts'

interface Typed {
  readonly apiVersion: string
  readonly kind: string
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const messages = new WeakMap<object, Uint8Array>()

/** Objects are immutable, so their identity is the cache key; an object nobody holds any more takes its bytes with it. */
function messageOf(object: object, schema: ObjectSchema): Uint8Array {
  const known = messages.get(object)
  if (known !== undefined) return known
  const made = encodeMessage(object, schema)
  if (Object.isFrozen(object)) messages.set(object, made)
  return made
}

/** Undefined for kinds that have no message (Table, custom resources). */
export function protobufObject(object: Typed): Uint8Array | undefined {
  const schema = findKindSchema(object.apiVersion, object.kind)
  return schema === undefined ? undefined : sealEnvelope(object, messageOf(object, schema))
}

/** @param itemSchema of every item: kind and apiVersion of a list's items are the list's business */
export function protobufList(
  type: Typed,
  metadata: object,
  items: readonly object[],
  itemSchema: ObjectSchema,
): Uint8Array {
  const writer = newWriter()
  writer.uint32((1 << 3) | 2).bytes(encodeMessage(metadata, wireSchemaOf(`${META}.ListMeta`)))
  for (const item of items) writer.uint32((2 << 3) | 2).bytes(messageOf(item, itemSchema))
  return sealEnvelope(type, writer.finish())
}

export function protobufMetadata(object: { readonly metadata?: object }, version: string): Uint8Array {
  const type = { apiVersion: `meta.k8s.io/${version}`, kind: 'PartialObjectMetadata' }
  const schema = wireSchemaOf(`${META}.PartialObjectMetadata`)
  return sealEnvelope(type, encodeMessage({ metadata: object.metadata ?? {} }, schema))
}

export function protobufMetadataList(
  metadata: object,
  items: readonly { readonly metadata?: object }[],
  version: string,
): Uint8Array {
  const type = { apiVersion: `meta.k8s.io/${version}`, kind: 'PartialObjectMetadataList' }
  const parts = items.map((item) => ({ metadata: item.metadata ?? {} }))
  return protobufList(type, metadata, parts, wireSchemaOf(`${META}.PartialObjectMetadata`))
}

const LENGTH_BYTES = 4

/** One event of a watch: its length in four bytes, then a WatchEvent around the whole object. */
export function watchFrame(type: string, object: Uint8Array): Uint8Array {
  const event = newWriter()
  event.uint32((1 << 3) | 2).string(type)
  event.uint32((2 << 3) | 2).fork()
  event
    .uint32((1 << 3) | 2)
    .bytes(object)
    .ldelim()
  const bytes = event.finish()
  const frame = Buffer.alloc(LENGTH_BYTES + bytes.length)
  frame.writeUInt32BE(bytes.length)
  frame.set(bytes, LENGTH_BYTES)
  return frame
}
