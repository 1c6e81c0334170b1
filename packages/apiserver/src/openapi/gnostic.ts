// The v2 document as gnostic protobuf, which kubectl asks for. Fields are written by their numbers, members of maps as they stand.
// Source: google/gnostic-models openapiv2/OpenAPIv2.proto.

import { newWriter, type Writer } from '../protobuf/load-protobufjs.ts'
import type { DocumentV2 } from './document.ts'
import { any, double, entries, flag, int64, message, text, texts, vendorExtensions } from './gnostic-writing.ts'
import type { JsonSchema } from './json-schema.ts'

function nested(
  writer: Writer,
  field: number,
  value: unknown,
  write: (writer: Writer, value: JsonSchema) => void,
): void {
  if (typeof value === 'object' && value !== null) message(writer, field, (inner) => write(inner, value as JsonSchema))
}

function schema(writer: Writer, value: JsonSchema): void {
  text(writer, 1, value['$ref'])
  text(writer, 2, value['format'])
  text(writer, 3, value['title'])
  text(writer, 4, value['description'])
  if (value['default'] !== undefined) message(writer, 5, (inner) => any(inner, value['default']))
  double(writer, 6, value['multipleOf'])
  double(writer, 7, value['maximum'])
  flag(writer, 8, value['exclusiveMaximum'])
  double(writer, 9, value['minimum'])
  flag(writer, 10, value['exclusiveMinimum'])
  int64(writer, 11, value['maxLength'])
  int64(writer, 12, value['minLength'])
  text(writer, 13, value['pattern'])
  int64(writer, 14, value['maxItems'])
  int64(writer, 15, value['minItems'])
  flag(writer, 16, value['uniqueItems'])
  int64(writer, 17, value['maxProperties'])
  int64(writer, 18, value['minProperties'])
  texts(writer, 19, value['required'])
  for (const item of (value['enum'] ?? []) as readonly unknown[]) message(writer, 20, (inner) => any(inner, item))
  const additional = value['additionalProperties']
  if (typeof additional === 'boolean') message(writer, 21, (inner) => inner.uint32(2 << 3).bool(additional))
  nested(writer, 21, additional, (item) => nested(item, 1, additional, schema))
  if (value['type'] !== undefined) message(writer, 22, (item) => text(item, 1, value['type']))
  nested(writer, 23, value['items'], (item) => nested(item, 1, value['items'], schema))
  nested(writer, 25, value['properties'], (map, properties) => {
    entries(map, 1, properties as Readonly<Record<string, JsonSchema>>, schema)
  })
  nested(writer, 29, value['externalDocs'], (docs, { description, url }) => {
    text(docs, 1, description)
    text(docs, 2, url)
  })
  if (value['example'] !== undefined) message(writer, 30, (inner) => any(inner, value['example']))
  vendorExtensions(writer, 31, value)
}

/** Which of NonBodyParameter's it is, and the numbers of its fields; `required`, `in`, `description` and `name` are 1 to 4. */
const LOCATIONS = {
  query: { kind: 3, type: 6, uniqueItems: 20 },
  path: { kind: 4, type: 5, uniqueItems: 19 },
} as const

function parameter(writer: Writer, value: JsonSchema): void {
  const location = value['in'] as 'body' | 'query' | 'path'
  if (location === 'body') {
    message(writer, 1, (body) => {
      text(body, 2, value['name'])
      text(body, 3, location)
      flag(body, 4, value['required'])
      nested(body, 5, value['schema'], schema)
    })
    return
  }
  const numbers = LOCATIONS[location]
  message(writer, 2, (nonBody) =>
    message(nonBody, numbers.kind, (inner) => {
      flag(inner, 1, value['required'])
      text(inner, 2, location)
      text(inner, 3, value['description'])
      text(inner, 4, value['name'])
      text(inner, numbers.type, value['type'])
      flag(inner, numbers.uniqueItems, value['uniqueItems'])
    }),
  )
}

function parametersItem(writer: Writer, value: JsonSchema): void {
  const { $ref } = value
  if ($ref === undefined) message(writer, 1, (inner) => parameter(inner, value))
  else message(writer, 2, (inner) => text(inner, 1, $ref))
}

function response(writer: Writer, value: JsonSchema): void {
  message(writer, 1, (inner) => {
    text(inner, 1, value['description'])
    nested(inner, 2, value['schema'], (item) => nested(item, 1, value['schema'], schema))
  })
}

const METHOD_FIELDS: ReadonlyMap<string, number> = new Map([
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['options', 6],
  ['head', 7],
  ['patch', 8],
])

function operation(writer: Writer, value: JsonSchema): void {
  texts(writer, 1, value['tags'])
  text(writer, 3, value['description'])
  text(writer, 5, value['operationId'])
  texts(writer, 6, value['produces'])
  texts(writer, 7, value['consumes'])
  for (const item of (value['parameters'] ?? []) as readonly JsonSchema[])
    message(writer, 8, (inner) => parametersItem(inner, item))
  nested(writer, 9, value['responses'], (map, responses) => {
    entries(map, 1, responses as Readonly<Record<string, JsonSchema>>, response)
  })
  texts(writer, 10, value['schemes'])
  vendorExtensions(writer, 13, value)
}

function pathItem(writer: Writer, item: Readonly<Record<string, unknown>>): void {
  for (const [method, field] of METHOD_FIELDS) nested(writer, field, item[method], operation)
  for (const shared of (item['parameters'] ?? []) as readonly JsonSchema[])
    message(writer, 9, (inner) => parametersItem(inner, shared))
}

export function encodeGnostic(document: DocumentV2): Uint8Array {
  const writer = newWriter()
  text(writer, 1, document.swagger)
  nested(writer, 2, document.info, (info, { title, version }) => {
    text(info, 1, title)
    text(info, 2, version)
  })
  message(writer, 8, (paths) => entries(paths, 2, document.paths, pathItem))
  message(writer, 9, (definitions) => entries(definitions, 1, document.definitions, schema))
  message(writer, 10, (parameters) => entries(parameters, 1, document.parameters, parameter))
  for (const requirement of document.security)
    message(writer, 12, (inner) => entries(inner, 1, requirement, (list, scopes) => texts(list, 1, scopes)))
  message(writer, 13, (definitions) =>
    entries(definitions, 1, document.securityDefinitions, (item, security) =>
      // One of the several kinds of security.
      message(item, 2, (key) => {
        text(key, 1, security['type'])
        text(key, 2, security['name'])
        text(key, 3, security['in'])
        text(key, 4, security['description'])
      }),
    ),
  )
  return writer.finish()
}
