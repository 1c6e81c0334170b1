// The envelope around every Kubernetes protobuf body: four magic bytes, then runtime.Unknown with the object's kind and the
// kind's own message inside. Source: apimachinery runtime/serializer/protobuf/protobuf.go.

import { newWriter, readerOf } from './load-protobufjs.ts'
import { skipUnknown, wordsOfProblem, wrongWireType } from './wire-problems.ts'

export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf'

// "k8s" and a zero byte.
const PREFIX = Uint8Array.of(0x6b, 0x38, 0x73, 0x00)

export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  /** The kind's message; its type is not repeated inside. */
  readonly raw: Uint8Array
}

function readTypeMeta(bytes: Uint8Array): { apiVersion: string; kind: string } {
  const reader = readerOf(bytes)
  const type = { apiVersion: '', kind: '' }
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const field = TYPE_META[tag >>> 3]
    if (field !== undefined && (tag & 7) !== 2) throw wrongWireType(tag, field)
    if (tag >>> 3 === 1) type.apiVersion = reader.string()
    else if (tag >>> 3 === 2) type.kind = reader.string()
    else skipUnknown(reader, tag, 'TypeMeta')
  }
  return type
}

/** Bytes that are no Kubernetes protobuf; the message is the server's. */
export class NotProtobuf extends Error {}

/** @throws NotProtobuf */
export function openEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new NotProtobuf('empty data')
  if (!PREFIX.every((byte, index) => bytes[index] === byte)) {
    throw new NotProtobuf(
      `provided data does not appear to be a protobuf message, expected prefix [${PREFIX.join(' ')}]`,
    )
  }
  if (bytes.length === PREFIX.length) throw new NotProtobuf('empty body')
  return readProtobuf(() => readUnknown(bytes.subarray(PREFIX.length)))
}

/** protobufjs throws plain errors for messages that are cut off or no messages at all. */
export function readProtobuf<Message>(read: () => Message): Message {
  try {
    return read()
  } catch (error) {
    throw new NotProtobuf(wordsOfProblem(error))
  }
}

/** Fields by their numbers. */
const TYPE_META: readonly (string | undefined)[] = [undefined, 'APIVersion', 'Kind']
const UNKNOWN: readonly (string | undefined)[] = [undefined, 'TypeMeta', 'Raw', 'ContentEncoding', 'ContentType']

/** runtime.Unknown: what kind it is, and its bytes. */
function readUnknown(bytes: Uint8Array): Envelope {
  const reader = readerOf(bytes)
  let type = { apiVersion: '', kind: '' }
  let raw: Uint8Array = new Uint8Array()
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const field = UNKNOWN[tag >>> 3]
    if (field !== undefined && (tag & 7) !== 2) throw wrongWireType(tag, field)
    if (tag >>> 3 === 1) type = readTypeMeta(reader.bytes())
    else if (tag >>> 3 === 2) raw = reader.bytes()
    else skipUnknown(reader, tag, 'Unknown')
  }
  return { ...type, raw }
}

/** The body around a message, as the server writes it: the two empty texts are contentEncoding and contentType. */
export function sealEnvelope(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  raw: Uint8Array,
): Uint8Array {
  const writer = newWriter()
  writer.uint32((1 << 3) | 2).fork()
  writer.uint32((1 << 3) | 2).string(apiVersion)
  writer
    .uint32((2 << 3) | 2)
    .string(kind)
    .ldelim()
  writer.uint32((2 << 3) | 2).bytes(raw)
  writer.uint32((3 << 3) | 2).string('')
  writer.uint32((4 << 3) | 2).string('')
  return Buffer.concat([PREFIX, writer.finish()])
}
