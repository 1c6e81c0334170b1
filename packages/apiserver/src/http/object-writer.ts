// Turns the pipeline's answers into the representation the client negotiated: whole, as Table, or metadata only, as JSON text
// or as protobuf.

import type { Clock } from '@podwire/engine'
import { protobufList, protobufMetadata, protobufMetadataList, protobufObject } from '../protobuf/answers.ts'
import { PROTOBUF_MEDIA_TYPE } from '../protobuf/envelope.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { schemaOf } from '../schema/index.ts'
import type { StatusError } from '../status/status-error.ts'
import { statusAnswer, type Answer, type JsonAnswer, type TextAnswer } from './answer.ts'
import { createdJson, listItemJson, objectJson } from './json-cache.ts'
import type { Representation, Transform } from './negotiation.ts'
import { plainError } from '../status/errors.ts'
import { notAcceptable, notConvertible } from './refusals.ts'
import type { ApiObject, ApiResponse } from './request-handler.ts'
import { scaleTable } from './scale-table.ts'
import { includeObjectOf, partialObjectJson, singleMetadata, tableJson, type TableContext } from './table.ts'

export interface WriterContext {
  readonly resource: Resource
  readonly clock: Clock
  readonly query: URLSearchParams
  readonly representation: Representation
}

/** Columns of the object at hand: those of its resource, or of Scale where a subresource answers with one. */
export function tableContext({ resource, clock, query, representation }: WriterContext, kind: string): TableContext {
  const include = includeObjectOf(query)
  const shown = kind === 'Scale' && resource.type.kind !== 'Scale' ? scaleTable(resource) : resource
  return { resource: shown, clock, include, version: representation.version }
}

function singleJson(object: ApiObject, code: number, context: WriterContext): string {
  const { transform, version } = context.representation
  if (transform === 'Table') return tableJson([object], singleMetadata(object), tableContext(context, object.kind))
  if (transform === 'PartialObjectMetadata') return partialObjectJson(object, version)
  if (transform === 'PartialObjectMetadataList') throw noList(transform, object, context)
  return code === 201 ? createdJson(object) : objectJson(object)
}

type ListResponse = Extract<ApiResponse, { type: 'list' }>

function listJson(response: ListResponse, context: WriterContext): string {
  const { type } = context.resource
  const { transform, version } = context.representation
  const metadata = JSON.stringify(response.metadata)
  if (transform === 'Table') return tableJson(response.items, response.metadata, tableContext(context, type.kind))
  if (transform === 'PartialObjectMetadata') throw noObject(transform, context)
  if (transform === 'PartialObjectMetadataList') {
    const items = response.items.map((item) => partialObjectJson(item, version)).join(',')
    // Go's list of none is nil.
    const list = items === '' ? 'null' : `[${items}]`
    return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${version}","metadata":${metadata},"items":${list}}`
  }
  const { custom } = context.resource
  if (custom !== undefined) return customListJson(response, custom.listKind, apiVersionOf(type))
  const items = response.items.map(listItemJson).join(',')
  return `{"kind":"${type.kind}List","apiVersion":"${apiVersionOf(type)}","metadata":${metadata},"items":[${items}]}`
}

/** Custom objects keep their kind in a list, and its metadata says that there is no more. */
function customListJson({ items, metadata }: ListResponse, listKind: string, apiVersion: string): string {
  const objects = items.map(objectJson).join(',')
  const meta = JSON.stringify({ continue: '', ...metadata })
  return `{"apiVersion":"${apiVersion}","items":[${objects}],"kind":"${listKind}","metadata":${meta}}`
}

/** The server's own type: those of a group live in a package named after its first word. */
function goType({ resource: { type } }: WriterContext, kind: string): string {
  // Events of the newer group are stored as core's.
  const group = kind === 'Scale' ? 'autoscaling' : type.group === 'events.k8s.io' ? '' : type.group
  return `${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${kind}`
}

/** A list is asked for, and this is an object. */
function noList(transform: Transform, object: ApiObject, context: WriterContext): StatusError {
  // Custom objects are lists or not by what they hold.
  if (context.resource.custom !== undefined) return plainError('content is not a list')
  return notConvertible(`${transform}, but the requested object is not a list (*${goType(context, object.kind)})`)
}

/** An object is asked for, and this is a list. */
function noObject(transform: Transform, context: WriterContext): StatusError {
  const isCustom = context.resource.custom !== undefined
  const list = isCustom ? 'unstructured.UnstructuredList' : goType(context, `${context.resource.type.kind}List`)
  return notConvertible(`${transform}, but the requested object is a list (*${list})`)
}

/** The object or its metadata. @throws StatusError 406 for what has no message */
export function singleProtobuf(object: ApiObject, context: WriterContext): Uint8Array {
  const { transform, version } = context.representation
  if (transform === 'PartialObjectMetadata') return protobufMetadata(object, version)
  if (transform === 'PartialObjectMetadataList') throw noList(transform, object, context)
  const whole = protobufObject(object)
  if (whole === undefined) throw notAcceptable()
  return whole
}

function listProtobuf(response: Extract<ApiResponse, { type: 'list' }>, context: WriterContext): Uint8Array {
  const { resource, representation } = context
  const { transform, version } = representation
  const { metadata, items } = response
  if (transform === 'PartialObjectMetadataList') return protobufMetadataList(metadata, items, version)
  if (transform === 'PartialObjectMetadata') throw noObject(transform, context)
  const type = { apiVersion: apiVersionOf(resource.type), kind: `${resource.type.kind}List` }
  return protobufList(type, metadata, items, schemaOf(resource.schema))
}

function protobufAnswer(code: number, body: Uint8Array): TextAnswer {
  return { type: 'text', code, contentType: PROTOBUF_MEDIA_TYPE, body }
}

/** In the format that the first choice among what can be served has. */
function written({ representation }: WriterContext, code: number, json: string): JsonAnswer {
  return { type: 'json', code, contentType: representation.contentType, json }
}

/** A Status is never turned into a table. */
export function answerOf(response: ApiResponse, context: WriterContext): Answer {
  if (response.type === 'status') {
    const { contentType } = context.representation
    return { ...statusAnswer(response.status, response.code), contentType }
  }
  const protobuf = context.representation.format === 'protobuf'
  if (response.type === 'list') {
    if (protobuf) return protobufAnswer(200, listProtobuf(response, context))
    return written(context, 200, listJson(response, context))
  }
  const { code, object } = response
  if (protobuf) return protobufAnswer(code, singleProtobuf(object, context))
  return written(context, code, singleJson(object, code, context))
}
