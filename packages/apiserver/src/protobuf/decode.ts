// Turns a Kubernetes protobuf message into the JSON the same client would have sent, by the field numbers of the schemas.
// kubectl 1.32 and later send such bodies from every typed write. Fields the schema does not know are skipped, as an older
// real server does. Source: apimachinery runtime/serializer/protobuf, k8s.io/api generated.proto.

import { readerOf, type Reader } from './load-protobufjs.ts'
import type { FieldSchema, ObjectSchema } from '../schema/index.ts'
import { skipUnknown, wrongWireType } from './wire-problems.ts'
import { findWireSchema, wireNodeOf, type WireField, type WireNode } from './wire-fields.ts'

type Json = unknown
type JsonObject = Record<string, Json>

function readTimestamp(bytes: Uint8Array, micro: boolean): string | null {
  const reader = readerOf(bytes)
  let seconds = 0
  let nanos = 0
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) seconds = Number(reader.int64())
    else if (tag >>> 3 === 2) nanos = reader.int32()
    else reader.skipType(tag & 7)
  }
  // Go's zero time is written as an empty message.
  if (bytes.length === 0) return null
  const text = new Date(seconds * 1000).toISOString().slice(0, 19)
  return micro ? `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${text}Z`
}

function readIntOrString(bytes: Uint8Array): number | string {
  const reader = readerOf(bytes)
  let type = 0
  let number = 0
  let text = ''
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) type = Number(reader.int64())
    else if (tag >>> 3 === 2) number = reader.int32()
    else if (tag >>> 3 === 3) text = reader.string()
    else reader.skipType(tag & 7)
  }
  return type === 0 ? number : text
}

/** The bytes of field 1, which is all that Quantity, FieldsV1 and RawExtension have. */
function readFirstBytes(bytes: Uint8Array): Uint8Array {
  const reader = readerOf(bytes)
  let first: Uint8Array = new Uint8Array()
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) first = reader.bytes()
    else reader.skipType(tag & 7)
  }
  return first
}

/** Every field 1: the items of ExtraValue. */
function readStrings(bytes: Uint8Array): readonly string[] {
  const reader = readerOf(bytes)
  const texts: string[] = []
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) texts.push(reader.string())
    else reader.skipType(tag & 7)
  }
  return texts
}

function readRaw(bytes: Uint8Array): Json {
  const text = Buffer.from(readFirstBytes(bytes)).toString('utf8')
  return text === '' ? null : (JSON.parse(text) as Json)
}

/** `items`, `additionalProperties` and the like of a JSON schema: a schema in one field, what may replace it in another. */
function readSchemaOr(bytes: Uint8Array, type: 'schema-or-array' | 'schema-or-bool' | 'schema-or-strings'): Json {
  const reader = readerOf(bytes)
  const schemaNumber = type === 'schema-or-bool' ? 2 : 1
  const list: Json[] = []
  let allows = false
  let schema: Json
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const number = tag >>> 3
    if (number === schemaNumber) schema = readObject(reader.bytes(), JSON_SCHEMA)
    else if (type === 'schema-or-bool' && number === 1) allows = reader.bool()
    else if (type === 'schema-or-strings' && number === 2) list.push(reader.string())
    else if (type === 'schema-or-array' && number === 2) list.push(readObject(reader.bytes(), JSON_SCHEMA))
    else reader.skipType(tag & 7)
  }
  return schema ?? (type === 'schema-or-bool' ? allows : list)
}

const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

function readObject(bytes: Uint8Array, ref: string | undefined): Json {
  const schema = ref === undefined ? undefined : findWireSchema(ref)
  return schema === undefined ? {} : decodeMessage(bytes, schema)
}

function readValue(reader: Reader, field: FieldSchema): Json {
  switch (field.type) {
    case 'string':
      return reader.string()
    case 'bool':
      return reader.bool()
    case 'int32':
      return reader.int32()
    case 'int64':
      return Number(reader.int64())
    case 'double':
      return reader.double()
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64')
    case 'time':
      return readTimestamp(reader.bytes(), false)
    case 'micro-time':
      return readTimestamp(reader.bytes(), true)
    case 'quantity':
      return Buffer.from(readFirstBytes(reader.bytes())).toString('utf8')
    case 'int-or-string':
      return readIntOrString(reader.bytes())
    case 'strings':
      return readStrings(reader.bytes())
    case 'raw':
    case 'json':
      return readRaw(reader.bytes())
    case 'schema-or-array':
    case 'schema-or-bool':
    case 'schema-or-strings':
      return readSchemaOr(reader.bytes(), field.type)
    case 'object':
      return readObject(reader.bytes(), field.ref)
  }
}

function readMapEntry(bytes: Uint8Array, field: FieldSchema): readonly [string, Json] {
  const reader = readerOf(bytes)
  let key = ''
  let value: Json = field.type === 'object' ? {} : field.type === 'strings' ? [] : ''
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) key = reader.string()
    else if (tag >>> 3 === 2) value = readValue(reader, field)
    else reader.skipType(tag & 7)
  }
  return [key, value]
}

/** Numbers, booleans and texts that Go holds by value are on the wire even when nothing was said; JSON leaves them out then. */
function isAbsent(value: Json, { pointer, always }: FieldSchema): boolean {
  return pointer !== true && always !== true && (value === '' || value === 0 || value === false)
}

function readField(reader: Reader, { name, schema: field }: WireField, into: JsonObject): void {
  if (field.map === true) {
    const [key, value] = readMapEntry(reader.bytes(), field)
    const map = (into[name] ?? {}) as JsonObject
    // Object.defineProperty semantics keep a key named __proto__ an ordinary key.
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
    into[name] = map
  } else if (field.list === true) {
    const list = (into[name] ?? []) as Json[]
    list.push(readValue(reader, field))
    into[name] = list
  } else {
    const value = readValue(reader, field)
    if (!isAbsent(value, field)) into[name] = value
  }
}

function readNode(bytes: Uint8Array, node: WireNode, into: JsonObject, struct: string): void {
  const reader = readerOf(bytes)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const field = node.get(tag >>> 3)
    if (field === undefined) skipUnknown(reader, tag, struct)
    else if (field instanceof Map) readNode(reader.bytes(), field, into, struct)
    else {
      const { name, wireType } = field
      if (wireType !== undefined && wireType !== (tag & 7)) throw wrongWireType(tag, goNameOf(name, struct))
      readField(reader, field, into)
    }
  }
}

/** Go embeds metadata under the name of its type. */
function goNameOf(name: string, struct: string): string {
  if (name === 'metadata') return struct.endsWith('List') ? 'ListMeta' : 'ObjectMeta'
  return name.charAt(0).toUpperCase() + name.slice(1)
}

export function decodeMessage(bytes: Uint8Array, schema: ObjectSchema): JsonObject {
  const object: JsonObject = {}
  readNode(bytes, wireNodeOf(schema), object, schema.struct)
  return object
}
