// The v2 document as gnostic protobuf, which kubectl asks for: only what it reads is encoded (parameters, extensions, schemas),
// operations' answers and bodies are left out. Source: google/gnostic openapiv2/OpenAPIv2.proto (field numbers).

import { newWriter, type Writer } from '../protobuf/load-protobufjs.ts'
import type { DocumentV2 } from './document.ts'
import type { JsonSchema } from './json-schema.ts'

function message(writer: Writer, field: number, write: (writer: Writer) => void): void {
  writer.uint32((field << 3) | 2).fork()
  write(writer)
  writer.ldelim()
}

function text(writer: Writer, field: number, value: unknown): void {
  if (typeof value === 'string' && value !== '') writer.uint32((field << 3) | 2).string(value)
}

function flag(writer: Writer, field: number, value: unknown): void {
  if (value === true) writer.uint32(field << 3).bool(true)
}

/** A map entry: name in field 1, value in field 2. */
function entry(writer: Writer, field: number, name: string, write: (writer: Writer) => void): void {
  message(writer, field, (item) => {
    text(item, 1, name)
    message(item, 2, write)
  })
}

/** Vendor extensions; JSON is YAML, so the value is its JSON text. */
function vendorExtensions(writer: Writer, field: number, object: JsonSchema): void {
  for (const [name, value] of Object.entries(object)) {
    if (name.startsWith('x-')) entry(writer, field, name, (any) => text(any, 2, `${JSON.stringify(value)}\n`))
  }
}

function schema(writer: Writer, value: JsonSchema): void {
  text(writer, 1, value['$ref'])
  text(writer, 2, value['format'])
  text(writer, 4, value['description'])
  for (const name of (value['required'] ?? []) as readonly string[]) text(writer, 19, name)
  for (const item of (value['enum'] ?? []) as readonly unknown[])
    message(writer, 20, (any) => text(any, 2, `${JSON.stringify(item)}\n`))
  const additional = value['additionalProperties'] as JsonSchema | boolean | undefined
  if (typeof additional === 'object')
    message(writer, 21, (item) => message(item, 1, (inner) => schema(inner, additional)))
  if (value['type'] !== undefined) message(writer, 22, (item) => text(item, 1, value['type']))
  const items = value['items'] as JsonSchema | undefined
  if (items !== undefined) message(writer, 23, (item) => message(item, 1, (inner) => schema(inner, items)))
  const properties = value['properties'] as Record<string, JsonSchema> | undefined
  if (properties !== undefined) {
    message(writer, 25, (map) => {
      for (const [name, property] of Object.entries(properties)) entry(map, 1, name, (inner) => schema(inner, property))
    })
  }
  vendorExtensions(writer, 31, value)
}

/** ParametersItem → Parameter → NonBodyParameter → QueryParameterSubSchema. */
function queryParameter(writer: Writer, parameter: JsonSchema): void {
  message(writer, 8, (item) =>
    message(item, 1, (one) =>
      message(one, 2, (nonBody) =>
        message(nonBody, 3, (query) => {
          text(query, 2, 'query')
          text(query, 4, parameter['name'])
          text(query, 6, parameter['type'])
          flag(query, 20, parameter['uniqueItems'])
        }),
      ),
    ),
  )
}

const METHOD_FIELDS: ReadonlyMap<string, number> = new Map([
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['patch', 8],
])

function operation(writer: Writer, value: JsonSchema): void {
  text(writer, 5, value['operationId'])
  for (const type of value['produces'] as readonly string[]) text(writer, 6, type)
  for (const type of value['consumes'] as readonly string[]) text(writer, 7, type)
  for (const parameter of value['parameters'] as readonly JsonSchema[]) {
    if (parameter['in'] === 'query') queryParameter(writer, parameter)
  }
  vendorExtensions(writer, 13, value)
}

export function encodeGnostic(document: DocumentV2): Uint8Array {
  const writer = newWriter()
  text(writer, 1, document.swagger)
  message(writer, 2, (info) => {
    text(info, 1, document.info.title)
    text(info, 2, document.info.version)
  })
  message(writer, 8, (paths) => {
    for (const [path, item] of Object.entries(document.paths)) {
      entry(paths, 2, path, (value) => {
        for (const [method, field] of METHOD_FIELDS) {
          const described = item[method] as JsonSchema | undefined
          if (described !== undefined) message(value, field, (inner) => operation(inner, described))
        }
      })
    }
  })
  message(writer, 9, (definitions) => {
    for (const [name, value] of Object.entries(document.definitions)) {
      entry(definitions, 1, name, (inner) => schema(inner, value))
    }
  })
  return writer.finish()
}
