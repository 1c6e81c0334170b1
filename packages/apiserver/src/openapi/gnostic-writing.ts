// What both gnostic encoders write with: messages, texts and flags that are left out when empty, and values of any kind as YAML.
// Source: google/gnostic-models (Any.yaml, NamedAny).

import { jsonToYaml } from '../http/go-yaml.ts'
import type { Writer } from '../protobuf/load-protobufjs.ts'
import type { JsonSchema } from './json-schema.ts'

export function message(writer: Writer, field: number, write: (writer: Writer) => void): void {
  writer.uint32((field << 3) | 2).fork()
  write(writer)
  writer.ldelim()
}

export function text(writer: Writer, field: number, value: unknown): void {
  if (typeof value === 'string' && value !== '') writer.uint32((field << 3) | 2).string(value)
}

export function texts(writer: Writer, field: number, values: unknown): void {
  for (const value of (values ?? []) as readonly string[]) writer.uint32((field << 3) | 2).string(value)
}

export function flag(writer: Writer, field: number, value: unknown): void {
  if (value === true) writer.uint32(field << 3).bool(true)
}

/** Not zero. */
export function double(writer: Writer, field: number, value: unknown): void {
  if (typeof value === 'number' && value !== 0) writer.uint32((field << 3) | 1).double(value)
}

export function int64(writer: Writer, field: number, value: unknown): void {
  if (typeof value === 'number' && value !== 0) writer.uint32(field << 3).int64(value)
}

/** A map entry: name in field 1, value in field 2. */
export function entry(writer: Writer, field: number, name: string, write: (writer: Writer) => void): void {
  message(writer, field, (item) => {
    text(item, 1, name)
    message(item, 2, write)
  })
}

export function entries<Value>(
  writer: Writer,
  field: number,
  record: Readonly<Record<string, Value>> | undefined,
  write: (writer: Writer, value: Value) => void,
): void {
  for (const [name, value] of Object.entries(record ?? {})) entry(writer, field, name, (inner) => write(inner, value))
}

export function any(writer: Writer, value: unknown): void {
  text(writer, 2, yamlOf(JSON.stringify(value)))
}

/** The same few are said again and again. */
const known = new Map<string, string>()

function yamlOf(json: string): string {
  const yaml = known.get(json) ?? jsonToYaml(json)
  if (known.size < 1000) known.set(json, yaml)
  return yaml
}

export function vendorExtensions(writer: Writer, field: number, object: JsonSchema): void {
  for (const [name, value] of Object.entries(object))
    if (name.startsWith('x-')) entry(writer, field, name, (inner) => any(inner, value))
}
