// Turns an object into the Kubernetes protobuf message a Go server would have sent, by the field numbers of the schemas. As in
// gogo/protobuf with proto2: fields in ascending order; what Go holds by value is written even when zero, pointers, lists and
// maps only when they are there; maps by key. Source: apimachinery runtime/serializer/protobuf, k8s.io/api generated.pb.go,
// meta/v1 time_proto.go and micro_time_proto.go.

import { compareText } from '@podwire/engine'
import { newWriter, type Writer } from './load-protobufjs.ts'
import type { FieldSchema, ObjectSchema } from '../schema/index.ts'
import { wireNodeOf, wireSchemaOf, type WireField, type WireNode } from './wire-fields.ts'
import { jsonText } from '../objects/json-text.ts'

type Fields = Readonly<Record<string, unknown>>

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

function tag(writer: Writer, number: number, wireType: number): Writer {
  return writer.uint32((number << 3) | wireType)
}

function message(writer: Writer, number: number, write: (inner: Writer) => void): void {
  tag(writer, number, BYTES).fork()
  write(writer)
  writer.ldelim()
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : NOTHING
}

const NOTHING: Fields = {}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function asNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

const MICRO_DIGITS = 6

/** Go's zero time is an empty message; Times have whole seconds. */
function writeTime(writer: Writer, value: unknown, micro: boolean): void {
  const text = asText(value)
  if (text === '') return
  const fraction = micro ? (/\.(\d+)/.exec(text)?.[1] ?? '').slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, '0') : ''
  tag(writer, 1, VARINT).int64(Math.floor(Date.parse(text) / 1000))
  tag(writer, 2, VARINT).int32(Number(fraction) * 1000)
}

function writeIntOrString(writer: Writer, value: unknown): void {
  tag(writer, 1, VARINT).int64(typeof value === 'string' ? 1 : 0)
  tag(writer, 2, VARINT).int32(asNumber(value))
  tag(writer, 3, BYTES).string(asText(value))
}

/** FieldsV1 and RawExtension: JSON text in field 1. */
function writeRaw(writer: Writer, value: unknown): void {
  if (value !== undefined && value !== null) tag(writer, 1, BYTES).bytes(Buffer.from(jsonText(value)))
}

function writeStrings(writer: Writer, value: unknown): void {
  for (const text of asList(value)) tag(writer, 1, BYTES).string(asText(text))
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** One value of a field; undefined and null are the type's zero value. */
function writeValue(writer: Writer, number: number, field: FieldSchema, value: unknown): void {
  switch (field.type) {
    case 'string':
      tag(writer, number, BYTES).string(asText(value))
      return
    case 'bool':
      tag(writer, number, VARINT).bool(value === true)
      return
    case 'int32':
      tag(writer, number, VARINT).int32(asNumber(value))
      return
    case 'int64':
      tag(writer, number, VARINT).int64(asNumber(value))
      return
    case 'double':
      tag(writer, number, FIXED64).double(asNumber(value))
      return
    case 'bytes':
      tag(writer, number, BYTES).bytes(Buffer.from(asText(value), 'base64'))
      return
    default:
      message(writer, number, (inner) => writeInner(inner, field, value))
  }
}

/** What is inside the message of a value. */
function writeInner(writer: Writer, field: FieldSchema, value: unknown): void {
  switch (field.type) {
    case 'time':
    case 'micro-time':
      writeTime(writer, value, field.type === 'micro-time')
      return
    case 'quantity':
      tag(writer, 1, BYTES).string(typeof value === 'number' ? String(value) : asText(value) || '0')
      return
    case 'int-or-string':
      writeIntOrString(writer, value)
      return
    case 'strings':
      writeStrings(writer, value)
      return
    case 'schema-or-array':
    case 'schema-or-bool':
    case 'schema-or-strings':
      writeSchemaOr(writer, field.type, value)
      return
    case 'object':
      if (field.ref !== undefined) writeNode(writer, wireNodeOf(wireSchemaOf(field.ref)), asFields(value))
      return
    default:
      writeRaw(writer, value)
  }
}

const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

function writeJsonSchema(writer: Writer, number: number, value: unknown): void {
  message(writer, number, (inner) => writeNode(inner, wireNodeOf(wireSchemaOf(JSON_SCHEMA)), asFields(value)))
}

/** `items`, `additionalProperties` and the like of a JSON schema: a schema in one field, what may replace it in another. */
function writeSchemaOr(
  writer: Writer,
  type: 'schema-or-array' | 'schema-or-bool' | 'schema-or-strings',
  value: unknown,
): void {
  const isSchema = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (type === 'schema-or-bool') {
    tag(writer, 1, VARINT).bool(isSchema || value === true)
    if (isSchema) writeJsonSchema(writer, 2, value)
    return
  }
  if (isSchema) writeJsonSchema(writer, 1, value)
  for (const item of asList(value)) {
    if (type === 'schema-or-array') writeJsonSchema(writer, 2, item)
    else tag(writer, 2, BYTES).string(asText(item))
  }
}

function writeMap(writer: Writer, number: number, field: FieldSchema, map: Fields): void {
  for (const key of Object.keys(map).sort(compareText)) {
    message(writer, number, (entry) => {
      tag(entry, 1, BYTES).string(key)
      writeValue(entry, 2, field, map[key])
    })
  }
}

function writeField(writer: Writer, number: number, { name, schema: field }: WireField, fields: Fields): void {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field.map === true) writeMap(writer, number, field, asFields(value))
  else if (field.list === true) for (const item of asList(value)) writeValue(writer, number, field, item)
  else if (value !== undefined && value !== null) writeValue(writer, number, field, value)
  else if (field.pointer !== true && field.type !== 'bytes') writeValue(writer, number, field, undefined)
}

function writeNode(writer: Writer, node: WireNode, fields: Fields): void {
  for (const [number, entry] of node) {
    if (entry instanceof Map) message(writer, number, (inner) => writeNode(inner, entry, fields))
    else writeField(writer, number, entry, fields)
  }
}

export function encodeMessage(object: object, schema: ObjectSchema): Uint8Array {
  const writer = newWriter()
  writeNode(writer, wireNodeOf(schema), object as Fields)
  return writer.finish()
}
